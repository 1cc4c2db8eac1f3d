import { hex, utf8 } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import { hexToBytes } from "../protocol/hex.ts"
import { montgomeryOf, type BoxId } from "../protocol/keys.ts"
import type { SealedText } from "../protocol/routes.ts"
import { createCurves, type AgreementKey, type Curves, type Verify } from "./curves.ts"
import { scalarOf, sealTo, unseal } from "./sealing.ts"
import { sha256, type Bytes } from "./web-crypto.ts"

/** A key pair at work. The secret half is not to be had from it. */
export interface Identity {
  readonly id: BoxId
  /** Plain Ed25519; 128 hex characters. */
  sign(message: Uint8Array): Promise<string>
  /** Ed25519 over the SHA-256 digest of the text, as requests are signed. */
  signText(text: string): Promise<string>
  /** Whether `signature` (hex) is of that key over these bytes. Wrong for what is no key. */
  isSigned(by: BoxId, message: Uint8Array, signature: string): Promise<boolean>
  isTextSigned(by: BoxId, text: string, signature: string): Promise<boolean>
  /** @throws SecretError `invalid_argument` for an id that is no key */
  sealTo(recipient: BoxId, text: string): Promise<SealedText>
  /** @throws for whatever is not sealed to this key */
  unseal(sealed: unknown): Promise<string>
}

interface Peer {
  verify: Verify
  agreementKey: AgreementKey
}

const PEERS_MAX = 256

export const openIdentity = async (keys: { id: BoxId; seed: Bytes }): Promise<Identity> => {
  const curves = createCurves()
  const peers = createPeers(curves)
  const [sign, agree] = await Promise.all([curves.signer(keys.seed), curves.agreement(scalarOf(keys.seed))])
  const isSigned = async (by: BoxId, message: Uint8Array, signature: string): Promise<boolean> => {
    const peer = await peers(by)
    return peer !== null && /^[0-9a-f]{128}$/.test(signature) && (await peer.verify(message, hexToBytes(signature)))
  }
  return {
    id: keys.id,
    sign: async (message) => hex(await sign(message)),
    signText: async (text) => hex(await sign(await sha256(utf8(text)))),
    isSigned,
    isTextSigned: async (by, text, signature) => isSigned(by, await sha256(utf8(text)), signature),
    sealTo: async (recipient, text) => {
      const peer = await peers(recipient)
      if (peer === null) throw new SecretError("invalid_argument", "Point.fromHex: invalid y coordinate", { help: "The recipient's id is no key." })
      return sealTo(curves, peer.agreementKey, text)
    },
    unseal: (sealed) => unseal(curves, agree, sealed),
  }
}

/** A public key made ready costs as much as a signature: the last ones are kept. @returns null for what is no key */
const createPeers = (curves: Curves): ((id: BoxId) => Promise<Peer | null>) => {
  const kept = new Map<BoxId, Promise<Peer | null>>()
  return (id) => {
    const peer = kept.get(id) ?? createPeer(curves, id)
    kept.delete(id)
    kept.set(id, peer)
    if (kept.size > PEERS_MAX) kept.delete(kept.keys().next().value as BoxId)
    return peer
  }
}

const createPeer = async (curves: Curves, id: BoxId): Promise<Peer | null> => {
  const bytes = hexToBytes(id)
  const point = montgomeryOf(bytes)
  if (point === null) return null
  const [verify, agreementKey] = await Promise.all([curves.verifier(bytes), curves.agreementKey(point)])
  return { verify, agreementKey }
}
