import { afterEach, describe, expect, it } from "vitest"
import { createDatabases, K } from "../../test/engines.ts"
import { defineKeys, openStore, type OpenOptions, type SecretStore } from "./index.ts"

const freshDatabase = createDatabases()
const one = defineKeys({ 1: K(1) })
const two = defineKeys({ 1: K(1), 2: K(2) })
const three = defineKeys({ 1: K(1), 2: K(2), 3: K(3) })
const names = Array.from({ length: 40 }, (_, i) => `s${i}`)

describe("the thread that rotates", () => {
  const opened: SecretStore[] = []
  const open = async (database: string, keys: OpenOptions["keys"]): Promise<SecretStore> => {
    const store = await openStore({ database, keys })
    opened.push(store)
    return store
  }
  const filled = async (engine: "sqlite file" | "postgres" = "sqlite file"): Promise<string> => {
    const database = await freshDatabase(engine)
    await (await open(database, one)).putMany({ secrets: names.map((name) => ({ name, value: `value of ${name}` })) })
    return database
  }
  const values = async (store: SecretStore): Promise<string[]> =>
    (await store.getMany({ names })).secrets.map((secret) => secret.value)
  const expected = names.map((name) => `value of ${name}`)

  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
  })

  it.each(["sqlite file", "postgres"] as const)("learns on %s of a re-encryption that began after its last step: nothing is lost", async (engine) => {
    const database = await filled(engine)
    const store = await open(database, two)
    expect(await store.rotate()).toMatchObject({ rotated: 40, isDone: true })
    expect(await store.rotate({ reencrypt: true })).toMatchObject({ rotated: 40, skipped: 0, isDone: true })
    expect(await values(store)).toEqual(expected)
    expect(await values(await open(database, two))).toEqual(expected)
  })

  it("gets the ring again when a key was added since its last step", async () => {
    const database = await filled()
    let ring = two
    const store = await open(database, () => ring)
    expect(await store.rotate()).toMatchObject({ rotated: 40 })
    ring = three
    await open(database, three)
    await store.put({ name: "s0", value: "value of s0" })
    expect(await store.rotate()).toMatchObject({ rotated: 40, remaining: 0, isDone: true })
    expect(await values(store)).toEqual(expected)
  })

  it("answers several rotations of one process, each with what it did", async () => {
    const database = await filled()
    const store = await open(database, two)
    const results = await Promise.all([1, 2, 3].map(() => store.rotate({ reencrypt: true, batchSize: 4 })))
    expect(results.reduce((sum, { rotated }) => sum + rotated, 0)).toBe(40)
    for (const result of results) expect(result).toMatchObject({ remaining: 0, isDone: true })
    expect(await values(await open(database, two))).toEqual(expected)
  })

  it("does not exist for a database in memory, however that is written", async () => {
    const store = await open("file::memory:", one)
    await store.put({ name: "a", value: "x" })
    expect(await store.rotate({ reencrypt: true })).toMatchObject({ rotated: 1, isDone: true })
  })

  it("starts no more once the store is closed", async () => {
    const store = await open(await filled(), two)
    const rotations = Promise.allSettled([1, 2, 3].map(() => store.rotate({ batchSize: 1 })))
    await store.close()
    for (const { status } of await rotations) expect(status).toBe("rejected")
  })
})
