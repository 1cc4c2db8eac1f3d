import { SecretError, isSecretError } from "../base/errors.ts"
import { wipe } from "../base/bytes.ts"
import { unwrapKey, wrapKey } from "../crypto/envelope.ts"
import { createXaesKey, type XaesKey } from "../crypto/xaes-gcm.ts"
import { decodeKey, parseKeyRing } from "./key-ring-text.ts"
import type { KeyWrapper, UnwrapRequest } from "./ports/key-wrapper.ts"

/** The built-in key ring: KEKs in memory, answers at once. @throws SecretError `invalid_keys` */
export const createKeyRing = (text: string): KeyWrapper => {
  const keys = new Map(parseKeyRing(text).map(({ version, value }) => [version, importKey(value)]))
  const versions = [...keys.keys()].toSorted((a, b) => a - b)
  const keyOf = (version: number): XaesKey => keys.get(version) ?? refuse(version)
  return {
    activeVersion: versions.at(-1) as number,
    versions,
    wrap: (requests) => requests.map(({ keyVersion, plain, aad }) => wrapKey(keyOf(keyVersion), plain, aad)),
    unwrap: (requests) => requests.map((request) => tryUnwrap(keyOf(request.keyVersion), request)),
    close: () => keys.clear(),
  }
}

const importKey = (value: string): XaesKey => {
  const bytes = decodeKey(value)
  const key = createXaesKey(bytes)
  wipe(bytes)
  return key
}

const refuse = (version: number): never => {
  throw new SecretError("key_unavailable", `key version ${version} is not in the key ring`, { details: { keyVersion: version } })
}

const tryUnwrap = (key: XaesKey, request: UnwrapRequest): Uint8Array | null => {
  try {
    return unwrapKey(key, request.wrap, request.aad)
  } catch (error) {
    if (isSecretError(error) && error.code === "decryption_failed") return null
    throw error
  }
}
