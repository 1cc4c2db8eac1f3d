import { mkdtemp, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { cp } from "node:fs/promises"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { get } from "../core/get.ts"
import { parseKeyRing } from "../core/key-ring-text.ts"
import { listEvents } from "../core/list-events.ts"
import { put } from "../core/put.ts"
import { rotate } from "../core/rotate.ts"
import { openEnvironment, type OpenedEnvironment } from "./open-environment.ts"
import { readStoreSettings } from "./settings.ts"

describe("a store opened from the environment", () => {
  let home: string
  let keyFile: string
  const opened: OpenedEnvironment[] = []
  const open = async (env: Record<string, string> = {}, options: Partial<Parameters<typeof openEnvironment>[1]> = {}) => {
    const settings = readStoreSettings({ HOME: home, ...env })
    const environment = await openEnvironment(settings, { askPassphrase: async () => "correct horse", ...options })
    opened.push(environment)
    return environment
  }
  const closeAll = async () => {
    for (const each of opened.splice(0)) await each.close()
  }

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "sotto-test-"))
    keyFile = join(home, ".config", "sotto", "keyring")
  })
  afterEach(async () => {
    await closeAll()
    await rm(home, { recursive: true, force: true })
  })

  it("makes its key file once, apart from the data, and says where", async () => {
    const made: string[] = []
    const { ctx } = await open({}, { onKeyFileMade: (path) => made.push(path) })
    await put(ctx, { name: "a", value: "x" })
    await closeAll()
    const again = await open({}, { onKeyFileMade: (path) => made.push(path) })
    expect(await get(again.ctx, { name: "a" })).toMatchObject({ value: "x" })
    expect(made).toEqual([keyFile])
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
    expect((await stat(join(home, ".sotto", "sotto.db"))).mode & 0o777).toBe(0o600)
    expect((await stat(join(home, ".sotto"))).mode & 0o777).toBe(0o700)
  })
  it("makes no key for a database that has one: it names the versions that are expected", async () => {
    await open()
    await closeAll()
    await rm(keyFile)
    await expect(open()).rejects.toMatchObject({ code: "invalid_keys", details: { expected: [1] } })
    await expect(stat(keyFile)).rejects.toMatchObject({ code: "ENOENT" })
  })
  it("makes one key where several processes start for the first time at once", async () => {
    const made: string[] = []
    await Promise.all([1, 2, 3, 4].map(() => open({}, { onKeyFileMade: (path) => made.push(path) })))
    expect(made).toEqual([keyFile])
    expect(parseKeyRing((await readFile(keyFile, "utf8")).trim()).map((key) => key.version)).toEqual([1])
  })
  it("loses no key where two stores add one to the same file at once", async () => {
    const other = await open({ SOTTO_DATABASE_URL: `file:${join(home, "other.db")}` })
    await other.keyring.seal("correct horse") // sealing takes long: both have read the file before either writes it
    const stores = [other, await open()]
    const names = stores.map((_, i) => `of${i}`)
    const added = await Promise.allSettled(stores.map(({ keyring }) => keyring.addKey()))
    expect(added.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
    for (const result of added) expect(result).toMatchObject(result.status === "fulfilled" ? {} : { reason: { code: "storage_unavailable" } })
    for (const [i, { ctx }] of stores.entries()) await put(ctx, { name: `of${i}`, value: "x" })
    await closeAll()
    for (const [i, env] of [{ SOTTO_DATABASE_URL: `file:${join(home, "other.db")}` }, {}].entries())
      expect(await get((await open(env as Record<string, string>)).ctx, { name: names[i] as string })).toMatchObject({ value: "x" })
  })
  it("leaves a retired key in the file while another store was opened with that file, which may need it", async () => {
    const other = { SOTTO_DATABASE_URL: `file:${join(home, "other.db")}` }
    await put((await open(other)).ctx, { name: "precious", value: "x" })
    const { ctx, keyring } = await open()
    await keyring.addKey()
    await rotate(ctx, {})
    await keyring.retireKey(1)
    await closeAll()
    expect(await get((await open(other)).ctx, { name: "precious" })).toMatchObject({ value: "x" })
    await put((await open()).ctx, { name: "a", value: "y" })
  })
  it("adds a key, rotates, retires the old one from store and file, and opens with what is left", async () => {
    const { ctx, keyring } = await open()
    await put(ctx, { name: "a", value: "x" })
    const operator = { principal: { kind: "service" as const, id: "token-1", name: "operator" }, grants: ctx.actor.grants }
    expect(await keyring.addKey(operator)).toEqual({ version: 2 })
    const log = await listEvents(ctx, { store: true, paginationOpts: { numItems: 1, cursor: null } })
    expect(log.page).toMatchObject([{ type: "keyring_key_added", principal: operator.principal }])
    await expect(keyring.retireKey(1)).rejects.toMatchObject({ code: "key_in_use" })
    expect(await rotate(ctx, {})).toMatchObject({ rotated: 1, isDone: true })
    await keyring.retireKey(1)
    expect(parseKeyRing(await readFile(keyFile, "utf8")).map((key) => key.version)).toEqual([2])
    expect(await keyring.addKey()).toEqual({ version: 3 })
    await closeAll()
    expect(await get((await open()).ctx, { name: "a" })).toMatchObject({ value: "x" })
  })
  it("a server that runs with the old ring takes up a key that another process added", async () => {
    const server = await open()
    await put(server.ctx, { name: "a", value: "x" })
    const { keyring } = await open()
    await keyring.addKey()
    await put(server.ctx, { name: "b", value: "y" })
    expect(server.ctx.keys.current.activeKeyVersion).toBe(2)
  })
  it("lets only one process at a time change the ring", async () => {
    const [one, two] = [await open(), await open()]
    const results = await Promise.allSettled([one.keyring.addKey(), two.keyring.addKey()])
    const added = results.flatMap((result) => (result.status === "fulfilled" ? [result.value.version] : []))
    const ring = parseKeyRing(await readFile(keyFile, "utf8")).map((key) => key.version)
    expect(ring).toEqual([1, ...added])
    const refused = results.flatMap((result) => (result.status === "rejected" ? [(result.reason as { code: string }).code] : []))
    expect(refused).toEqual(refused.map(() => "storage_unavailable"))
  })
  it("works on a sealed key file, and keeps it sealed when keys change", async () => {
    const { keyring } = await open()
    await keyring.seal("correct horse")
    await keyring.addKey()
    await closeAll()
    expect(await readFile(keyFile, "utf8")).toMatch(/^sotto-sealed:/)
    expect((await open()).ctx.keys.current.wrapper.versions).toEqual([1, 2])
    await closeAll()
    await expect(open({}, { askPassphrase: async () => "wrong" })).rejects.toMatchObject({ code: "invalid_keys" })
  })
  it("notices a database that was put back to an older state, until that is accepted", async () => {
    const { ctx } = await open()
    await put(ctx, { name: "a", value: "1" })
    await closeAll()
    const older = join(home, "older")
    await cp(join(home, ".sotto"), older, { recursive: true })
    const later = await open()
    await put(later.ctx, { name: "a", value: "2" })
    await closeAll()
    await rm(join(home, ".sotto"), { recursive: true })
    await cp(older, join(home, ".sotto"), { recursive: true })
    await expect(open()).rejects.toMatchObject({ code: "store_rolled_back" })
    await expect(open()).rejects.toMatchObject({ code: "store_rolled_back" })
    const accepted = await open({}, { acceptRollback: true })
    expect(await get(accepted.ctx, { name: "a" })).toMatchObject({ value: "1" })
    await closeAll()
    await open()
  })
  it("reads keys from a variable, and then changes no ring", async () => {
    const keys = `1:${Buffer.alloc(32, 1).toString("base64")}`
    const { keyring } = await open({ SOTTO_KEYS: keys })
    await expect(keyring.addKey()).rejects.toMatchObject({ code: "not_supported" })
    await expect(stat(keyFile)).rejects.toMatchObject({ code: "ENOENT" })
  })
})

describe("settings", () => {
  it("stand as the README says", () => {
    expect(readStoreSettings({ HOME: "/home/a" })).toEqual({
      home: "/home/a/.sotto",
      database: "file:/home/a/.sotto/sotto.db",
      keys: { file: "/home/a/.config/sotto/keyring" },
      defaultTtlMs: null,
      history: 10,
      auditReads: true,
    })
  })
  it("read the peer's variables as a fallback", () => {
    const settings = readStoreSettings({ HOME: "/h", SECRET_STORE_KEYS: "1:x", SECRET_STORE_DEFAULT_TTL_MS: "60000" })
    expect(settings).toMatchObject({ keys: { text: "1:x" }, defaultTtlMs: 60_000 })
  })
  it.each([
    [{ SOTTO_DEFAULT_TTL_MS: "1e3" }, "invalid_keys"],
    [{ SOTTO_DEFAULT_TTL_MS: "0" }, "invalid_keys"],
    [{ SOTTO_HISTORY: "0" }, "invalid_argument"],
    [{ SOTTO_AUDIT_READS: "yes" }, "invalid_argument"],
    [{ SOTTO_KEYS: "1:x", SOTTO_KEYS_FILE: "/k" }, "invalid_keys"],
  ])("%j is refused", (env, code) => {
    expect(() => readStoreSettings({ HOME: "/h", ...env })).toThrow(expect.objectContaining({ code }))
  })
})
