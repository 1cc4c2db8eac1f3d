import { afterEach, describe, expect, it } from "vitest"
import { createDatabases, K } from "../../test/engines.ts"
import { defineKeys, openStore, type SecretStore } from "../store/index.ts"

const freshDatabase = createDatabases()
const names = Array.from({ length: 30 }, (_, i) => `s${i}`)

describe.each(["sqlite file", "postgres"] as const)("calls under way on %s", (engine) => {
  const opened: SecretStore[] = []
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
  })

  it("all find the new keys when another process adds a key or gives the store a new root", async () => {
    const database = await freshDatabase(engine)
    let ring = defineKeys({ 1: K(1) })
    const store = await openStore({ database, keys: () => ring })
    opened.push(store)
    await store.put({ name: "before", value: "v" })
    ring = defineKeys({ 1: K(1), 2: K(2) })
    const other = await openStore({ database, keys: ring })
    opened.push(other)
    await Promise.all(names.map((name) => store.put({ name, value: "v" })))
    await other.rotate({ reencrypt: true })
    const read = await Promise.all(names.map((name) => store.getOrThrow({ name })))
    expect(read.map(({ value, version }) => [value, version])).toEqual(names.map(() => ["v", 1]))
    expect((await Promise.all(names.map((name) => store.put({ name, value: "w" })))).map(({ version }) => version)).toEqual(names.map(() => 2))
  })
})
