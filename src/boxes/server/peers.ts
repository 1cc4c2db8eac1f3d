import { createPublicKey, verify, type KeyObject } from "node:crypto"
import { concatBytes } from "../../base/bytes.ts"
import { hexToBytes } from "../protocol/hex.ts"
import { montgomeryOf, type BoxId } from "../protocol/keys.ts"

/** The public key of somebody who keeps a box or writes into one. */
export interface Peer {
  id: BoxId
  bytes: Uint8Array
  /** Whether `signature` (64 bytes) is this key's over `message`, strictly: RFC 8032 §5.1.7, no key of small order. */
  isSignedBy(message: Uint8Array, signature: Uint8Array): Promise<boolean>
  /** X25519, for sealing to the holder. @throws TypeError for what is no key that somebody can hold */
  agreementKey(): KeyObject
}

export interface Peers {
  find(id: BoxId): Peer
}

/** RFC 8410 §4: SubjectPublicKeyInfo up to the key. */
const ED25519 = Uint8Array.from([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00])
const X25519 = Uint8Array.from([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00])

const importKey = (prefix: Uint8Array, bytes: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.from(concatBytes(prefix, bytes)), format: "der", type: "spki" })

/** A key made ready costs four signatures' time, so the last ones that proved themselves are kept. */
export const createPeers = (max = 10_000): Peers => {
  const kept = new Map<BoxId, Peer>()
  return {
    find: (id) => {
      const known = kept.get(id)
      if (known !== undefined) return known
      const peer = createPeer(id)
      return {
        ...peer,
        isSignedBy: async (message, signature) => {
          if (!(await peer.isSignedBy(message, signature))) return false // whoever signs nothing pushes nobody out
          kept.set(id, peer)
          if (kept.size > max) kept.delete(kept.keys().next().value as BoxId)
          return true
        },
      }
    },
  }
}

/** On another thread: a third of what a request costs. */
const verifyElsewhere = (message: Uint8Array, key: KeyObject, signature: Uint8Array): Promise<boolean> =>
  new Promise((resolve) => {
    verify(null, message, key, signature, (error, isRight) => resolve(error === null && isRight))
  })

const createPeer = (id: BoxId): Peer => {
  const bytes = hexToBytes(id)
  const verifyingKey = importKey(ED25519, bytes)
  let agreementKey: KeyObject | null | undefined
  const agreement = (): KeyObject | null => {
    if (agreementKey === undefined) {
      const point = montgomeryOf(bytes)
      agreementKey = point && importKey(X25519, point)
    }
    return agreementKey
  }
  return {
    id,
    bytes,
    isSignedBy: async (message, signature) => (await verifyElsewhere(message, verifyingKey, signature)) && agreement() !== null,
    agreementKey: () => {
      const key = agreement()
      if (key === null) throw new TypeError("not a key that somebody can hold")
      return key
    },
  }
}
