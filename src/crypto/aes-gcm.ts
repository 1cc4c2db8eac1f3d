import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto"
import { SecretError } from "../base/errors.ts"
import { release } from "./release.ts"

export const AES_GCM_NONCE_BYTES = 12
export const AES_GCM_TAG_BYTES = 16

// No `authTagLength`: tags are cut and written at 16 bytes here, and reading an option costs a twentieth of a small message.
const CIPHER = "aes-256-gcm"

export interface AesGcmInput {
  /** 32 bytes. */
  key: KeyObject
  /** 12 bytes, never twice under one key. */
  nonce: Uint8Array
  aad: Uint8Array
}

/** AES-256-GCM (NIST SP 800-38D): ciphertext, then the tag of 16 bytes. */
export const sealAesGcm = (input: AesGcmInput & { plain: Uint8Array }): Uint8Array => {
  const sealed = new Uint8Array(input.plain.length + AES_GCM_TAG_BYTES)
  sealAesGcmInto(sealed, 0, input, input.plain)
  return sealed
}

/** `sealAesGcm` that writes to `target` from `offset` on: a format that puts bytes before the ciphertext saves a copy. */
export const sealAesGcmInto = (target: Uint8Array, offset: number, input: AesGcmInput, plain: Uint8Array): void => {
  assertNonce(input.nonce)
  const cipher = createCipheriv(CIPHER, input.key, input.nonce)
  cipher.setAAD(input.aad)
  const ciphertext = cipher.update(plain)
  target.set(ciphertext, offset)
  release(ciphertext)
  cipher.final()
  target.set(cipher.getAuthTag(), offset + plain.length)
}

/**
 * Inverse of `sealAesGcm`. The plaintext is the caller's to wipe.
 * @throws {SecretError} decryption_failed when any bit of `sealed`, key, nonce or `aad` is not what it was
 */
export const openAesGcm = (input: AesGcmInput & { sealed: Uint8Array }): Uint8Array => openAesGcmFrom(input.sealed, 0, input)

/** `openAesGcm` of what stands in `source` from `offset` on. */
export const openAesGcmFrom = (source: Uint8Array, offset: number, input: AesGcmInput): Buffer => {
  assertNonce(input.nonce)
  const end = source.length - AES_GCM_TAG_BYTES
  if (end < offset) throw new SecretError("decryption_failed")
  const decipher = createDecipheriv(CIPHER, input.key, input.nonce)
  decipher.setAAD(input.aad)
  decipher.setAuthTag(source.subarray(end))
  const plain = decipher.update(source.subarray(offset, end))
  try {
    decipher.final()
  } catch {
    plain.fill(0)
    throw new SecretError("decryption_failed")
  }
  return plain
}

const assertNonce = (nonce: Uint8Array): void => {
  if (nonce.length !== AES_GCM_NONCE_BYTES) throw new TypeError(`a nonce of AES-GCM has ${AES_GCM_NONCE_BYTES} bytes`)
}
