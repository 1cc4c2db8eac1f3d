import type { Clock } from "../base/clock.ts"
import { SecretError } from "../base/errors.ts"
import { wipe } from "../base/bytes.ts"
import { appendEvents } from "./context.ts"
import type { KeyWrapper } from "./ports/key-wrapper.ts"
import type { RootWrapRow, StoreRow } from "./ports/rows.ts"
import type { Storage } from "./ports/storage.ts"
import type { Principal } from "./principal.ts"
import { deriveRootKeys } from "./root-keys.ts"
import { unwrapRoots, unwrapTokenKey, wrapRoot } from "./root-wraps.ts"
import { keyVersionTags, storeTags } from "./row-tags.ts"
import { StaleKeys, type KeyHolder, type KeySource, type StoreKeys } from "./store-keys.ts"

interface KeyOpening {
  storage: Storage
  source: KeySource
  clock: Clock
  randomBytes: (length: number) => Uint8Array
  principal: Principal
}

/**
 * Opens the store's keys with the ring at hand, makes the store on first use, and lets new keys of the ring join.
 * @throws SecretError `key_unavailable` for a ring that holds none of the store's keys; `invalid_keys` for one that holds
 * another key under a known version
 */
export const openStoreKeys = async (opening: KeyOpening): Promise<KeyHolder> => {
  const wrapper = await opening.source.load()
  let current = await openKeys(opening, wrapper)
  let refreshing: Promise<boolean> | null = null
  const refresh = async (by: Principal): Promise<boolean> => {
    const before = current
    current = await openKeys({ ...opening, principal: by }, await opening.source.load())
    return isNews(before, current)
  }
  return {
    get current() {
      return current
    },
    refresh: (by = opening.principal) => {
      refreshing ??= refresh(by).finally(() => {
        refreshing = null
      })
      return refreshing
    },
    close: () => current.wrapper.close(),
  }
}

const isNews = (before: StoreKeys, after: StoreKeys): boolean =>
  before.generation !== after.generation ||
  before.activeKeyVersion !== after.activeKeyVersion ||
  before.roots.size !== after.roots.size ||
  before.wrapper.versions.join() !== after.wrapper.versions.join()

/** Key rings race to make or join one store: whoever loses a race reads what the winner wrote. */
const openKeys = async (opening: KeyOpening, wrapper: KeyWrapper): Promise<StoreKeys> => {
  try {
    return await openPresentKeys(opening, wrapper)
  } catch (error) {
    throw error instanceof StaleKeys ? error.failure : error // there is nothing newer than what was just read
  }
}

const openPresentKeys = async (opening: KeyOpening, wrapper: KeyWrapper): Promise<StoreKeys> => {
  const attempts = 5
  let isGenerationMissing = false
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const store = await opening.storage.one("readStore", {})
    if (store === null) await createStore(opening, wrapper)
    else {
      const keys = await unwrapStoreKeys(store, await opening.storage.all("listRootWraps", {}), wrapper)
      isGenerationMissing = keys === "changed"
      if (keys === "changed") continue
      if (!(await joinNewKeys(opening, keys))) return keys
    }
  }
  if (isGenerationMissing)
    throw new SecretError("key_unavailable", "the ring opens an older root of this store, and not the present one", {
      help: "The store was re-encrypted under keys that this ring lacks: use the present key ring.",
    })
  throw new SecretError("storage_unavailable", "the store's keys kept changing while this process opened it")
}

/** A random root, wrapped under every key of the ring. Nothing happens where another process was first. */
const createStore = async (opening: KeyOpening, wrapper: KeyWrapper): Promise<void> => {
  const id = opening.randomBytes(16)
  const root = opening.randomBytes(32)
  const at = Math.floor(opening.clock())
  const wraps = await wrapRoot(wrapper, root, { storeId: id, generation: 1, versions: wrapper.versions })
  const row = { id, createdAt: at, generation: 1, activeKeyVersion: wrapper.activeVersion, tokenKey: null }
  const keys: StoreKeys = {
    storeId: id,
    generation: 1,
    activeKeyVersion: wrapper.activeVersion,
    wrapper,
    roots: new Map([[1, deriveRootKeys(1, root, null)]]),
  }
  wipe(root)
  await opening.storage.write(async (tx) => {
    if ((await tx.run("insertStore", { ...row, tag: storeTags.seal(keys, row) })) === 0) return
    await tx.runMany("insertRootWrap", wraps)
    await tx.runMany("insertKeyVersion", wrapper.versions.map((version) => enabledKey(keys, version, at)))
    const metadata = { keyVersions: [...wrapper.versions] }
    await appendEvents(tx, [{ type: "keyring_created", at, principal: opening.principal, metadata }])
  })
}

const enabledKey = (keys: StoreKeys, version: number, at: number) => {
  const row = { version, state: "enabled" as const, createdAt: at, retiredAt: null }
  return { ...row, tag: keyVersionTags.seal(keys, row) }
}

/** The keys that the ring opens now; "changed" where the store moved on between two reads. */
export const unwrapStoreKeys = async (
  store: StoreRow,
  wraps: readonly RootWrapRow[],
  wrapper: KeyWrapper,
): Promise<StoreKeys | "changed"> => {
  const openable = wraps.filter((wrap) => wrapper.versions.includes(wrap.keyVersion))
  if (openable.length === 0) throw noKnownKey(wraps, wrapper)
  const opened = await unwrapRoots(store.id, openable, wrapper)
  const present = opened.get(store.generation)
  if (present === undefined) return "changed"
  const tokenKey = unwrapTokenKey(store, present)
  const roots = new Map([...opened].map(([generation, root]) => [generation, deriveRootKeys(generation, root, tokenKey)]))
  for (const root of opened.values()) wipe(root)
  const { id: storeId, generation, activeKeyVersion } = store
  const keys = { storeId, generation, activeKeyVersion, wrapper, roots }
  storeTags.assert(keys, store)
  return keys
}

const noKnownKey = (wraps: readonly RootWrapRow[], wrapper: KeyWrapper): SecretError => {
  const expected = [...new Set(wraps.map((wrap) => wrap.keyVersion))].toSorted((a, b) => a - b)
  const held = wrapper.versions.join(", ")
  return new SecretError("key_unavailable", `this store opens with key version ${expected.join(" or ")}; the ring holds ${held}`, {
    details: { expected, held: [...wrapper.versions] },
    help: "Point SOTTO_KEYS or SOTTO_KEYS_FILE at the key ring that this database was made with.",
  })
}

/**
 * Gives every new key of the ring a wrap of each root, and makes the highest one active.
 * @returns whether the store changed, so that its keys have to be read again
 */
const joinNewKeys = async (opening: KeyOpening, keys: StoreKeys): Promise<boolean> => {
  const known = await opening.storage.all("listKeyVersions", {})
  for (const row of known) keyVersionTags.assert(keys, row)
  const unknown = keys.wrapper.versions.filter((version) => !known.some((row) => row.version === version))
  const enabled = known.filter((row) => row.state === "enabled").map((row) => row.version)
  const usable = [...unknown, ...enabled.filter((version) => keys.wrapper.versions.includes(version))]
  const active = Math.max(keys.activeKeyVersion, ...usable)
  if (unknown.length === 0 && active === keys.activeKeyVersion) return false
  const wraps = await rewrapRoots(opening.storage, keys, unknown)
  const at = Math.floor(opening.clock())
  await opening.storage.write(async (tx) => {
    const store = await tx.one("lockStore", {})
    const raced = (await tx.all("listKeyVersions", {})).some((row) => unknown.includes(row.version))
    if (store === null || raced || store.generation !== keys.generation || store.activeKeyVersion !== keys.activeKeyVersion) return
    await tx.runMany("insertRootWrap", wraps)
    await tx.runMany("insertKeyVersion", unknown.map((version) => enabledKey(keys, version, at)))
    const row = { ...store, activeKeyVersion: active }
    await tx.run("updateStore", { ...row, tag: storeTags.seal(keys, row) })
    const metadata = { keyVersions: unknown, activeKeyVersion: active }
    await appendEvents(tx, [{ type: "keyring_key_added", at, principal: opening.principal, metadata }])
  })
  return true
}

const rewrapRoots = async (storage: Storage, keys: StoreKeys, versions: readonly number[]): Promise<RootWrapRow[]> => {
  const openable = (await storage.all("listRootWraps", {})).filter((wrap) => keys.wrapper.versions.includes(wrap.keyVersion))
  const opened = await unwrapRoots(keys.storeId, openable, keys.wrapper)
  const wraps: RootWrapRow[] = []
  for (const [generation, root] of opened) {
    wraps.push(...(await wrapRoot(keys.wrapper, root, { storeId: keys.storeId, generation, versions })))
    wipe(root)
  }
  return wraps
}
