import { afterEach, describe, expect, it } from "vitest"
import type { Storage } from "../../src/core/ports/storage.ts"
import { openStorage } from "../../src/storage/open-storage.ts"
import { describeEvents } from "./storage-events.ts"
import { describeListings } from "./storage-listings.ts"
import { describeRowLocks, describeSharing } from "./storage-sharing.ts"
import { describeStatements } from "./storage-statements.ts"
import { describeTransactions } from "./storage-transactions.ts"
import type { StorageAbilities, StorageUnderTest } from "./storage-under-test.ts"
import { describeWatch } from "./storage-watch.ts"

const describeAbsent = (abilities: StorageAbilities): void => {
  const absent = (Object.entries(abilities) as [string, true | string][]).filter(([, answer]) => answer !== true)
  it.each(absent)("has no %s: %s", (_, reason) => expect(reason).toMatch(/\w+ \w+/))
}

/** Every promise of the port, on one engine. @param fresh a database that nobody else has, as `openStorage` takes it */
export const describeStorage = (name: string, fresh: () => Promise<string>, abilities: StorageAbilities): void => {
  const opened: Storage[] = []
  const open = async (database?: string): Promise<Storage> => {
    const storage = await openStorage({ database: database ?? (await fresh()) })
    opened.push(storage)
    return storage
  }
  const engine: StorageUnderTest = { abilities, fresh, open }
  describe(`storage: ${name}`, () => {
    afterEach(() => Promise.all(opened.splice(0).map((storage) => storage.close())))
    describeAbsent(abilities)
    describeTransactions(engine)
    describeStatements(engine)
    describeListings(engine)
    describeEvents(engine)
    describeWatch(engine)
    if (abilities.sharing === true) describeSharing(engine)
    if (abilities.rowLocks === true) describeRowLocks(engine)
  })
}
