import { SecretError } from "../../base/errors.ts"
import type { BoxState } from "../../boxes/client/state.ts"
import type { BoxId } from "../../boxes/protocol/keys.ts"

/** What this browser remembers beside one key: how new values were, and what its holder calls people. Nothing in it is secret. */
export interface BoxDatabase {
  readonly state: BoxState
  readNotes(): Promise<string | undefined>
  writeNotes(text: string): Promise<void>
  close(): void
}

const FRESHNESS = "freshness"
const NOTES = "notes"

/** One database per key, so that no two are ever mixed up. @throws SecretError `storage_unavailable` */
export const openBoxDatabase = async (id: BoxId): Promise<BoxDatabase> => {
  const database = await open(`sotto.box.${id}`)
  const read = (store: string, key: string): Promise<string | undefined> => settled<string | undefined>(database.transaction(store).objectStore(store).get(key))
  const write = async (store: string, key: string, text: string): Promise<void> => {
    const transaction = database.transaction(store, "readwrite", { durability: "strict" })
    transaction.objectStore(store).put(text, key)
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(unavailable(transaction.error))
    })
  }
  return {
    state: { get: (key) => read(FRESHNESS, key), set: (key, text) => write(FRESHNESS, key, text) },
    readNotes: () => read(NOTES, NOTES),
    writeNotes: (text) => write(NOTES, NOTES, text),
    close: () => database.close(),
  }
}

const open = (name: string): Promise<IDBDatabase> => {
  const request = indexedDB.open(name, 1)
  request.onupgradeneeded = () => {
    for (const store of [FRESHNESS, NOTES]) request.result.createObjectStore(store)
  }
  return settled(request)
}

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(unavailable(request.error))
  })

const unavailable = (cause: unknown): SecretError =>
  new SecretError("storage_unavailable", "This browser keeps nothing for this page", {
    cause,
    help: "A private window or a setting may forbid it. Allow this page to keep data, then try again: without it, an old value could not be told from a new one.",
  })
