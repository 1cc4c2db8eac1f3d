import { SecretError } from "../base/errors.ts"
import { wipe } from "../base/bytes.ts"
import { dekAad, openValue, sealValue } from "../crypto/envelope.ts"
import type { UnwrapRequest } from "./ports/key-wrapper.ts"
import { StaleKeys, type StoreKeys } from "./store-keys.ts"

/** A value ready to be stored as a version of one secret. */
export interface SealedVersion {
  secretId: Uint8Array
  id: Uint8Array
  keyVersion: number
  hasValue: number
  wrap: Uint8Array
  sealed: Uint8Array
}

/** The parts of a version row that opening it needs. */
export interface OpenableVersion {
  secretId: Uint8Array
  id: Uint8Array
  keyVersion: number
  wrap: Uint8Array
  sealed: Uint8Array
}

/** Seals values under fresh DEKs and wraps those in one batch, before any transaction begins. */
export const sealVersions = async (
  keys: StoreKeys,
  values: readonly { secretId: Uint8Array; versionId: Uint8Array; value: string }[],
): Promise<SealedVersion[]> => {
  const keyVersion = keys.activeKeyVersion
  assertAtHand(keys, keyVersion, "invalid_keys")
  const sealed = values.map(({ secretId, versionId, value }) => {
    const ids = { storeId: keys.storeId, secretId, versionId }
    return { ids, value, ...sealValue(value, ids) }
  })
  try {
    const wraps = await keys.wrapper.wrap(sealed.map(({ ids, dek }) => ({ keyVersion, plain: dek, aad: dekAad(ids, keyVersion) })))
    return sealed.map(({ ids, value, sealed: bytes }, i) => {
      const wrap = wraps[i] as Uint8Array
      return { secretId: ids.secretId, id: ids.versionId, keyVersion, hasValue: value === "" ? 0 : 1, wrap, sealed: bytes }
    })
  } finally {
    for (const { dek } of sealed) wipe(dek)
  }
}

/** @throws SecretError `decryption_failed`; `key_unavailable` once a refresh brought no such key */
export const openVersion = async (keys: StoreKeys, version: OpenableVersion): Promise<string> => {
  assertAtHand(keys, version.keyVersion, "key_unavailable")
  const [dek] = await keys.wrapper.unwrap([unwrapRequest(keys, version)])
  if (!dek) throw new SecretError("decryption_failed")
  try {
    return openValue(version.sealed, dek, { storeId: keys.storeId, secretId: version.secretId, versionId: version.id })
  } finally {
    wipe(dek)
  }
}

export const unwrapRequest = (keys: StoreKeys, version: Omit<OpenableVersion, "sealed">): UnwrapRequest => ({
  keyVersion: version.keyVersion,
  wrap: version.wrap,
  aad: dekAad({ storeId: keys.storeId, secretId: version.secretId, versionId: version.id }, version.keyVersion),
})

const assertAtHand = (keys: StoreKeys, keyVersion: number, code: "invalid_keys" | "key_unavailable"): void => {
  if (keys.wrapper.versions.includes(keyVersion)) return
  const message =
    code === "invalid_keys"
      ? `the store writes under key version ${keyVersion}, which this key ring lacks`
      : `key version ${keyVersion} is not in the key ring`
  throw new StaleKeys(new SecretError(code, message, { details: { keyVersion, held: [...keys.wrapper.versions] } }))
}
