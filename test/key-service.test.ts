import { afterEach, describe, expect, it } from "vitest"
import { createKeyRing } from "../src/core/key-ring.ts"
import { defineKeys, openStore, type SecretStore } from "../src/store/index.ts"
import { describeKeyWrapper } from "./conformance/key-wrapper.ts"
import { createDatabases, K } from "./engines.ts"
import { createSlowKeyService } from "./slow-key-service.ts"

const ring = defineKeys({ 1: K(1), 3: K(3) })
describeKeyWrapper("the built-in ring", () => createKeyRing(ring))
describeKeyWrapper("a slow key service", () => createSlowKeyService(ring).wrapper)

describe("a store whose keys live in a slow service", () => {
  const freshDatabase = createDatabases()
  const stores: SecretStore[] = []
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
  })

  it("keeps no transaction open while the service thinks: others write meanwhile", async () => {
    const database = await freshDatabase("sqlite file")
    const seed = await openStore({ database, keys: defineKeys({ 1: K(1) }) })
    stores.push(seed)
    await seed.putMany({ secrets: Array.from({ length: 30 }, (_, i) => ({ name: `s${i}`, value: `v${i}` })) })
    await seed.close()
    const neighbour = await openStore({ database, keys: ring })
    stores.push(neighbour)
    let writes = 0
    const service = createSlowKeyService(ring, async () => {
      await neighbour.put({ namespace: "neighbour", name: `n${writes++}`, value: "x" }) // would wait for an open transaction, in vain
    })
    const store = await openStore({ database, keys: service.wrapper })
    stores.push(store)
    await store.put({ name: "new", value: "y" })
    expect(await store.get({ name: "new" })).toMatchObject({ value: "y" })
    await store.rollback({ name: "new", version: 1 })
    expect(await store.rotate({ batchSize: 10 })).toMatchObject({ rotated: 30, isDone: true })
    expect(await store.rotate({ reencrypt: true })).toMatchObject({ skipped: 0, isDone: true })
    expect(await store.get({ name: "s7" })).toMatchObject({ value: "v7" })
    expect(writes).toBeGreaterThan(5)
    expect(service.calls.largestBatch).toBeGreaterThanOrEqual(10)
  })
})
