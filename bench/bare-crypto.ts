/** The `node:crypto` calls that the format needs, on data that lies ready, with no check and no copy that could be left out. */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from "node:crypto"
import { dekAad } from "../src/crypto/envelope.ts"
import { randomBytes } from "../src/crypto/random.ts"

export interface GcmParts {
  ciphertext: Uint8Array
  tag: Uint8Array
}

export const gcmSeal = (key: KeyObject, nonce: Uint8Array, aad: Uint8Array, plain: string | Uint8Array): GcmParts => {
  const cipher = createCipheriv("aes-256-gcm", key, nonce)
  cipher.setAAD(aad)
  const ciphertext = typeof plain === "string" ? cipher.update(plain, "utf8") : cipher.update(plain)
  cipher.final()
  return { ciphertext, tag: cipher.getAuthTag() }
}

export const gcmOpen = (key: KeyObject, nonce: Uint8Array, aad: Uint8Array, { ciphertext, tag }: GcmParts): Buffer => {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce)
  decipher.setAAD(aad)
  decipher.setAuthTag(tag)
  const plain = decipher.update(ciphertext)
  decipher.final()
  return plain
}

const TAG_BYTES = 16

const cut = (whole: Uint8Array, from: number): GcmParts => ({
  ciphertext: whole.subarray(from, whole.length - TAG_BYTES),
  tag: whole.subarray(whole.length - TAG_BYTES),
})

const join = (nonce: Uint8Array, { ciphertext, tag }: GcmParts): Buffer => Buffer.concat([FORMAT, nonce, ciphertext, tag])
const FORMAT = new Uint8Array([1])

/** One KEK and one store: what is the same in every call is laid out here, once. */
export interface BareKeys {
  unwrap(wrap: Uint8Array, secretId: Uint8Array, versionId: Uint8Array): Buffer
  wrap(dek: Uint8Array, secretId: Uint8Array, versionId: Uint8Array): Buffer
  openValue(dek: Uint8Array, sealed: Uint8Array, secretId: Uint8Array, versionId: Uint8Array): string
  /** @param padded as it goes under the cipher */
  sealValue(dek: Uint8Array, padded: string | Uint8Array, secretId: Uint8Array, versionId: Uint8Array): Buffer
}

export const createBareKeys = (kekBytes: Uint8Array, storeId: Uint8Array, keyVersion: number): BareKeys => {
  const derive = createDerivation(createSecretKey(kekBytes))
  const dekBound = createBinding(dekAad({ storeId, secretId: NO_ID, versionId: NO_ID }, keyVersion), "sotto/dek")
  const valueLabel = Buffer.concat([Buffer.from("sotto/value\0\x01"), storeId, NO_ID, NO_ID])
  const valueBound = createBinding(valueLabel, "sotto/value")
  return {
    unwrap: (wrap, secretId, versionId) => {
      const nonce = wrap.subarray(1, 25)
      return gcmOpen(derive(nonce), nonce.subarray(12), dekBound(secretId, versionId), cut(wrap, 25))
    },
    wrap: (dek, secretId, versionId) => {
      const nonce = randomBytes(24)
      return join(nonce, gcmSeal(derive(nonce), nonce.subarray(12), dekBound(secretId, versionId), dek))
    },
    openValue: (dek, sealed, secretId, versionId) => {
      const plain = gcmOpen(createSecretKey(dek), sealed.subarray(1, 13), valueBound(secretId, versionId), cut(sealed, 13))
      return plain.toString("utf8", 4, 4 + plain.readUInt32BE(0))
    },
    sealValue: (dek, padded, secretId, versionId) => {
      const nonce = randomBytes(12)
      return join(nonce, gcmSeal(createSecretKey(dek), nonce, valueBound(secretId, versionId), padded))
    },
  }
}

const NO_ID = new Uint8Array(16)

/** Additional data whose ids are written over from call to call. */
const createBinding = (aad: Uint8Array, label: string): ((secretId: Uint8Array, versionId: Uint8Array) => Uint8Array) => {
  const idsAt = label.length + 2 + NO_ID.length
  return (secretId, versionId) => {
    aad.set(secretId, idsAt)
    aad.set(versionId, idsAt + NO_ID.length)
    return aad
  }
}

/** The key that XAES-256-GCM derives: two blocks under the KEK, XOR a subkey. One cipher serves every call. */
export const createDerivation = (kek: KeyObject): ((nonce: Uint8Array) => KeyObject) => {
  const ecb = createCipheriv("aes-256-ecb", kek, null).setAutoPadding(false)
  const subkey = BigInt(`0x${ecb.update(new Uint8Array(16)).toString("hex")}`)
  const doubled = ((subkey << 1n) ^ (subkey >> 127n === 1n ? 0x87n : 0n)) & ((1n << 128n) - 1n)
  const mask = Buffer.from(doubled.toString(16).padStart(32, "0").repeat(2), "hex")
  for (const [at, byte] of [[1, 1], [2, 0x58], [17, 2], [18, 0x58]] as const) mask[at] = (mask[at] as number) ^ byte
  const blocks = new Uint8Array(32)
  return (nonce) => {
    blocks.set(mask)
    for (let i = 0; i < 12; i++) {
      blocks[4 + i] = (mask[4 + i] as number) ^ (nonce[i] as number)
      blocks[20 + i] = (mask[20 + i] as number) ^ (nonce[i] as number)
    }
    return createSecretKey(ecb.update(blocks))
  }
}

/** The HMAC of a row over a message that lies ready. */
export const bareTag = (key: KeyObject, message: Uint8Array): Buffer => createHmac("sha256", key).update(message).digest()
