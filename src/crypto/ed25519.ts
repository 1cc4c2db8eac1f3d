import { createPrivateKey, createPublicKey, randomBytes, sign, verify, type KeyObject } from "node:crypto"
import { concatBytes } from "../base/bytes.ts"
import { fromBase64Url } from "./base64url.ts"

/** A key of Ed25519 (RFC 8032) for signing. Printing it shows no key material. */
export interface SigningKey {
  /** 32 bytes. */
  publicKey: Uint8Array
  /** 64 bytes. */
  sign(message: Uint8Array): Uint8Array
}

export const SIGNING_SEED_BYTES = 32
export const SIGNATURE_BYTES = 64

/** RFC 8410 §4 and §7: SubjectPublicKeyInfo and PrivateKeyInfo of Ed25519 up to the key. */
const SPKI_PREFIX = Uint8Array.from([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00])
const PKCS8_PREFIX = Uint8Array.from([0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20])

export const newSigningSeed = (): Uint8Array => new Uint8Array(randomBytes(SIGNING_SEED_BYTES))

/** @param seed the private key of RFC 8032 §5.1.5, 32 bytes; the caller may wipe it afterwards */
export const signingKeyOf = (seed: Uint8Array): SigningKey => {
  const key = createPrivateKey({ key: Buffer.from(concatBytes(PKCS8_PREFIX, seed)), format: "der", type: "pkcs8" })
  const { x } = createPublicKey(key).export({ format: "jwk" }) as { x: string }
  return { publicKey: fromBase64Url(x) as Uint8Array, sign: (message) => new Uint8Array(sign(null, message, key)) }
}

/** Whether `signature` is the key's own over `message` (RFC 8032 §5.1.7). A key or a signature of another size proves nothing. */
export const isSignedBy = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  const key = verifyingKeyOf(publicKey)
  return key !== null && signature.length === SIGNATURE_BYTES && verify(null, message, key, signature)
}

const verifyingKeyOf = (publicKey: Uint8Array): KeyObject | null => {
  try {
    return createPublicKey({ key: Buffer.from(concatBytes(SPKI_PREFIX, publicKey)), format: "der", type: "spki" })
  } catch {
    return null
  }
}
