import { isAscii } from "node:buffer"
import { createSecretKey } from "node:crypto"
import { fromUtf8, utf8, wipe } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import { AES_GCM_NONCE_BYTES, AES_GCM_TAG_BYTES, openAesGcmFrom, sealAesGcmInto } from "./aes-gcm.ts"
import { paddedLength } from "./padme.ts"
import { fillRandom, randomBytes } from "./random.ts"
import { release } from "./release.ts"
import { parametersOf, XAES_NONCE_BYTES, type XaesKey } from "./xaes-gcm.ts"

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
const SHORTEST_SEALED_BYTES = VALUE_HEADER_BYTES + paddedLength(0) + AES_GCM_TAG_BYTES

/**
 * A value under a fresh key: format byte, nonce, ciphertext of the padded value, tag. `docs/format.md` has every byte.
 * The caller wraps `dek` and wipes it.
 */
export const sealValue = (value: string, ids: VersionIds): { sealed: Uint8Array; dek: Uint8Array } => {
  const dek = randomBytes(DEK_BYTES)
  const aad = valueAad(ids)
  const plain = layOutValue(value)
  try {
    const sealed = Buffer.allocUnsafe(VALUE_HEADER_BYTES + plain.length + AES_GCM_TAG_BYTES)
    const nonce = writeHeader(sealed, VALUE_HEADER_BYTES)
    sealAesGcmInto(sealed, VALUE_HEADER_BYTES, { key: createSecretKey(dek), nonce, aad }, plain)
    return { sealed, dek }
  } finally {
    wipe(plain)
  }
}

/** @throws {SecretError} decryption_failed on anything but the exact bytes, key and ids of one `sealValue` */
export const openValue = (sealed: Uint8Array, dek: Uint8Array, ids: VersionIds): string => {
  if (sealed[0] !== FORMAT || sealed.length < SHORTEST_SEALED_BYTES) throw new SecretError("decryption_failed")
  if (dek.length !== DEK_BYTES) throw new SecretError("decryption_failed")
  const nonce = sealed.subarray(1, VALUE_HEADER_BYTES)
  const plain = openAesGcmFrom(sealed, VALUE_HEADER_BYTES, { key: createSecretKey(dek), nonce, aad: valueAad(ids) })
  try {
    return readValue(plain)
  } finally {
    wipe(plain)
    release(plain)
  }
}

/** `plain` (a DEK or a root) under a KEK: format byte, nonce, ciphertext, tag. `aad` is of `dekAad` or `rootAad`. */
export const wrapKey = (kek: XaesKey, plain: Uint8Array, aad: Uint8Array): Uint8Array => {
  const wrapped = Buffer.allocUnsafe(WRAP_HEADER_BYTES + plain.length + AES_GCM_TAG_BYTES)
  const nonce = writeHeader(wrapped, WRAP_HEADER_BYTES)
  sealAesGcmInto(wrapped, WRAP_HEADER_BYTES, parametersOf(kek, nonce, aad), plain)
  return wrapped
}

/** Format byte and a fresh nonce up to `end`. @returns the nonce */
const writeHeader = (target: Buffer, end: number): Uint8Array => {
  target[0] = FORMAT
  const nonce = target.subarray(1, end)
  fillRandom(nonce)
  return nonce
}

/**
 * Inverse of `wrapKey`. The caller wipes what it gets.
 * @throws {SecretError} decryption_failed on anything but the exact bytes, KEK and aad of one `wrapKey`
 */
export const unwrapKey = (kek: XaesKey, wrapped: Uint8Array, aad: Uint8Array): Uint8Array => {
  if (wrapped[0] !== FORMAT || wrapped.length < WRAP_HEADER_BYTES + AES_GCM_TAG_BYTES) throw new SecretError("decryption_failed")
  return openAesGcmFrom(wrapped, WRAP_HEADER_BYTES, parametersOf(kek, wrapped.subarray(1, WRAP_HEADER_BYTES), aad))
}

/** What the wrap of a DEK is bound to. */
export const dekAad = (ids: VersionIds, keyVersion: number): Uint8Array => {
  const aad = Buffer.allocUnsafe(DEK_PREFIX.length + 3 * ID_BYTES + NUMBER_BYTES)
  writeNumber(aad, writeIds(aad, DEK_PREFIX, ids), keyVersion)
  return aad
}

/** What the wrap of a store's root is bound to. */
export const rootAad = (storeId: Uint8Array, generation: number, keyVersion: number): Uint8Array => {
  const aad = Buffer.allocUnsafe(ROOT_PREFIX.length + ID_BYTES + 2 * NUMBER_BYTES)
  aad.set(ROOT_PREFIX)
  const at = writeNumber(aad, writeId(aad, ROOT_PREFIX.length, storeId), generation)
  writeNumber(aad, at, keyVersion)
  return aad
}

const valueAad = (ids: VersionIds): Uint8Array => {
  const aad = Buffer.allocUnsafe(VALUE_PREFIX.length + 3 * ID_BYTES)
  writeIds(aad, VALUE_PREFIX, ids)
  return aad
}

/** No label holds the 00 that ends it, and each has one list of fields of fixed size: no two inputs have one encoding. */
const prefixOf = (label: string): Uint8Array => utf8(`${label}\0${String.fromCharCode(FORMAT)}`)
const VALUE_PREFIX = prefixOf("sotto/value")
const DEK_PREFIX = prefixOf("sotto/dek")
const ROOT_PREFIX = prefixOf("sotto/root")

const ID_BYTES = 16
const NUMBER_BYTES = 8

/** @returns the offset after them, as the others do */
const writeIds = (aad: Buffer, prefix: Uint8Array, { storeId, secretId, versionId }: VersionIds): number => {
  aad.set(prefix)
  return writeId(aad, writeId(aad, writeId(aad, prefix.length, storeId), secretId), versionId)
}

const writeId = (aad: Buffer, at: number, id: Uint8Array): number => {
  if (id.length !== ID_BYTES) throw new TypeError(`an id has ${ID_BYTES} bytes`)
  aad.set(id, at)
  return at + ID_BYTES
}

const writeNumber = (aad: Buffer, at: number, number: number): number => {
  if (!Number.isSafeInteger(number) || number < 0) throw new TypeError("versions and generations are safe integers from 0 on")
  aad.writeUInt32BE(Math.floor(number / 2 ** 32), at)
  return aad.writeUInt32BE(number >>> 0, at + 4)
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

const readValue = (plain: Buffer): string => {
  const length = plain.readUInt32BE(0)
  const end = LENGTH_BYTES + length
  if (end > plain.length || paddedLength(end) !== plain.length) throw new SecretError("decryption_failed")
  if (!isZeroFrom(plain, end)) throw new SecretError("decryption_failed")
  const content = plain.subarray(LENGTH_BYTES, end)
  if (isAscii(content)) return content.toString("latin1")
  try {
    return fromUtf8(content)
  } catch {
    throw new SecretError("decryption_failed")
  }
}

/** Bytes are all zero when the first is and each equals the next: one comparison in native code. */
const isZeroFrom = (bytes: Buffer, start: number): boolean => {
  const end = bytes.length
  return start === end || (bytes[start] === 0 && bytes.compare(bytes, start, end - 1, start + 1, end) === 0)
}
