import { createPrivateKey, generateKeyPairSync, webcrypto, type JsonWebKey } from "node:crypto"
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256, type KeyPair } from "hpke"
import { SecretError } from "../base/errors.ts"
import { concatBytes } from "../base/bytes.ts"
import { fromBase64Url, toBase64Url } from "./base64url.ts"

/** Both halves of X25519 (RFC 7748), 32 bytes each. */
export interface SealingKeys {
  publicKey: Uint8Array
  privateKey: Uint8Array
}

export interface HpkeContext {
  info: Uint8Array
  aad: Uint8Array
}

export const SEALING_KEY_BYTES = 32
const ENCAPSULATED_BYTES = 32
const CURVE = { name: "X25519" } as const

const SUITE = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM)

export const generateSealingKeys = (): SealingKeys => {
  const { d, x } = generateKeyPairSync("x25519").privateKey.export({ format: "jwk" }) as { d: string; x: string }
  return { publicKey: fromBase64Url(x) as Uint8Array, privateKey: fromBase64Url(d) as Uint8Array }
}

/**
 * HPKE (RFC 9180), base mode, one message: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. The encapsulated key of 32
 * bytes, then the ciphertext. It hides the content and proves no sender: whoever seals signs as well.
 * @throws {SecretError} invalid_argument for a public key that is none
 */
export const sealTo = async (publicKey: Uint8Array, plain: Uint8Array, context: HpkeContext): Promise<Uint8Array> => {
  try {
    const { encapsulatedSecret, ciphertext } = await SUITE.Seal(await importPublic(publicKey), plain, context)
    return concatBytes(encapsulatedSecret, ciphertext)
  } catch (cause) {
    throw new SecretError("invalid_argument", "this is no public key that can be sealed to", { cause })
  }
}

/**
 * Inverse of `sealTo`. The plaintext is the caller's to wipe.
 * @throws {SecretError} decryption_failed when any bit is not what it was, or it was sealed to somebody else
 */
export const openSealed = async ({ publicKey, privateKey }: SealingKeys, sealed: Uint8Array, context: HpkeContext): Promise<Uint8Array> => {
  try {
    const keys: KeyPair<CryptoKey> = { publicKey: await importPublic(publicKey), privateKey: await importPrivate({ publicKey, privateKey }) }
    return await SUITE.Open(keys, sealed.subarray(0, ENCAPSULATED_BYTES), sealed.subarray(ENCAPSULATED_BYTES), context)
  } catch {
    throw new SecretError("decryption_failed")
  }
}

type CryptoKey = webcrypto.CryptoKey

const importPublic = (bytes: Uint8Array): Promise<CryptoKey> => webcrypto.subtle.importKey("raw", bytes, CURVE, true, [])

const importPrivate = ({ publicKey, privateKey }: SealingKeys): Promise<CryptoKey> => {
  const jwk: JsonWebKey = { kty: "OKP", crv: CURVE.name, x: toBase64Url(publicKey), d: toBase64Url(privateKey) }
  return webcrypto.subtle.importKey("jwk", jwk, CURVE, false, ["deriveBits"])
}

/** The key pair of a private key that was kept. */
export const sealingKeysOf = (privateKey: Uint8Array): SealingKeys => {
  const der = concatBytes(PKCS8_PREFIX, privateKey)
  const { x } = createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" }).export({ format: "jwk" }) as { x: string }
  return { publicKey: fromBase64Url(x) as Uint8Array, privateKey }
}

/** RFC 8410 §7: PrivateKeyInfo of X25519 up to the key. */
const PKCS8_PREFIX = Uint8Array.from([0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20])
