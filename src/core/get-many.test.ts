import { afterEach, describe, expect, it } from "vitest"
import { createDatabases, K } from "../../test/engines.ts"
import { defineKeys, openStore, type SecretStore } from "../store/index.ts"

const freshDatabase = createDatabases()

describe("many secrets at once", () => {
  const opened: SecretStore[] = []
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
  })

  it("names those under a key that is not at hand, reads the keys again once for all of them, and gives the others", async () => {
    const database = await freshDatabase("sqlite file")
    const withAll = await openStore({ database, keys: defineKeys({ 1: K(1) }) })
    await withAll.putMany({ secrets: ["a", "b", "c"].map((name) => ({ name, value: name })) })
    const joining = await openStore({ database, keys: defineKeys({ 1: K(1), 2: K(2) }) })
    await joining.put({ name: "d", value: "d" })
    let loads = 0
    const store = await openStore({ database, keys: () => (loads++, defineKeys({ 2: K(2) })) })
    opened.push(withAll, joining, store)
    const before = loads
    expect(await store.getMany({ names: ["a", "d", "b", "none", "c"] })).toMatchObject({
      secrets: [{ name: "d", value: "d" }],
      missing: [
        { name: "a", reason: "key_unavailable" },
        { name: "b", reason: "key_unavailable" },
        { name: "none", reason: "not_found" },
        { name: "c", reason: "key_unavailable" },
      ],
    })
    expect(loads - before).toBe(1)
  })
})
