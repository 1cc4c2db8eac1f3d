import type { Storage } from "../../src/core/ports/storage.ts"

/** What an engine cannot do stands here with its reason. */
export interface StorageAbilities {
  /** Several storages, in one process or in many, open the same database. */
  sharing: true | string
  /** Write transactions run beside each other, and a lock holds rows rather than the database. */
  rowLocks: true | string
}

export interface StorageUnderTest {
  abilities: StorageAbilities
  /** A database that nobody else has. */
  fresh: () => Promise<string>
  /** Opened storages are closed after the test. */
  open: (database?: string) => Promise<Storage>
}
