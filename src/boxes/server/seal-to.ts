import { createCipheriv, createPrivateKey, createPublicKey, diffieHellman, hash, randomBytes } from "node:crypto"
import { concatBytes, hex, wipe } from "../../base/bytes.ts"
import { fromBase64Url } from "../../crypto/base64url.ts"
import type { Peer } from "./peers.ts"

/** RFC 8410 §7: PrivateKeyInfo up to the key. */
const ED25519 = Uint8Array.from([0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20])
const X25519 = Uint8Array.from([0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20])
const IV_BYTES = 16
const KEY_END = 48

/**
 * The outer layer of the Secret Manager's protocol (its crypto utilities 0.1): a key pair for this one text, X25519 with the
 * holder's key, SHA-512 of what they share gives IV and key, AES-256-CBC with PKCS#7.
 * @param salted salt, NUL, content
 * @returns JSON text of `SealedText`
 */
export const sealTo = (peer: Pick<Peer, "agreementKey">, salted: string, seed: Uint8Array = randomBytes(32)): string => {
  const material = hash("sha512", diffieHellman({ privateKey: agreementKeyOf(seed), publicKey: peer.agreementKey() }), "buffer")
  const cipher = createCipheriv("aes-256-cbc", material.subarray(IV_BYTES, KEY_END), material.subarray(0, IV_BYTES))
  const content = cipher.update(salted, "utf8", "hex") + cipher.final("hex")
  wipe(material)
  return `{"referencePointHex":"${referencePointOf(seed)}","encryptedContentHex":"${content}"}`
}

const referencePointOf = (seed: Uint8Array): string => {
  const { x } = createPublicKey(privateKey(ED25519, seed)).export({ format: "jwk" }) as { x: string }
  return hex(fromBase64Url(x) as Uint8Array)
}

/** RFC 8032 §5.1.5: the scalar of an Ed25519 seed; X25519 clamps it. */
const agreementKeyOf = (seed: Uint8Array): ReturnType<typeof createPrivateKey> => privateKey(X25519, hash("sha512", seed, "buffer").subarray(0, 32))

const privateKey = (prefix: Uint8Array, bytes: Uint8Array) => createPrivateKey({ key: Buffer.from(concatBytes(prefix, bytes)), format: "der", type: "pkcs8" })
