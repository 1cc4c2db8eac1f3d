import { ed25519 } from "@noble/curves/ed25519.js"
import { fromUtf8, hex, utf8, wipe } from "../../base/bytes.ts"
import { hexToBytes } from "../protocol/hex.ts"
import { agreementPointOf } from "../protocol/keys.ts"
import type { SealedText } from "../protocol/routes.ts"
import type { Agree, AgreementKey, Curves } from "./curves.ts"
import { randomBytes, sha512, webCrypto, type Bytes, type ImportedKey } from "./web-crypto.ts"

/*
 * How the Secret Manager encrypts to a key (its crypto utilities 0.1): a key pair made for one text, X25519 with the recipient's key,
 * SHA-512 of what they share gives the IV (16 bytes) and the key (32 bytes), AES-256-CBC with PKCS#7. Nothing proves that a
 * ciphertext is whole or who made it: that is what the signature within is for.
 */

const SEED_BYTES = 32
const IV_BYTES = 16
const KEY_END = 48

/** The X25519 secret key of an Ed25519 one: SHA-512 of the seed, first half, clamped (RFC 8032 §5.1.5). */
export const scalarOf = (seed: Bytes): Bytes => ed25519.utils.toMontgomerySecret(seed)

export const publicKeyOf = (seed: Bytes): Bytes => ed25519.getPublicKey(seed)

/** @param seed 32 bytes, used for this one text alone; vectors fix it */
export const sealTo = async (curves: Curves, recipient: AgreementKey, text: string, seed: Bytes = randomBytes(SEED_BYTES)): Promise<SealedText> => {
  const [point, ciphertext] = await Promise.all([curves.publicKey(seed), encrypt(curves, recipient, { text, seed })])
  return { referencePointHex: hex(point), encryptedContentHex: hex(ciphertext) }
}

const encrypt = async (curves: Curves, recipient: AgreementKey, { text, seed }: { text: string; seed: Bytes }): Promise<Uint8Array> => {
  const agree = await curves.agreement(scalarOf(seed))
  const { key, iv } = await cipherOf(await agree(recipient), "encrypt")
  return new Uint8Array(await webCrypto().encrypt({ name: "AES-CBC", iv }, key, utf8(text)))
}

/** Inverse of `sealTo`, which also takes the key names of the written interface. @throws for whatever is not that; what, tells an attacker something */
export const unseal = async (curves: Curves, agree: Agree, sealed: unknown): Promise<string> => {
  const { referencePointHex, referencePoint, encryptedContentHex, encryptedContent } = (sealed ?? {}) as Record<string, unknown>
  const point = agreementPointOf(hexToBytes(asText(referencePointHex || referencePoint)))
  if (point === null) throw new TypeError("no point of the curve")
  const { key, iv } = await cipherOf(await agree(await curves.agreementKey(point)), "decrypt")
  const plain = new Uint8Array(await webCrypto().decrypt({ name: "AES-CBC", iv }, key, hexToBytes(asText(encryptedContentHex || encryptedContent))))
  const text = fromUtf8(plain)
  wipe(plain)
  return text
}

const asText = (value: unknown): string => {
  if (typeof value !== "string") throw new TypeError("Invalid secrets Object!")
  return value
}

const cipherOf = async (shared: Bytes, usage: "encrypt" | "decrypt"): Promise<{ key: ImportedKey; iv: Bytes }> => {
  const material = await sha512(shared)
  const key = await webCrypto().importKey("raw", material.slice(IV_BYTES, KEY_END), "AES-CBC", false, [usage])
  const iv = material.slice(0, IV_BYTES)
  wipe(shared)
  wipe(material)
  return { key, iv }
}
