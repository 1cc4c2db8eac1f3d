import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { defineKeys, openStore, type OpenOptions, type SecretStore } from "../../src/store/index.ts"
import { createDatabases, createTestClock, DAY_MS, ENGINES, K } from "../engines.ts"

/** The behaviour of section 5 of the peer's description, and the cases of its section 13 that the peer fails. */
const freshDatabase = createDatabases()
const firstPage = { paginationOpts: { numItems: 100, cursor: null } }

describe.each(ENGINES)("the store on %s", (engine) => {
  const clock = createTestClock()
  let database: string
  let store: SecretStore
  const opened: SecretStore[] = []

  const open = async (options: Partial<OpenOptions> = {}): Promise<SecretStore> => {
    const next = await openStore({ database, keys: defineKeys({ 1: K(1) }), clock, ...options })
    opened.push(next)
    return next
  }
  const reopen = async (keys: string): Promise<SecretStore> => {
    await store.close()
    return open({ keys })
  }
  const names = async (filter: Parameters<SecretStore["list"]>[0]) => (await store.list(filter)).page.map((item) => item.name)
  const events = async (filter: Partial<Parameters<SecretStore["listEvents"]>[0]> = {}) =>
    (await store.listEvents({ ...firstPage, order: "asc", ...filter })).page

  beforeEach(async () => {
    database = await freshDatabase(engine)
    store = await open()
  })
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close()
  })

  describe("put and get", () => {
    it("give a value back with its metadata, version and times", async () => {
      const result = await store.put({ name: "openai", value: "sk-test-123", metadata: { team: "a" }, ttlMs: 1000 })
      expect(result).toEqual({
        secretId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        createdAt: clock(),
        updatedAt: clock(),
        expiresAt: clock() + 1000,
        isNew: true,
        version: 1,
      })
      expect({ ...(await store.get({ name: "openai" })) }).toEqual({
        ok: true,
        value: "sk-test-123",
        metadata: { team: "a" },
        expiresAt: clock() + 1000,
        updatedAt: clock(),
        version: 1,
      })
    })
    it("say why there is nothing: not_found, expired at the boundary itself", async () => {
      expect(await store.get({ name: "none" })).toEqual({ ok: false, reason: "not_found" })
      await store.put({ name: "a", value: "x", ttlMs: 1000 })
      clock.advance(999)
      expect(await store.get({ name: "a" })).toMatchObject({ ok: true })
      clock.advance(1)
      expect(await store.get({ name: "a" })).toEqual({ ok: false, reason: "expired" })
      await expect(store.getOrThrow({ name: "a" })).rejects.toMatchObject({
        code: "expired",
        data: { code: "expired", message: 'secret "a" is unavailable: expired' },
      })
    })
    it("keep id, creation time and metadata of an overwritten secret, and recompute its expiry", async () => {
      const first = await store.put({ name: "a", value: "1", metadata: { k: 1 }, ttlMs: 1000 })
      clock.advance(5)
      const second = await store.put({ name: "a", value: "2" })
      expect(second).toEqual({
        secretId: first.secretId,
        createdAt: first.createdAt,
        updatedAt: clock(),
        isNew: false,
        version: 2,
      })
      expect({ ...(await store.getOrThrow({ name: "a" })) }).toEqual({ value: "2", metadata: { k: 1 }, updatedAt: clock(), version: 2 })
      await store.put({ name: "a", value: "3", metadata: null })
      expect(await store.getOrThrow({ name: "a" })).not.toHaveProperty("metadata")
    })
    it("apply the default ttl to a put that names none, which null overrides", async () => {
      const timed = await open({ defaultTtlMs: 60_000, database: await freshDatabase(engine) })
      expect(await timed.put({ name: "a", value: "x" })).toMatchObject({ expiresAt: clock() + 60_000 })
      expect(await timed.put({ name: "a", value: "x", ttlMs: null })).not.toHaveProperty("expiresAt")
      expect(await timed.put({ name: "a", value: "x", ttlMs: 5 })).toMatchObject({ expiresAt: clock() + 5 })
    })
    it("revive an expired secret with its metadata", async () => {
      await store.put({ name: "a", value: "x", metadata: { k: 1 }, ttlMs: 1 })
      clock.advance(10)
      expect(await store.put({ name: "a", value: "y" })).toMatchObject({ isNew: false, version: 2 })
      expect(await store.get({ name: "a" })).toMatchObject({ ok: true, value: "y", metadata: { k: 1 } })
    })
    it("take the limit of 65,536 UTF-8 bytes inclusive", async () => {
      await store.put({ name: "a", value: "é".repeat(32_768) })
      expect((await store.getOrThrow({ name: "a" })).value).toHaveLength(32_768)
      await expect(store.put({ name: "a", value: `${"é".repeat(32_768)}x` })).rejects.toMatchObject({
        code: "value_too_large",
        message: "secret value exceeds the 65536-byte limit",
      })
      await store.put({ name: "empty", value: "" })
      expect(await store.get({ name: "empty" })).toMatchObject({ ok: true, value: "" })
    })
    it("refuse an empty namespace before an empty name, before a value that is too large, before a bad ttl", async () => {
      const bad = { namespace: "", name: " ", value: "x".repeat(65_537), ttlMs: 0 }
      await expect(store.put(bad)).rejects.toMatchObject({ code: "invalid_argument", message: "namespace must not be empty" })
      await expect(store.put({ ...bad, namespace: "n" })).rejects.toMatchObject({ message: "name must not be empty" })
      await expect(store.put({ ...bad, namespace: "n", name: "a" })).rejects.toMatchObject({ code: "value_too_large" })
      for (const ttlMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
        await expect(store.put({ name: "a", value: "x", ttlMs })).rejects.toMatchObject({
          code: "invalid_argument",
          message: expect.stringMatching(/^ttlMs must be a(t most| positive integer or null, got)/),
        })
      expect(await names(firstPage)).toEqual([])
    })
    it("give one row, one isNew and an event each to 50 puts of one name at once", async () => {
      const results = await Promise.all(Array.from({ length: 50 }, (_, i) => store.put({ name: "hot", value: `v${i}` })))
      expect(results.filter((result) => result.isNew)).toHaveLength(1)
      expect(new Set(results.map((result) => result.secretId)).size).toBe(1)
      expect(results.map((result) => result.version).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
      expect(await events()).toHaveLength(50)
      expect(await names(firstPage)).toEqual(["hot"])
    })
    it("hide the value when the result is printed, and give it as a plain string", async () => {
      await store.put({ name: "a", value: "s3cr3t-canary" })
      const result = await store.getOrThrow({ name: "a" })
      expect(`Bearer ${result.value}`).toBe("Bearer s3cr3t-canary")
      const { inspect } = await import("node:util")
      expect(JSON.stringify(result)).toContain("[REDACTED:SECRET_a]")
      expect(JSON.stringify(result) + inspect(result) + inspect({ result })).not.toContain("canary")
    })
  })

  describe("versions", () => {
    it("are kept up to the history, named without values, and read by number", async () => {
      const short = await open({ history: 3, database: await freshDatabase(engine) })
      for (const value of ["one", "two", "three", "four"]) await short.put({ name: "a", value })
      expect(await short.versions({ name: "a" })).toEqual(
        [4, 3, 2].map((version) => ({
          version,
          createdAt: clock(),
          principal: { kind: "person", id: "local", name: "local user" },
          current: version === 4,
        })),
      )
      expect(await short.get({ name: "a", version: 2 })).toMatchObject({ value: "two", version: 2 })
      expect(await short.get({ name: "a", version: 1 })).toEqual({ ok: false, reason: "not_found" })
    })
    it("come back by rollback as a new version with the secret's own metadata and expiry", async () => {
      await store.put({ name: "a", value: "one" })
      await store.put({ name: "a", value: "two", metadata: { k: 2 }, ttlMs: 50 })
      const expiresAt = clock() + 50
      clock.advance(1)
      expect(await store.rollback({ name: "a", version: 1 })).toMatchObject({ version: 3, isNew: false, expiresAt })
      expect(await store.getOrThrow({ name: "a" })).toMatchObject({ value: "one", version: 3, metadata: { k: 2 } })
      expect((await events()).at(-1)).toMatchObject({ type: "rolled_back", version: 3, metadata: { toVersion: 1 } })
    })
    it("guard put, update and remove with ifVersion", async () => {
      await store.put({ name: "a", value: "1", ifVersion: 0 })
      await expect(store.put({ name: "a", value: "2", ifVersion: 0 })).rejects.toMatchObject({ code: "version_conflict" })
      await expect(store.update({ name: "a", metadata: {}, ifVersion: 2 })).rejects.toMatchObject({ code: "version_conflict" })
      await expect(store.remove({ name: "a", ifVersion: 2 })).rejects.toMatchObject({ code: "version_conflict" })
      expect(await store.put({ name: "a", value: "2", ifVersion: 1 })).toMatchObject({ version: 2 })
      expect(await store.remove({ name: "a", ifVersion: 2 })).toEqual({ removed: true })
      await expect(store.remove({ name: "a", ifVersion: 2 })).rejects.toMatchObject({ code: "version_conflict" })
    })
  })

  describe("many at once", () => {
    it("are stored all or nothing", async () => {
      await store.put({ name: "b", value: "old" })
      await expect(
        store.putMany({ secrets: [{ name: "a", value: "1" }, { name: "b", value: "2", ifVersion: 7 }] }),
      ).rejects.toMatchObject({ code: "version_conflict" })
      expect(await names(firstPage)).toEqual(["b"])
      const results = await store.putMany({ secrets: [{ name: "z", value: "1" }, { name: "b", value: "2" }] })
      expect(results.map(({ name, isNew, version }) => ({ name, isNew, version }))).toEqual([
        { name: "z", isNew: true, version: 1 },
        { name: "b", isNew: false, version: 2 },
      ])
    })
    it("are read in the order asked for, with the missing named", async () => {
      await store.putMany({ secrets: [{ name: "a", value: "1" }, { name: "ü😀", value: "2" }, { name: "gone", value: "3", ttlMs: 1 }] })
      clock.advance(5)
      const { secrets, missing } = await store.getMany({ names: ["ü😀", "a", "nope", "gone"] })
      expect(secrets.map(({ name, value }) => ({ name, value }))).toEqual([{ name: "ü😀", value: "2" }, { name: "a", value: "1" }])
      expect(missing).toEqual([{ name: "nope", reason: "not_found" }, { name: "gone", reason: "expired" }])
    })
  })

  describe("update and remove", () => {
    it("change metadata and expiry, keep the rest, and name what was supplied", async () => {
      await store.put({ name: "a", value: "x", metadata: { a: 1 } })
      expect(await store.update({ name: "a", ttlMs: 1000 })).toEqual({
        updated: true,
        updatedAt: clock(),
        expiresAt: clock() + 1000,
        version: 1,
      })
      expect(await store.update({ name: "a", metadata: { b: 2 } })).toMatchObject({ expiresAt: clock() + 1000 })
      expect(await store.get({ name: "a" })).toMatchObject({ value: "x", metadata: { b: 2 }, version: 1 })
      expect(await store.update({ name: "a", metadata: null, ttlMs: null })).not.toHaveProperty("expiresAt")
      expect((await events({ type: "updated" })).map((event) => event.metadata)).toEqual([
        { changed: ["ttl"] },
        { changed: ["metadata"] },
        { changed: ["metadata", "ttl"] },
      ])
    })
    it("answer for what is missing without an event", async () => {
      expect(await store.update({ name: "none", metadata: {} })).toEqual({ updated: false })
      expect(await store.remove({ name: "none" })).toEqual({ removed: false })
      await expect(store.update({ name: "none" })).rejects.toMatchObject({ code: "invalid_argument" })
      expect(await events()).toEqual([])
    })
    it("forget a removed secret but not its events", async () => {
      const first = await store.put({ name: "a", value: "x", metadata: { k: 1 } })
      expect(await store.remove({ name: "a" })).toEqual({ removed: true })
      const again = await store.put({ name: "a", value: "y" })
      expect(again).toMatchObject({ isNew: true, version: 1 })
      expect(again.secretId).not.toBe(first.secretId)
      expect(await store.get({ name: "a" })).not.toHaveProperty("metadata")
      expect((await events({ secretId: first.secretId })).map((event) => [event.type, event.metadata])).toEqual([
        ["created", undefined],
        ["deleted", { reason: "removed" }],
      ])
    })
  })

  describe("list", () => {
    it("shows one workspace, last changed first, ties in the order of creation", async () => {
      for (const name of ["a", "b", "c"]) await store.put({ namespace: "n", name, value: "x" })
      await store.put({ namespace: "other", name: "z", value: "x" })
      expect(await names({ namespace: "n", ...firstPage })).toEqual(["c", "b", "a"])
      expect(await names({ namespace: "n", ...firstPage, order: "asc" })).toEqual(["a", "b", "c"])
      clock.advance(1)
      await store.update({ namespace: "n", name: "a", metadata: {} })
      expect(await names({ namespace: "n", ...firstPage })).toEqual(["a", "c", "b"])
      expect(await names(firstPage)).toEqual([])
      await expect(store.list({ namespace: "", ...firstPage })).rejects.toMatchObject({ code: "invalid_argument" })
    })
    it("shows items whole and states as of now", async () => {
      await store.put({ namespace: "n", name: "a", value: "x", metadata: { k: 1 }, ttlMs: 10 })
      const put = { createdAt: clock(), updatedAt: clock(), expiresAt: clock() + 10 }
      const item = { secretId: expect.any(String), namespace: "n", name: "a", metadata: { k: 1 }, ...put, keyVersion: 1, version: 1 }
      expect((await store.list({ namespace: "n", ...firstPage })).page).toEqual([{ ...item, effectiveState: "active" }])
      clock.advance(10)
      expect((await store.list({ namespace: "n", ...firstPage })).page).toEqual([{ ...item, effectiveState: "expired" }])
    })
    it("filters by prefix, state, expiry and key version", async () => {
      await store.put({ name: "app/b", value: "x" })
      await store.put({ name: "app/a", value: "x", ttlMs: 1000 })
      await store.put({ name: "apq", value: "x", ttlMs: 5 })
      clock.advance(5)
      expect(await names({ ...firstPage, prefix: "app/", order: "asc" })).toEqual(["app/a", "app/b"])
      expect(await names({ ...firstPage, state: "expired" })).toEqual(["apq"])
      expect(await names({ ...firstPage, state: "active", order: "asc" })).toEqual(["app/b", "app/a"])
      expect(await names({ ...firstPage, expiringBefore: clock() + 2000, order: "asc" })).toEqual(["apq", "app/a"])
      expect(await names({ ...firstPage, keyVersion: 2 })).toEqual([])
      expect(await names({ ...firstPage, keyVersion: 1 })).toHaveLength(3)
    })
    it("pages through everything once, in both directions", async () => {
      for (let i = 0; i < 7; i++) await store.put({ name: `s${i}`, value: "x" })
      for (const order of ["asc", "desc"] as const) {
        const seen: string[] = []
        let cursor: string | null = null
        for (;;) {
          const page: Awaited<ReturnType<SecretStore["list"]>> = await store.list({ order, paginationOpts: { numItems: 3, cursor } })
          seen.push(...page.page.map((item) => item.name))
          cursor = page.continueCursor
          if (page.isDone) break
        }
        const expected = Array.from({ length: 7 }, (_, i) => `s${i}`)
        expect(seen).toEqual(order === "asc" ? expected : expected.toReversed())
      }
    })
    it("counts workspaces", async () => {
      await store.put({ name: "a", value: "x" })
      await store.put({ namespace: "n", name: "a", value: "x" })
      await store.put({ namespace: "n", name: "b", value: "x" })
      expect(await store.namespaces()).toEqual([{ secrets: 1 }, { namespace: "n", secrets: 2 }])
    })
  })

  describe("events", () => {
    it("say who did what to which version, newest first by default", async () => {
      const { secretId } = await store.put({ namespace: "n", name: "a", value: "x" })
      await store.put({ namespace: "n", name: "a", value: "y" })
      const page = (await store.listEvents({ namespace: "n", name: "a", ...firstPage })).page
      expect(page).toEqual(
        [2, 1].map((version) => ({
          eventId: expect.any(String),
          secretId,
          namespace: "n",
          name: "a",
          type: version === 1 ? "created" : "updated",
          version,
          principal: { kind: "person", id: "local", name: "local user" },
          createdAt: clock(),
        })),
      )
    })
    it("are found by type, name, secret, principal and time", async () => {
      await store.put({ name: "a", value: "x" })
      clock.advance(10)
      const since = clock()
      const { secretId } = await store.put({ name: "b", value: "x" })
      await store.update({ name: "b", metadata: {} })
      expect((await events({ type: "updated" })).map((event) => event.name)).toEqual(["b"])
      expect((await events({ name: "b" })).map((event) => event.type)).toEqual(["created", "updated"])
      expect(await events({ secretId })).toHaveLength(2)
      expect(await events({ after: since })).toHaveLength(2)
      expect(await events({ before: since })).toHaveLength(1)
      expect(await events({ principal: "local" })).toHaveLength(3)
      expect(await events({ principal: "nobody" })).toHaveLength(0)
      await expect(events({ secretId, name: "b" })).rejects.toMatchObject({
        message: "secretId cannot be combined with namespace, name, or type",
      })
      await expect(events({ name: "b", type: "created" })).rejects.toMatchObject({ message: "name and type cannot be combined" })
    })
    it("record reads only when asked to, before the value is out", async () => {
      await store.put({ name: "a", value: "x" })
      await store.get({ name: "a" })
      expect(await events({ type: "read" })).toEqual([])
      const audited = await open({ audit: { reads: "on" }, database: await freshDatabase(engine) })
      await audited.put({ name: "a", value: "x" })
      await Promise.all(Array.from({ length: 20 }, () => audited.get({ name: "a" })))
      expect((await audited.listEvents({ type: "read", ...firstPage })).page).toHaveLength(20)
    })
  })

  // a database in memory is gone when it is closed: there is nothing to open with other keys
  describe.runIf(engine !== "sqlite memory")("rotation", () => {
    it("rewraps to the end, leaves times alone, and needs the old key no more", async () => {
      for (let i = 0; i < 12; i++) await store.put({ name: `s${i}`, value: `v${i}` })
      await store.put({ name: "s0", value: "v0b" })
      const before = (await store.list(firstPage)).page
      store = await reopen(defineKeys({ 1: K(1), 2: K(2) }))
      clock.advance(1000)
      expect(await store.isRotationComplete()).toBe(false)
      const seen: number[] = []
      const result = await store.rotate({ batchSize: 5, onProgress: ({ rotated }) => seen.push(rotated) })
      expect(result).toEqual({ rotated: 13, skipped: 0, remaining: 0, isDone: true })
      expect(seen.at(-1)).toBe(13)
      expect(await store.isRotationComplete()).toBe(true)
      expect((await store.list(firstPage)).page).toEqual(before.map((item) => ({ ...item, keyVersion: 2 })))
      expect(await events({ type: "rotated" })).toHaveLength(12)
      expect((await events({ name: "s1" })).at(-1)).toMatchObject({ type: "rotated", metadata: { fromVersion: 1, toVersion: 2 } })
      store = await reopen(defineKeys({ 2: K(2) }))
      expect(await store.get({ name: "s0" })).toMatchObject({ value: "v0b" })
      expect(await store.get({ name: "s0", version: 1 })).toMatchObject({ value: "v0" })
      expect(await store.rotate()).toEqual({ rotated: 0, skipped: 0, remaining: 0, isDone: true })
    })
    it("tells a retired key's secret as key_unavailable, and a put heals it", async () => {
      await store.put({ name: "a", value: "x" })
      store = await reopen(defineKeys({ 1: K(1), 2: K(2) }))
      store = await reopen(defineKeys({ 2: K(2) }))
      expect(await store.get({ name: "a" })).toEqual({ ok: false, reason: "key_unavailable" })
      expect(await store.rotate()).toMatchObject({ rotated: 0, skipped: 1, remaining: 0, isDone: true })
      expect(await store.isRotationComplete()).toBe(false)
      await store.put({ name: "a", value: "y" })
      expect(await store.get({ name: "a" })).toMatchObject({ value: "y" })
    })
    it("gives every version a new DEK and the store a new root when asked to re-encrypt", async () => {
      for (let i = 0; i < 5; i++) await store.put({ name: `s${i}`, value: `v${i}` })
      store = await reopen(defineKeys({ 1: K(1), 2: K(2) }))
      expect(await store.rotate({ reencrypt: true })).toEqual({ rotated: 5, skipped: 0, remaining: 0, isDone: true })
      expect((await store.rotationStatus()).isReencrypting).toBe(false)
      store = await reopen(defineKeys({ 2: K(2) }))
      for (let i = 0; i < 5; i++) expect(await store.get({ name: `s${i}` })).toMatchObject({ value: `v${i}` })
      await store.put({ name: "s0", value: "new" })
      expect(await store.get({ name: "s0" })).toMatchObject({ value: "new" })
    })
    it("says beforehand what it would do, and changes nothing then", async () => {
      await store.put({ name: "a", value: "x" })
      store = await reopen(defineKeys({ 1: K(1), 2: K(2) }))
      expect(await store.rotate({ dryRun: true })).toEqual({ rotated: 0, skipped: 0, remaining: 1, isDone: false })
      expect((await store.rotationStatus()).remaining).toBe(1)
    })
    it("stops at a signal and says that it is not done", async () => {
      for (let i = 0; i < 10; i++) await store.put({ name: `s${i}`, value: "x" })
      store = await reopen(defineKeys({ 1: K(1), 2: K(2) }))
      const stop = new AbortController()
      const result = await store.rotate({ batchSize: 2, signal: stop.signal, onProgress: () => stop.abort() })
      expect(result).toEqual({ rotated: 2, skipped: 0, remaining: 8, isDone: false })
      expect(await store.rotate()).toMatchObject({ rotated: 8, isDone: true })
    })
    it("refuses a ring that holds none of the store's keys, and one with a replaced key", async () => {
      await store.put({ name: "a", value: "x" })
      await store.close()
      await expect(open({ keys: defineKeys({ 2: K(2) }) })).rejects.toMatchObject({ code: "key_unavailable", details: { expected: [1] } })
      await expect(open({ keys: defineKeys({ 1: K(9) }) })).rejects.toMatchObject({ code: "invalid_keys", details: { versions: [1] } })
      store = await open()
      expect(await store.get({ name: "a" })).toMatchObject({ value: "x" })
    })
    it("lets no process with an old ring write behind a finished rotation, unless it can read the new one", async () => {
      let ring = defineKeys({ 1: K(1) })
      const reloading = await open({ keys: () => ring })
      await store.put({ name: "a", value: "x" })
      ring = defineKeys({ 1: K(1), 2: K(2) })
      const newer = await open({ keys: ring })
      await expect(store.put({ name: "b", value: "y" })).rejects.toMatchObject({ code: "invalid_keys" })
      expect(await reloading.put({ name: "c", value: "z" })).toMatchObject({ isNew: true })
      await newer.rotate()
      expect(await newer.retireKey({ version: 1 })).toEqual({ version: 1 })
      await expect(store.put({ name: "b", value: "y" })).rejects.toMatchObject({ code: "invalid_keys" })
      expect((await newer.rotationStatus()).keys.map(({ version, state, versions }) => ({ version, state, versions }))).toEqual([
        { version: 1, state: "retired", versions: 0 },
        { version: 2, state: "active", versions: 2 },
      ])
    })
    it("retires no key that is active or in use", async () => {
      await store.put({ name: "a", value: "x" })
      await expect(store.retireKey({ version: 1 })).rejects.toMatchObject({ code: "key_in_use" })
      store = await reopen(defineKeys({ 1: K(1), 2: K(2) }))
      await expect(store.retireKey({ version: 1 })).rejects.toMatchObject({ code: "key_in_use", details: { count: 1 } })
      await expect(store.retireKey({ version: 7 })).rejects.toMatchObject({ code: "not_found" })
    })
  })

  describe("clean-ups", () => {
    it("delete what expired longer ago than the retention, with an event each, to the end", async () => {
      await store.putMany({ secrets: Array.from({ length: 250 }, (_, i) => ({ name: `s${i}`, value: "x", ttlMs: 1000 })) })
      await store.put({ name: "kept", value: "x" })
      clock.advance(1000 + 30 * DAY_MS)
      expect(await store.cleanupSecrets()).toEqual({ deleted: 0, isDone: true })
      clock.advance(1)
      expect(await store.cleanupSecrets({ retentionMs: null })).toEqual({ deleted: 250, isDone: true })
      expect(await names(firstPage)).toEqual(["kept"])
      expect((await events({ name: "s7" })).at(-1)).toMatchObject({ type: "deleted", metadata: { reason: "expired_cleanup" } })
    })
    it("delete old events and leave secrets alone", async () => {
      await store.put({ name: "a", value: "x" })
      clock.advance(181 * DAY_MS)
      await store.put({ name: "b", value: "x" })
      expect((await store.cleanupEvents()).deleted).toBeGreaterThanOrEqual(1)
      expect((await events()).map((event) => event.name)).toEqual(["b"])
      expect(await names(firstPage)).toHaveLength(2)
    })
    it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuse a retention of %s", async (retentionMs) => {
      const refusal = { code: "invalid_argument", message: `retentionMs must be a positive number, got ${retentionMs}` }
      await expect(store.cleanupSecrets({ retentionMs })).rejects.toMatchObject(refusal)
      await expect(store.cleanupEvents({ retentionMs })).rejects.toMatchObject(refusal)
    })
  })

  describe("where the peer fails", () => {
    it("convex B01: an error for a ring that is a bare key does not contain the key", async () => {
      for (const keys of [K(1), `${K(1)}:1`]) {
        const error = await openStore({ database: "memory:", keys }).catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({ code: "invalid_keys" })
        expect(String(error) + JSON.stringify(error)).not.toContain(K(1).slice(0, 10))
      }
    })
    it.each(["0x10", "1e3", "+1", "1.0", "-0", "01", "9007199254740993", ""])("convex B02: version %j is rejected", async (version) => {
      await expect(openStore({ database: "memory:", keys: `${version}:${K(1)}` })).rejects.toMatchObject({ code: "invalid_keys" })
    })
    it("convex B03: a key that is not canonical base64 is rejected", async () => {
      const other = `${K(1).slice(0, 42)}F=`
      expect(Buffer.from(other, "base64").equals(Buffer.from(K(1), "base64"))).toBe(true)
      await expect(openStore({ database: "memory:", keys: `1:${other}` })).rejects.toMatchObject({ code: "invalid_keys" })
    })
    it("convex B04: defineKeys refuses an empty version", () => {
      expect(() => defineKeys({ "": K(1) } as unknown as Record<number, string>)).toThrow(/not a non-negative integer/)
    })
    it("convex B05: a leading byte order mark comes back", async () => {
      await store.put({ name: "a", value: "\uFEFFabc" })
      expect((await store.getOrThrow({ name: "a" })).value).toBe("\uFEFFabc")
    })
    it("convex B06: a lone surrogate is rejected, never altered", async () => {
      await expect(store.put({ name: "a", value: "a\uD800b" })).rejects.toMatchObject({ code: "invalid_argument" })
      expect(await store.get({ name: "a" })).toMatchObject({ ok: false })
    })
    it.each(["asc", "desc"] as const)("convex B07: a final cursor (%s) shows no other workspace", async (order) => {
      for (const namespace of ["aaa", "mmm", "zzz"]) await store.put({ namespace, name: `of-${namespace}`, value: "x" })
      const end = await store.list({ namespace: "mmm", order, ...firstPage })
      expect(end).toMatchObject({ isDone: true })
      const next = await store.list({ namespace: "mmm", order, paginationOpts: { numItems: 10, cursor: end.continueCursor } })
      expect(next).toMatchObject({ page: [], isDone: true })
    })
    it("convex B08: a cursor of one workspace is refused on another", async () => {
      for (const name of ["a", "b"]) await store.put({ namespace: "n", name, value: "x" })
      await store.put({ namespace: "o", name: "c", value: "x" })
      const { continueCursor: cursor } = await store.list({ namespace: "n", paginationOpts: { numItems: 1, cursor: null } })
      await expect(store.list({ namespace: "o", paginationOpts: { numItems: 10, cursor } })).rejects.toMatchObject({
        code: "invalid_argument",
      })
    })
    it("convex B09: event cursors stay in their query", async () => {
      const { secretId } = await store.put({ namespace: "n", name: "a", value: "x" })
      await store.put({ namespace: "n", name: "a", value: "y" })
      await store.put({ namespace: "o", name: "a", value: "y" })
      const queries = [{ namespace: "n" }, { namespace: "n", name: "a" }, { namespace: "n", type: "created" as const }, { secretId }]
      for (const query of queries) {
        const { continueCursor: cursor } = await store.listEvents({ ...query, ...firstPage })
        expect((await store.listEvents({ ...query, paginationOpts: { numItems: 10, cursor } })).page).toEqual([])
        await expect(store.listEvents({ namespace: "o", paginationOpts: { numItems: 10, cursor } })).rejects.toMatchObject({
          code: "invalid_argument",
        })
      }
    })
    it("convex B10: garbage cursors and page sizes are refused", async () => {
      for (const cursor of ["[]", "garbage", '["n",1]', "A".repeat(50), ""])
        await expect(store.list({ paginationOpts: { numItems: 1, cursor } })).rejects.toMatchObject({ code: "invalid_argument" })
      for (const numItems of [0, -1, Number.NaN, 1.5, 1001])
        await expect(store.list({ paginationOpts: { numItems, cursor: null } })).rejects.toMatchObject({ code: "invalid_argument" })
    })
    it.runIf(engine !== "sqlite memory")("convex B11: a hundred orphans do not starve rotation", async () => {
      await store.putMany({ secrets: Array.from({ length: 100 }, (_, i) => ({ name: `orphan${i}`, value: "x" })) })
      store = await reopen(defineKeys({ 1: K(1), 2: K(2) }))
      await store.putMany({ secrets: Array.from({ length: 5 }, (_, i) => ({ name: `row${i}`, value: `v${i}` })) })
      store = await reopen(defineKeys({ 2: K(2), 3: K(3) }))
      expect(await store.rotate()).toEqual({ rotated: 5, skipped: 100, remaining: 0, isDone: true })
      store = await reopen(defineKeys({ 3: K(3) }))
      for (let i = 0; i < 5; i++) expect(await store.get({ name: `row${i}` })).toMatchObject({ value: `v${i}` })
    })
    it("convex B14: a bad ttl is told also for a missing secret", async () => {
      await expect(store.update({ name: "none", ttlMs: 0 })).rejects.toMatchObject({ code: "invalid_argument" })
    })
    it("convex B15: createdAt of a put is createdAt in the list", async () => {
      const { createdAt } = await store.put({ name: "a", value: "x" })
      expect((await store.list(firstPage)).page[0]?.createdAt).toBe(createdAt)
    })
    it("convex B16: a ttl of 1e308 is refused", async () => {
      await expect(store.put({ name: "a", value: "x", ttlMs: 1e308 })).rejects.toMatchObject({ code: "invalid_argument" })
    })
    it("convex B17: exactly numItems rows are one page", async () => {
      for (const name of ["a", "b"]) await store.put({ name, value: "x" })
      expect(await store.list({ paginationOpts: { numItems: 2, cursor: null } })).toMatchObject({ isDone: true })
    })
    it("convex B18: a name of a million characters is refused", async () => {
      await expect(store.put({ name: "n".repeat(1_000_000), value: "x" })).rejects.toMatchObject({ code: "invalid_argument" })
    })
    it("convex B19: name 5 and value 5 are refused with a code", async () => {
      const put = store.put as (args: unknown) => Promise<unknown>
      await expect(put({ name: 5, value: "x" })).rejects.toMatchObject({ code: "invalid_argument" })
      await expect(put({ name: "a", value: 5 })).rejects.toMatchObject({ code: "invalid_argument" })
    })
    it("convex B20: an unknown argument is refused", async () => {
      const put = store.put as (args: unknown) => Promise<unknown>
      await expect(put({ name: "a", value: "x", expiresAt: 1 })).rejects.toMatchObject({
        code: "invalid_argument",
        message: "unknown argument: expiresAt",
      })
    })
    it("convex, further: metadata over the limit is refused, and what JSON cannot carry", async () => {
      await expect(store.put({ name: "a", value: "x", metadata: { k: "é".repeat(9000) } })).rejects.toMatchObject({
        code: "invalid_argument",
      })
      const circular: Record<string, unknown> = {}
      circular.self = circular
      for (const metadata of [circular, { when: new Date() }, { big: 1n }, { f: () => 1 }, { bad: "\uD800" }, [], "text"])
        await expect(store.put({ name: "a", value: "x", metadata: metadata as Record<string, unknown> })).rejects.toMatchObject({
          code: "invalid_argument",
        })
    })
  })
})
