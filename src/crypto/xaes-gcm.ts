import { createCipheriv, createSecretKey, type KeyObject } from "node:crypto"
import { wipe } from "../base/bytes.ts"
import { openAesGcmFrom, sealAesGcm, type AesGcmInput } from "./aes-gcm.ts"

export const XAES_KEY_BYTES = 32
export const XAES_NONCE_BYTES = 24

const BLOCK_BYTES = 16
const LABEL = 0x58 // "X"
const NONCE_OFFSET = 4
const NONCE_HEAD_BYTES = 12

/** A key of XAES-256-GCM (C2SP): makes the AES-256-GCM key that belongs to a nonce. Printing it shows no key material. */
export interface XaesKey {
  deriveKey(nonce: Uint8Array): KeyObject
}

/** @param key 32 bytes; the caller may wipe them afterwards */
export const createXaesKey = (key: Uint8Array): XaesKey => {
  if (key.length !== XAES_KEY_BYTES) throw new TypeError(`a key of XAES-256-GCM has ${XAES_KEY_BYTES} bytes`)
  // ECB keeps nothing between blocks, so one cipher serves every derivation and no copy of the key stays in JavaScript.
  const aes = createCipheriv("aes-256-ecb", createSecretKey(key), null).setAutoPadding(false)
  const template = createTemplate(doubled(aes.update(new Uint8Array(BLOCK_BYTES))))
  const blocks = template.slice()
  return {
    deriveKey: (nonce) => {
      fillTemplate(blocks, template, nonce)
      const derived = aes.update(blocks)
      const derivedKey = createSecretKey(derived)
      wipe(derived)
      return derivedKey
    },
  }
}

/** Ciphertext, then the tag of 16 bytes. Random nonces of 24 bytes are safe for 2^80 messages under one key. */
export const sealXaesGcm = (key: XaesKey, nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): Uint8Array =>
  sealAesGcm({ ...parametersOf(key, nonce, aad), plain })

/** @throws {SecretError} decryption_failed when any bit of `sealed`, key, nonce or `aad` is not what it was */
export const openXaesGcm = (key: XaesKey, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array =>
  openAesGcmFrom(sealed, 0, parametersOf(key, nonce, aad))

/** What AES-256-GCM is given in the place of a key and nonce of XAES-256-GCM. */
export const parametersOf = (key: XaesKey, nonce: Uint8Array, aad: Uint8Array): AesGcmInput => ({
  key: key.deriveKey(nonce),
  nonce: nonce.subarray(NONCE_HEAD_BYTES),
  aad,
})

/**
 * The derivation is CMAC (NIST SP 800-38B) of 00 01 "X" 00 || N[:12] and of 00 02 "X" 00 || N[:12]. Each is one full block,
 * so it is one AES call on the block XOR the subkey; all but the nonce is known beforehand.
 */
const createTemplate = (subkey: Uint8Array): Uint8Array => {
  const blocks = new Uint8Array(2 * BLOCK_BYTES)
  blocks.set([0, 1, LABEL, 0])
  blocks.set([0, 2, LABEL, 0], BLOCK_BYTES)
  return blocks.map((byte, i) => byte ^ (subkey[i % BLOCK_BYTES] as number))
}

const fillTemplate = (blocks: Uint8Array, template: Uint8Array, nonce: Uint8Array): void => {
  if (nonce.length !== XAES_NONCE_BYTES) throw new TypeError(`a nonce of XAES-256-GCM has ${XAES_NONCE_BYTES} bytes`)
  for (let i = 0, at = NONCE_OFFSET; i < NONCE_HEAD_BYTES; i++, at++) {
    const byte = nonce[i] as number
    blocks[at] = (template[at] as number) ^ byte
    blocks[at + BLOCK_BYTES] = (template[at + BLOCK_BYTES] as number) ^ byte
  }
}

/** The first subkey of CMAC: multiplication by x in GF(2^128), without a branch on the secret bit. */
const doubled = (block: Uint8Array): Uint8Array => {
  const result = new Uint8Array(BLOCK_BYTES)
  for (let i = 0; i < BLOCK_BYTES; i++) result[i] = ((block[i] as number) << 1) | ((block[i + 1] ?? 0) >> 7)
  result[BLOCK_BYTES - 1] = (result[BLOCK_BYTES - 1] as number) ^ (0x87 & -((block[0] as number) >> 7))
  return result
}
