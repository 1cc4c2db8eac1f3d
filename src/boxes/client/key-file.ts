import { hex, utf8, wipe } from "../../base/bytes.ts"
import { canonicalJson } from "../../base/canonical-json.ts"
import { SecretError } from "../../base/errors.ts"
import { isBoxId, type BoxId } from "../protocol/keys.ts"
import { hexToBytes } from "../protocol/hex.ts"
import { fromBase64Url, toBase64Url } from "./base64.ts"
import { parseKey, type KeyInput } from "./input.ts"
import { keyPairOf } from "./keys.ts"
import { randomBytes, webCrypto, type Bytes, type ImportedKey } from "./web-crypto.ts"

const INSPECT = Symbol.for("nodejs.util.inspect.custom")

/** A key pair, ready for `createClient({ serverURL, ...key })`. Printing it shows its public half. */
export interface BoxKey {
  readonly secretKeyHex: string
  readonly publicKeyHex: BoxId
}

class ImportedPair implements BoxKey {
  declare readonly secretKeyHex: string
  declare readonly publicKeyHex: BoxId

  constructor(keys: BoxKey) {
    Object.assign(this, keys)
  }

  toJSON(): Record<string, unknown> {
    return { publicKeyHex: this.publicKeyHex }
  }

  [INSPECT](): Record<string, unknown> {
    return this.toJSON()
  }
}

/** What has a secret key: a client, or options for one. */
export interface KeyHolder {
  readonly secretKeyHex?: KeyInput | null
  readonly keysReady?: unknown
}

interface Head {
  type: "sotto-box-key"
  version: 1
  /** In the clear, so that many of these can be told apart. */
  id: BoxId
  kdf: { name: "argon2id"; memoryKib: number; passes: number; lanes: number; salt: string }
  nonce: string
}

/** As for key rings under a passphrase, but for one lane: browsers have no threads to give. */
const WRITTEN = { memoryKib: 65_536, passes: 3, lanes: 1 }
/** What a text may ask for: a hostile one could otherwise claim all memory. */
const LARGEST = { memoryKib: 262_144, passes: 10, lanes: 16 }
const LEAST_MEMORY_KIB_PER_LANE = 8 // RFC 9106 §3.1

const SALT_BYTES = 16
const NONCE_BYTES = 12
const KEY_BYTES = 32
const SEALED_BYTES = KEY_BYTES + 16
const TEXT_MAX = 2_000

/**
 * JSON text that holds a secret key under a passphrase: Argon2id, then AES-256-GCM over the 32 bytes of the key with everything else
 * of the text, as canonical JSON (RFC 8785), authenticated beside it.
 * @throws SecretError `invalid_argument` for a passphrase that is empty or holds a lone surrogate, and where there is no key
 */
export const exportKey = async (holder: KeyHolder, passphrase: string): Promise<string> => {
  if (typeof passphrase !== "string" || passphrase === "" || !passphrase.isWellFormed())
    throw new SecretError("invalid_argument", "The passphrase is empty or is not well-formed text.")
  await holder.keysReady
  const secretKeyHex = parseKey("secretKeyHex", holder.secretKeyHex)
  if (secretKeyHex === null) throw new SecretError("invalid_argument", "there is no secret key to export")
  const { id, seed } = keyPairOf(hexToBytes(secretKeyHex))
  const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)]
  const head: Head = { type: "sotto-box-key", version: 1, id, kdf: { name: "argon2id", ...WRITTEN, salt: toBase64Url(salt) }, nonce: toBase64Url(nonce) }
  const key = await stretch(passphrase, salt, WRITTEN)
  const sealed = await webCrypto().encrypt({ name: "AES-GCM", iv: nonce, additionalData: utf8(canonicalJson({ ...head })) }, key, seed)
  wipe(seed)
  return `${JSON.stringify({ ...head, sealed: toBase64Url(new Uint8Array(sealed)) }, null, 2)}\n`
}

/**
 * Inverse of `exportKey`.
 * @throws SecretError `decryption_failed` for a wrong passphrase and for damage: they cannot be told apart
 */
export const importKey = async (text: string, passphrase: string): Promise<BoxKey> => {
  const { head, salt, nonce, sealed } = parseKeyFile(text)
  const key = await stretch(passphrase, salt, head.kdf)
  const additionalData = utf8(canonicalJson({ ...head }))
  const seed = await webCrypto()
    .decrypt({ name: "AES-GCM", iv: nonce, additionalData }, key, sealed)
    .catch(() => refuse())
  const secretKeyHex = hex(new Uint8Array(seed))
  if (keyPairOf(new Uint8Array(seed)).id !== head.id) return refuse()
  return new ImportedPair({ secretKeyHex, publicKeyHex: head.id })
}

const refuse = (): never => {
  throw new SecretError("decryption_failed")
}

type Costs = typeof WRITTEN

const stretch = async (passphrase: string, salt: Bytes, { memoryKib, passes, lanes }: Costs): Promise<ImportedKey> => {
  const { argon2idAsync } = await import("@noble/hashes/argon2.js")
  const stretched = await argon2idAsync(utf8(passphrase), salt, { m: memoryKib, t: passes, p: lanes, dkLen: KEY_BYTES, maxmem: 2 ** 32 - 1 })
  const key = await webCrypto().importKey("raw", stretched as Bytes, "AES-GCM", false, ["encrypt", "decrypt"])
  wipe(stretched)
  return key
}

const parseKeyFile = (text: unknown): { head: Head; salt: Bytes; nonce: Bytes; sealed: Bytes } => {
  const { sealed, ...head } = objectOf(typeof text === "string" && text.length <= TEXT_MAX ? text : "")
  if (!isHead(head)) return refuse()
  return { head, salt: bytesOf(head.kdf.salt, SALT_BYTES), nonce: bytesOf(head.nonce, NONCE_BYTES), sealed: bytesOf(sealed, SEALED_BYTES) }
}

const objectOf = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

const isHead = (head: Record<string, unknown>): head is Record<string, unknown> & Head => {
  const { type, version, id, kdf } = head as Partial<Record<keyof Head, unknown>>
  if (Object.keys(head).length !== 5 || Object.keys(Object(kdf) as object).length !== 5) return false
  return type === "sotto-box-key" && version === 1 && typeof id === "string" && isBoxId(id) && isAffordable(kdf)
}

const isAffordable = (kdf: unknown): boolean => {
  const { name, memoryKib, passes, lanes } = (kdf ?? {}) as Record<string, unknown>
  if (name !== "argon2id" || !isCost(memoryKib, LARGEST.memoryKib) || !isCost(passes, LARGEST.passes) || !isCost(lanes, LARGEST.lanes)) return false
  return memoryKib >= lanes * LEAST_MEMORY_KIB_PER_LANE
}

const isCost = (value: unknown, largest: number): value is number => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= largest

const bytesOf = (text: unknown, length: number): Bytes => {
  const bytes = typeof text === "string" ? fromBase64Url(text) : null
  return bytes?.length === length ? bytes : refuse()
}
