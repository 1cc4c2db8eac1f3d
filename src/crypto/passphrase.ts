import { createSecretKey, type KeyObject } from "node:crypto"
import { utf8, wipe } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import { fromBase64Url, toBase64Url } from "./base64url.ts"
import { AES_GCM_NONCE_BYTES, openAesGcm, sealAesGcm } from "./aes-gcm.ts"
import { argon2, type Argon2Parameters } from "./argon2.ts"
import { randomBytes } from "./random.ts"

/** The second recommendation of RFC 9106 §4. */
const WRITTEN: Argon2Parameters = { memoryKib: 65_536, passes: 3, lanes: 4 }
/** What a file may ask for: a hostile one could otherwise claim all memory. */
const LARGEST: Argon2Parameters = { memoryKib: 262_144, passes: 10, lanes: 16 }
const LEAST_MEMORY_KIB_PER_LANE = 8 // RFC 9106 §3.1

const SALT_BYTES = 16
const KEY_BYTES = 32
const MAX_PLAIN_BYTES = 524_288
const MAX_TEXT_LENGTH = 1_048_576
const PARAMETERS = /m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)/.source
const SEALED_TEXT = new RegExp(`^(sotto-sealed:1:argon2id:${PARAMETERS}:([\\w-]{22}):([\\w-]{16}):)([\\w-]{22,})(?:\\r?\\n)?$`)

/**
 * One line of text that holds `plain` under a passphrase: Argon2id (64 MiB, 3 passes, 4 lanes), then AES-256-GCM.
 * At most 512 KiB. `docs/format.md` has every character.
 * @throws {SecretError} invalid_argument for a passphrase that is empty or holds a lone surrogate
 */
export const sealWithPassphrase = async (plain: Uint8Array, passphrase: string): Promise<string> => {
  if (passphrase === "" || !passphrase.isWellFormed()) {
    throw new SecretError("invalid_argument", "The passphrase is empty or is not well-formed text.")
  }
  if (plain.length > MAX_PLAIN_BYTES) throw new TypeError(`at most ${MAX_PLAIN_BYTES} bytes can be sealed with a passphrase`)
  const salt = randomBytes(SALT_BYTES)
  const nonce = randomBytes(AES_GCM_NONCE_BYTES)
  const { memoryKib, passes, lanes } = WRITTEN
  const head = `sotto-sealed:1:argon2id:m=${memoryKib},t=${passes},p=${lanes}:${toBase64Url(salt)}:${toBase64Url(nonce)}:`
  const key = await stretch(passphrase, salt, WRITTEN)
  return head + toBase64Url(sealAesGcm({ key, nonce, aad: utf8(head), plain }))
}

/**
 * Inverse of `sealWithPassphrase`; one line break at the end is allowed. The caller wipes what it gets.
 * @throws {SecretError} decryption_failed for a wrong passphrase and for damage: they cannot be told apart
 */
export const unsealWithPassphrase = async (text: string, passphrase: string): Promise<Uint8Array> => {
  const { head, parameters, salt, nonce, sealed } = parseSealedText(text)
  const key = await stretch(passphrase, salt, parameters)
  return openAesGcm({ key, nonce, aad: utf8(head), sealed })
}

const stretch = async (passphrase: string, salt: Uint8Array, parameters: Argon2Parameters): Promise<KeyObject> => {
  const password = utf8(passphrase)
  const stretched = await argon2({ password, salt, ...parameters, lengthBytes: KEY_BYTES })
  const key = createSecretKey(stretched)
  wipe(password)
  wipe(stretched)
  return key
}

const parseSealedText = (text: string) => {
  const match = text.length <= MAX_TEXT_LENGTH ? SEALED_TEXT.exec(text) : null
  if (match === null) throw new SecretError("decryption_failed")
  const [, head, m, t, p, salt, nonce, sealed] = match as unknown as string[]
  const parameters = { memoryKib: Number(m), passes: Number(t), lanes: Number(p) }
  assertAffordable(parameters)
  return {
    head: head as string,
    parameters,
    salt: bytesOf(salt as string),
    nonce: bytesOf(nonce as string),
    sealed: bytesOf(sealed as string),
  }
}

const assertAffordable = ({ memoryKib, passes, lanes }: Argon2Parameters): void => {
  const affordable = memoryKib <= LARGEST.memoryKib && passes <= LARGEST.passes && lanes <= LARGEST.lanes
  if (!affordable || memoryKib < lanes * LEAST_MEMORY_KIB_PER_LANE) throw new SecretError("decryption_failed")
}

const bytesOf = (text: string): Uint8Array => {
  const bytes = fromBase64Url(text)
  if (bytes === null) throw new SecretError("decryption_failed")
  return bytes
}
