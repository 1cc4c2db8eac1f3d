import { createCipheriv, createSecretKey, type KeyObject } from "node:crypto"
import { AES_GCM_NONCE_BYTES, openAesGcm, sealAesGcm, sealAesGcmInto } from "./aes-gcm.ts"

export const XAES_KEY_BYTES = 32
export const XAES_NONCE_BYTES = 24

const BLOCK_BYTES = 16

/** A key of XAES-256-GCM (C2SP): makes the AES-256-GCM key that belongs to a nonce. Printing it shows no key material. */
export interface XaesKey {
  deriveKey(nonce: Uint8Array): KeyObject
}

/** @param key 32 bytes; the caller may wipe them afterwards */
export const createXaesKey = (key: Uint8Array): XaesKey => {
  if (key.length !== XAES_KEY_BYTES) throw new TypeError(`a key of XAES-256-GCM has ${XAES_KEY_BYTES} bytes`)
  // ECB keeps nothing between blocks, so one cipher serves every derivation and no copy of the key stays in JavaScript.
  const aes = createCipheriv("aes-256-ecb", createSecretKey(key), null).setAutoPadding(false)
  const subkey = doubled(aes.update(new Uint8Array(BLOCK_BYTES)))
  return { deriveKey: (nonce) => derive((blocks) => aes.update(blocks), subkey, nonce) }
}

/** Ciphertext, then the tag of 16 bytes. Random nonces of 24 bytes are safe for 2^80 messages under one key. */
export const sealXaesGcm = (key: XaesKey, nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): Uint8Array =>
  sealAesGcm({ key: key.deriveKey(nonce), nonce: nonceTail(nonce), aad, plain })

/** `sealXaesGcm` that writes to `target` from `offset` on. */
export const sealXaesGcmInto = (
  target: Uint8Array, offset: number, key: XaesKey, nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array,
): void => sealAesGcmInto(target, offset, { key: key.deriveKey(nonce), nonce: nonceTail(nonce), aad, plain })

/** @throws {SecretError} decryption_failed when any bit of `sealed`, key, nonce or `aad` is not what it was */
export const openXaesGcm = (key: XaesKey, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array =>
  openAesGcm({ key: key.deriveKey(nonce), nonce: nonceTail(nonce), aad, sealed })

const nonceTail = (nonce: Uint8Array): Uint8Array => nonce.subarray(AES_GCM_NONCE_BYTES)

/** CMAC (NIST SP 800-38B) of 00 01 "X" 00 || N[:12] and 00 02 "X" 00 || N[:12]: both are one full block, so one AES call each. */
const derive = (encrypt: (blocks: Uint8Array) => Uint8Array, subkey: Uint8Array, nonce: Uint8Array): KeyObject => {
  if (nonce.length !== XAES_NONCE_BYTES) throw new TypeError(`a nonce of XAES-256-GCM has ${XAES_NONCE_BYTES} bytes`)
  const blocks = new Uint8Array(2 * BLOCK_BYTES)
  for (const [start, counter] of [[0, 1], [BLOCK_BYTES, 2]] as const) {
    blocks[start + 1] = counter
    blocks[start + 2] = 0x58 // "X"
    blocks.set(nonce.subarray(0, AES_GCM_NONCE_BYTES), start + 4)
  }
  for (let i = 0; i < blocks.length; i++) blocks[i] = (blocks[i] as number) ^ (subkey[i % BLOCK_BYTES] as number)
  const derived = encrypt(blocks)
  const key = createSecretKey(derived)
  derived.fill(0)
  return key
}

/** The first subkey of CMAC: multiplication by x in GF(2^128), without a branch on the secret bit. */
const doubled = (block: Uint8Array): Uint8Array => {
  const result = new Uint8Array(BLOCK_BYTES)
  for (let i = 0; i < BLOCK_BYTES; i++) result[i] = ((block[i] as number) << 1) | ((block[i + 1] ?? 0) >> 7)
  result[BLOCK_BYTES - 1] = (result[BLOCK_BYTES - 1] as number) ^ (0x87 & -((block[0] as number) >> 7))
  return result
}
