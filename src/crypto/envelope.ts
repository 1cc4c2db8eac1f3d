import { createSecretKey } from "node:crypto"
import { fromUtf8, utf8, wipe } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import { AES_GCM_NONCE_BYTES, AES_GCM_TAG_BYTES, openAesGcm, sealAesGcmInto } from "./aes-gcm.ts"
import { paddedLength } from "./padme.ts"
import { randomBytes } from "./random.ts"
import { release } from "./release.ts"
import { openXaesGcm, sealXaesGcmInto, XAES_NONCE_BYTES, type XaesKey } from "./xaes-gcm.ts"

/** What a sealed value is bound to for life: 16 bytes each. */
export interface VersionIds {
  storeId: Uint8Array
  secretId: Uint8Array
  versionId: Uint8Array
}

const FORMAT = 0x01
const DEK_BYTES = 32
const LENGTH_BYTES = 4
const VALUE_HEADER_BYTES = 1 + AES_GCM_NONCE_BYTES
const WRAP_HEADER_BYTES = 1 + XAES_NONCE_BYTES

/**
 * A value under a fresh key: format byte, nonce, ciphertext of the padded value, tag. `docs/format.md` has every byte.
 * The caller wraps `dek` and wipes it.
 */
export const sealValue = (value: string, ids: VersionIds): { sealed: Uint8Array; dek: Uint8Array } => {
  const dek = randomBytes(DEK_BYTES)
  const nonce = randomBytes(AES_GCM_NONCE_BYTES)
  const aad = valueAad(ids)
  const plain = layOutValue(value)
  try {
    const sealed = Buffer.allocUnsafe(VALUE_HEADER_BYTES + plain.length + AES_GCM_TAG_BYTES)
    sealed[0] = FORMAT
    sealed.set(nonce, 1)
    sealAesGcmInto(sealed, VALUE_HEADER_BYTES, { key: createSecretKey(dek), nonce, aad, plain })
    return { sealed, dek }
  } finally {
    wipe(plain)
  }
}

/** @throws {SecretError} decryption_failed on anything but the exact bytes, key and ids of one `sealValue` */
export const openValue = (sealed: Uint8Array, dek: Uint8Array, ids: VersionIds): string => {
  if (sealed[0] !== FORMAT || dek.length !== DEK_BYTES) throw new SecretError("decryption_failed")
  const plain = openAesGcm({
    key: createSecretKey(dek),
    nonce: sealed.subarray(1, VALUE_HEADER_BYTES),
    aad: valueAad(ids),
    sealed: sealed.subarray(VALUE_HEADER_BYTES),
  })
  try {
    return readValue(plain)
  } finally {
    wipe(plain)
    release(plain)
  }
}

/** `plain` (a DEK or a root) under a KEK: format byte, nonce, ciphertext, tag. `aad` is of `dekAad` or `rootAad`. */
export const wrapKey = (kek: XaesKey, plain: Uint8Array, aad: Uint8Array): Uint8Array => {
  const nonce = randomBytes(XAES_NONCE_BYTES)
  const wrapped = Buffer.allocUnsafe(WRAP_HEADER_BYTES + plain.length + AES_GCM_TAG_BYTES)
  wrapped[0] = FORMAT
  wrapped.set(nonce, 1)
  sealXaesGcmInto(wrapped, WRAP_HEADER_BYTES, kek, nonce, aad, plain)
  return wrapped
}

/** The caller wipes what it gets. @throws {SecretError} decryption_failed on anything but the exact bytes, KEK and aad of one `wrapKey` */
export const unwrapKey = (kek: XaesKey, wrapped: Uint8Array, aad: Uint8Array): Uint8Array => {
  if (wrapped[0] !== FORMAT || wrapped.length < WRAP_HEADER_BYTES) throw new SecretError("decryption_failed")
  return openXaesGcm(kek, wrapped.subarray(1, WRAP_HEADER_BYTES), aad, wrapped.subarray(WRAP_HEADER_BYTES))
}

/** What the wrap of a DEK is bound to. */
export const dekAad = (ids: VersionIds, keyVersion: number): Uint8Array =>
  encodeAad("sotto/dek", [ids.storeId, ids.secretId, ids.versionId], [keyVersion])

/** What the wrap of a store's root is bound to. */
export const rootAad = (storeId: Uint8Array, generation: number, keyVersion: number): Uint8Array =>
  encodeAad("sotto/root", [storeId], [generation, keyVersion])

const valueAad = (ids: VersionIds): Uint8Array => encodeAad("sotto/value", [ids.storeId, ids.secretId, ids.versionId], [])

const ID_BYTES = 16
const NUMBER_BYTES = 8

/** label || 00 || format || ids of 16 bytes || numbers of 8: no label holds 00, and each label has one list of fields. */
const encodeAad = (label: string, ids: Uint8Array[], numbers: number[]): Uint8Array => {
  const aad = Buffer.allocUnsafe(label.length + 2 + ids.length * ID_BYTES + numbers.length * NUMBER_BYTES)
  let at = aad.write(label, "latin1")
  aad[at++] = 0
  aad[at++] = FORMAT
  for (const id of ids) {
    if (id.length !== ID_BYTES) throw new TypeError(`an id has ${ID_BYTES} bytes`)
    aad.set(id, at)
    at += ID_BYTES
  }
  for (const number of numbers) {
    if (!Number.isSafeInteger(number) || number < 0) throw new TypeError("a key version or generation is a safe integer from 0 on")
    aad.writeUInt32BE(Math.floor(number / 2 ** 32), at)
    aad.writeUInt32BE(number >>> 0, at + 4)
    at += NUMBER_BYTES
  }
  return aad
}

const LARGEST_LAID_OUT_BYTES = paddedLength(LENGTH_BYTES + 65_536)

/** One buffer, all zeros between calls, serves every value of a usual size: a fresh one costs as much as half the encryption. */
const createValueLayout = (): ((value: string) => Uint8Array) => {
  const encoder = new TextEncoder()
  const scratch = new Uint8Array(LARGEST_LAID_OUT_BYTES)
  const content = scratch.subarray(LENGTH_BYTES)
  return (value) => {
    if (!value.isWellFormed()) throw new TypeError("a value with a lone surrogate cannot be kept exactly")
    const { read, written } = encoder.encodeInto(value, content)
    if (read === value.length) return layOut(scratch, written)
    wipe(scratch)
    const bytes = utf8(value)
    const large = new Uint8Array(paddedLength(LENGTH_BYTES + bytes.length))
    large.set(bytes, LENGTH_BYTES)
    wipe(bytes)
    return layOut(large, bytes.length)
  }
}

const layOut = (target: Uint8Array, length: number): Uint8Array => {
  new DataView(target.buffer).setUint32(0, length)
  return target.subarray(0, paddedLength(LENGTH_BYTES + length))
}

/** Length as uint32 BE, UTF-8, zeros up to the size class. The caller wipes it before the next call. */
const layOutValue = createValueLayout()

const readValue = (plain: Uint8Array): string => {
  const length = new DataView(plain.buffer, plain.byteOffset).getUint32(0)
  const end = LENGTH_BYTES + length
  if (end > plain.length || paddedLength(end) !== plain.length) throw new SecretError("decryption_failed")
  for (let i = end; i < plain.length; i++) if (plain[i] !== 0) throw new SecretError("decryption_failed")
  try {
    return fromUtf8(plain.subarray(LENGTH_BYTES, end))
  } catch {
    throw new SecretError("decryption_failed")
  }
}
