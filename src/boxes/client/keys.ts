import { hex } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import { hexToBytes } from "../protocol/hex.ts"
import type { BoxId } from "../protocol/keys.ts"
import { publicKeyOf } from "./sealing.ts"
import { randomBytes, type Bytes } from "./web-crypto.ts"

const SEED_BYTES = 32

export interface KeyPair {
  readonly id: BoxId
  readonly seed: Bytes
}

export const createKeyPair = (): KeyPair => keyPairOf(randomBytes(SEED_BYTES))

export const keyPairOf = (seed: Bytes): KeyPair => ({ id: hex(publicKeyOf(seed)), seed })

/** @throws SecretError `invalid_argument` for a public key of somebody else: what such a pair signs can show the secret one */
export const assertPair = ({ id, seed }: KeyPair): void => {
  if (hex(publicKeyOf(seed)) !== id) throw new SecretError("invalid_argument", "publicKeyHex is not the public key of secretKeyHex")
}

export const givenPair = (secretKeyHex: string, publicKeyHex: string): KeyPair => ({ id: publicKeyHex, seed: hexToBytes(secretKeyHex) })
