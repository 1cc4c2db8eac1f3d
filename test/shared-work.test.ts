import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { afterEach, describe, expect, it } from "vitest"
import { defineKeys, openStore, type MaintainResult, type OpenOptions, type SecretStore } from "../src/store/index.ts"
import { createDatabases, createTestClock, DAY_MS, K } from "./engines.ts"

/** Several processes on one database. */
const freshDatabase = createDatabases()
const page = { paginationOpts: { numItems: 1000, cursor: null } }

describe.each(["sqlite file", "postgres"] as const)("several processes on %s", (engine) => {
  const opened: SecretStore[] = []
  const open = async (database: string, keys: string, options: Partial<OpenOptions> = {}): Promise<SecretStore> => {
    const store = await openStore({ database, keys, ...options })
    opened.push(store)
    return store
  }
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
  })

  it("make one store when they start at once on an empty database, and every one can read what the others write", async () => {
    const database = await freshDatabase(engine)
    const stores = await Promise.all(Array.from({ length: 6 }, () => open(database, defineKeys({ 1: K(1) }))))
    await Promise.all(stores.map((store, i) => store.put({ name: `of${i}`, value: `v${i}` })))
    for (const store of stores)
      expect((await store.getMany({ names: stores.map((_, i) => `of${i}`) })).secrets.map((secret) => secret.value)).toEqual(
        stores.map((_, i) => `v${i}`),
      )
    const events = await (stores[0] as SecretStore).listEvents({ ...page, store: true })
    expect(events.page.map((event) => event.type)).toEqual(["keyring_created"])
  })
  it("share a rotation: together they move every version once, with one event a secret", async () => {
    const database = await freshDatabase(engine)
    const seed = await open(database, defineKeys({ 1: K(1) }))
    await seed.putMany({ secrets: Array.from({ length: 300 }, (_, i) => ({ name: `s${i}`, value: `v${i}` })) })
    await seed.close()
    const workers = await Promise.all([1, 2, 3].map(() => open(database, defineKeys({ 1: K(1), 2: K(2) }))))
    const results = await Promise.all(workers.map((worker) => worker.rotate({ batchSize: 10 })))
    expect(results.reduce((sum, result) => sum + result.rotated, 0)).toBe(300)
    expect(results.filter((result) => result.rotated > 0).length).toBeGreaterThan(1)
    for (const result of results) expect(result).toMatchObject({ remaining: 0, isDone: true, skipped: 0 })
    const [worker] = workers as [SecretStore]
    expect((await worker.listEvents({ ...page, type: "rotated" })).page).toHaveLength(300)
    expect(await worker.isRotationComplete()).toBe(true)
  })
  it("share a re-encryption, and keep writing meanwhile", async () => {
    const database = await freshDatabase(engine)
    const keys = defineKeys({ 1: K(1) })
    const [one, two, writer] = (await Promise.all([1, 2, 3].map(() => open(database, keys)))) as [SecretStore, SecretStore, SecretStore]
    await writer.putMany({ secrets: Array.from({ length: 60 }, (_, i) => ({ name: `s${i}`, value: `v${i}` })) })
    let isDone = false
    const writing = (async () => {
      let writes = 0
      for (; !isDone; writes++) await writer.put({ name: `s${writes % 60}`, value: `w${writes}` })
      return writes
    })()
    const results = await Promise.all([one, two].map((worker) => worker.rotate({ reencrypt: true, batchSize: 4 })))
    isDone = true
    const writes = await writing
    expect(writes).toBeGreaterThan(0)
    for (const result of results) expect(result).toMatchObject({ isDone: true, remaining: 0, skipped: 0 })
    const fresh = await open(database, keys)
    expect((await fresh.rotationStatus()).isReencrypting).toBe(false)
    for (let i = 0; i < 60; i++) {
      const last = Array.from({ length: writes }, (_, w) => w).findLast((w) => w % 60 === i)
      expect(await fresh.getOrThrow({ name: `s${i}` })).toMatchObject({ value: last === undefined ? `v${i}` : `w${last}` })
    }
  })
  it("do each round of upkeep once, and pick up stale rows by themselves", async () => {
    const clock = createTestClock()
    const database = await freshDatabase(engine)
    const seed = await open(database, defineKeys({ 1: K(1) }), { clock })
    await seed.putMany({ secrets: [{ name: "old", value: "x", ttlMs: 1 }, { name: "stale", value: "y" }] })
    await seed.close()
    clock.advance(40 * DAY_MS)
    const stores = await Promise.all([1, 2, 3].map(() => open(database, defineKeys({ 1: K(1), 2: K(2) }), { clock })))
    const results = await Promise.all(
      stores.map((store) => new Promise<MaintainResult>((resolve) => void store.maintain({ everyMs: 3_600_000, onResult: resolve }))),
    )
    const claimed = results.filter((result) => result.claimed)
    expect(claimed).toEqual([
      { claimed: true, deletedSecrets: 1, deletedEvents: 0, rotation: { rotated: 1, skipped: 0, remaining: 0, isDone: true } },
    ])
    expect(results.filter((result) => !result.claimed)).toHaveLength(2)
  })
  it("retire a key beside a server that writes: nothing is ever left under a retired key", async () => {
    const database = await freshDatabase(engine)
    const rings = [1, 2, 3, 4].map((version) => defineKeys(Object.fromEntries(Array.from({ length: version }, (_, i) => [i + 1, K(i + 1)]))))
    let ring = rings[0] as string
    const server = await open(database, ring).then(async (first) => {
      await first.close()
      return open(database, "", { keys: () => ring })
    })
    let isDone = false
    const serving = (async () => {
      let writes = 0
      for (; !isDone; writes++) await server.put({ name: `k${writes % 20}`, value: `v${writes}` })
      return writes
    })()
    for (const [i, next] of rings.slice(1).entries()) {
      ring = next
      const operator = await open(database, next)
      await operator.rotate()
      await operator.retireKey({ version: i + 1 })
      await operator.close()
    }
    isDone = true
    expect(await serving).toBeGreaterThan(0)
    const survivor = await open(database, defineKeys({ 4: K(4) }))
    const { page: listed } = await survivor.list(page)
    for (const { name } of listed) expect(await survivor.get({ name })).toMatchObject({ ok: true })
    expect((await survivor.rotationStatus()).keys.map(({ versions, state }) => [state, versions > 0])).toEqual([
      ["retired", false],
      ["retired", false],
      ["retired", false],
      ["active", true],
    ])
  })
})

describe("a store in another process", () => {
  it("is seen by this one: a secret written there is read here at once", async () => {
    const database = await freshDatabase("sqlite file")
    const store = await openStore({ database, keys: defineKeys({ 1: K(1) }) })
    const script = `
      const { openStore } = await import(${JSON.stringify(new URL("../src/store/index.ts", import.meta.url).href)})
      const store = await openStore({ database: process.env.DB, keys: process.env.RING })
      await store.put({ name: "there", value: "seen" })
      await store.close()
      console.log("done")`
    const env = { ...process.env, DB: database, RING: defineKeys({ 1: K(1) }) }
    const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "-e", script], { env, stdio: ["ignore", "pipe", "inherit"] })
    const [output] = await Promise.all([text(child.stdout), once(child, "exit")])
    expect(output).toBe("done\n")
    expect(await store.get({ name: "there" })).toMatchObject({ value: "seen" })
    await store.close()
  })
})
