import { SecretError } from "../base/errors.ts"

/** One KEK: a version and 32 bytes as 44 characters of standard base64. */
export interface KeyEntry {
  version: number
  value: string
}

const VERSION = /^(0|[1-9][0-9]*)$/
const STANDARD_BASE64 = /^[A-Za-z0-9+/]*$/

const fault = (message: string): SecretError =>
  new SecretError("invalid_keys", `secret-store keys: ${message}`, {
    help: 'A key ring reads "1:<base64 of 32 bytes>,2:<base64 of 32 bytes>"; `sotto keyring add` makes keys.',
  })

/**
 * Reads `1:<base64>,2:<base64>` in any order. Messages name entries by place and version, never by content: a forgotten
 * version must not print the key. @throws SecretError `invalid_keys`
 */
export const parseKeyRing = (text: string): KeyEntry[] => {
  if (text.trim() === "") throw fault("the key ring is empty")
  const entries = text.split(",").map((token, index) => parseEntry(token.trim(), index + 1))
  return assertKeyEntries(entries)
}

const parseEntry = (token: string, place: number): KeyEntry => {
  if (token === "") throw fault(`entry ${place} is empty`)
  const colon = token.indexOf(":")
  if (colon < 0) throw fault(`entry ${place} must be "version:value"`)
  const version = token.slice(0, colon).trim()
  if (!isVersionText(version)) throw fault(`entry ${place} has a version that is not a non-negative integer`)
  return { version: Number(version), value: token.slice(colon + 1).trim() }
}

const isVersionText = (text: string): boolean => VERSION.test(text) && Number.isSafeInteger(Number(text))

const assertKeyEntries = (entries: KeyEntry[]): KeyEntry[] => {
  if (entries.length === 0) throw fault("at least one key is required")
  const seen = new Set<number>()
  for (const { version, value } of entries) {
    if (seen.has(version)) throw fault(`version ${version} is duplicated`)
    seen.add(version)
    assertKeyValue(version, value)
  }
  if (new Set(entries.map((entry) => entry.value)).size < entries.length) throw fault("two versions hold the same key")
  return entries
}

const assertKeyValue = (version: number, value: string): void => {
  if (value === "") throw fault(`the value of version ${version} must not be empty`)
  if (value.length !== 44)
    throw fault(`the value of version ${version} must be exactly 44 base64 characters for a 32-byte key (got ${value.length})`)
  if (!value.endsWith("=")) throw fault(`the value of version ${version} must end with one '=' padding character`)
  if (!STANDARD_BASE64.test(value.slice(0, 43)))
    throw fault(`the value of version ${version} contains a non-standard-base64 character`)
  const bytes = decodeKey(value)
  if (encodeKey(bytes) !== value) throw fault(`the value of version ${version} is not canonical base64`)
  if (bytes.every((byte) => byte === 0)) throw fault(`the value of version ${version} is all zeros`)
}

/** 44 characters of base64 to 32 bytes. */
export const decodeKey = (value: string): Uint8Array => Uint8Array.from(atob(value), (char) => char.charCodeAt(0))

export const encodeKey = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

export const formatKeyRing = (entries: readonly KeyEntry[]): string =>
  entries
    .toSorted((a, b) => a.version - b.version)
    .map(({ version, value }) => `${version}:${value}`)
    .join(",")

/**
 * The key ring text of an object of versions and base64 keys. A version written twice does not compile, because an object
 * literal may not repeat a key. @throws SecretError `invalid_keys`
 */
export const defineKeys = (keys: Readonly<Record<number, string>>): string => {
  const entries = Object.entries(keys).map(([version, value]: [string, unknown]) => {
    if (!isVersionText(version)) throw fault("a version is not a non-negative integer")
    if (typeof value !== "string") throw fault(`the value of version ${version} must be a string`)
    return { version: Number(version), value: value.trim() }
  })
  return formatKeyRing(assertKeyEntries(entries))
}
