import { wipe } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import { rootAad, unwrapKey, wrapKey } from "../crypto/envelope.ts"
import { deriveKey } from "../crypto/hkdf.ts"
import { equalConstantTime } from "../crypto/mac.ts"
import { createXaesKey, type XaesKey } from "../crypto/xaes-gcm.ts"
import type { KeyWrapper } from "./ports/key-wrapper.ts"
import type { RootWrapRow, StoreRow } from "./ports/rows.ts"

/** One wrap of a root for each key version. */
export const wrapRoot = async (
  wrapper: KeyWrapper,
  root: Uint8Array,
  under: { storeId: Uint8Array; generation: number; versions: readonly number[] },
): Promise<RootWrapRow[]> => {
  const { storeId, generation, versions } = under
  const requests = versions.map((keyVersion) => ({ keyVersion, plain: root, aad: rootAad(storeId, generation, keyVersion) }))
  const wraps = await wrapper.wrap(requests)
  return versions.map((keyVersion, i) => ({ generation, keyVersion, wrap: wraps[i] as Uint8Array }))
}

/**
 * The root of each generation. Every key at hand must open its wrap: the wraps are how a replaced key is noticed.
 * @throws SecretError `invalid_keys` naming the versions that do not
 */
export const unwrapRoots = async (
  storeId: Uint8Array,
  wraps: readonly RootWrapRow[],
  wrapper: KeyWrapper,
): Promise<Map<number, Uint8Array>> => {
  const requests = wraps.map(({ generation, keyVersion, wrap }) => ({
    keyVersion,
    wrap,
    aad: rootAad(storeId, generation, keyVersion),
  }))
  const opened = await wrapper.unwrap(requests)
  const replaced = wraps.filter((_, i) => opened[i] === null).map((wrap) => wrap.keyVersion)
  if (replaced.length > 0) throw replacedKeys([...new Set(replaced)])
  const roots = new Map<number, Uint8Array>()
  for (const [i, { generation, keyVersion }] of wraps.entries()) {
    const root = opened[i] as Uint8Array
    const known = roots.get(generation)
    if (known !== undefined && !equalConstantTime(known, root)) throw replacedKeys([keyVersion])
    if (known === undefined) roots.set(generation, root)
    else wipe(root)
  }
  return roots
}

const replacedKeys = (versions: number[]): SecretError =>
  new SecretError("invalid_keys", `key version ${versions.join(", ")} of the ring is not the key that this store knows by that number`, {
    details: { versions },
    help: "A key was replaced or the ring belongs to another store. Restore the original key; new keys get new versions.",
  })

const tokenKeyWrapper = (root: Uint8Array): XaesKey => createXaesKey(deriveKey(root, "token key"))

/** The token key of an earlier generation, kept under the root of a new one. */
export const wrapTokenKey = (root: Uint8Array, tokenKey: Uint8Array, storeId: Uint8Array, generation: number): Uint8Array =>
  wrapKey(tokenKeyWrapper(root), tokenKey, rootAad(storeId, generation, 0))

/** @throws SecretError `decryption_failed` */
export const unwrapTokenKey = (store: StoreRow, root: Uint8Array): Uint8Array | null =>
  store.tokenKey && unwrapKey(tokenKeyWrapper(root), store.tokenKey, rootAad(store.id, store.generation, 0))
