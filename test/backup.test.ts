import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createKeyRing } from "../src/core/key-ring.ts"
import { LOCAL_USER } from "../src/core/principal.ts"
import { get } from "../src/core/get.ts"
import { listEvents } from "../src/core/list-events.ts"
import { put } from "../src/core/put.ts"
import { putMany } from "../src/core/put-many.ts"
import { openStorage } from "../src/storage/open-storage.ts"
import { restoreBackup, writeBackup } from "../src/store/backup-file.ts"
import { openContext, type OpenedContext } from "../src/store/open-context.ts"
import { createDatabases, K } from "./engines.ts"

const freshDatabase = createDatabases()
const keys = `1:${K(1)},2:${K(2)}`

describe("a backup", () => {
  let folder: string
  let path: string
  let source: OpenedContext
  const opened: OpenedContext[] = []

  const open = async (database: string, ring = keys): Promise<OpenedContext> => {
    const context = await openContext({ database, keys: ring })
    opened.push(context)
    return context
  }
  const restore = async (database: string, ring = keys) => {
    const storage = await openStorage({ database })
    try {
      return await restoreBackup(path, { storage, wrapper: createKeyRing(ring), at: 5, principal: LOCAL_USER })
    } finally {
      await storage.close()
    }
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sotto-test-"))
    path = join(folder, "backup")
    source = await open(await freshDatabase("sqlite file"))
    await putMany(source.ctx, { secrets: Array.from({ length: 250 }, (_, i) => ({ name: `s${i}`, value: `canary-${i}` })) })
    await put(source.ctx, { namespace: "n", name: "s0", value: "old" })
    await put(source.ctx, { namespace: "n", name: "s0", value: "new", metadata: { k: 1 } })
  })
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close()
    await rm(folder, { recursive: true, force: true })
  })

  it.each(["sqlite file", "postgres"] as const)("of SQLite restores into %s, history and log included", async (engine) => {
    await writeBackup(source.ctx, path)
    const database = await freshDatabase(engine)
    expect(await restore(database)).toMatchObject({ secrets: 251, versions: 252, revokedTokens: 0 })
    const { ctx } = await open(database)
    expect(await get(ctx, { name: "s249" })).toMatchObject({ value: "canary-249" })
    expect(await get(ctx, { namespace: "n", name: "s0", version: 1 })).toMatchObject({ value: "old", metadata: { k: 1 } })
    await put(ctx, { namespace: "n", name: "s0", value: "newer" })
    const events = await listEvents(ctx, { namespace: "n", name: "s0", paginationOpts: { numItems: 10, cursor: null } })
    expect(events.page.map((event) => event.version)).toEqual([3, 2, 1])
    const numbers = (await ctx.storage.all("listEventsAfter", { seq: 0, limit: 1000 })).map((row) => row.seq)
    expect(new Set(numbers).size).toBe(numbers.length)
  })
  it("of PostgreSQL restores into SQLite", async () => {
    const postgres = await open(await freshDatabase("postgres"))
    await put(postgres.ctx, { name: "a", value: "from postgres" })
    await writeBackup(postgres.ctx, path)
    const database = await freshDatabase("sqlite file")
    await restore(database)
    expect(await get((await open(database)).ctx, { name: "a" })).toMatchObject({ value: "from postgres" })
  })
  it("is 0600, holds no plaintext, and never replaces a file", async () => {
    await writeBackup(source.ctx, path)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const text = await readFile(path, "utf8")
    expect(text).not.toContain("canary")
    expect(text).not.toContain(Buffer.from("canary-1").toString("base64").slice(0, 9))
    await expect(writeBackup(source.ctx, path)).rejects.toMatchObject({ code: "already_exists" })
  })
  it("is one moment of a store that goes on", async () => {
    const writing = (async () => {
      for (let i = 0; i < 30; i++) await putMany(source.ctx, { secrets: [{ name: "x", value: `${i}` }, { name: "y", value: `${i}` }] })
    })()
    await writeBackup(source.ctx, path)
    await writing
    const database = await freshDatabase("sqlite file")
    await restore(database)
    const { ctx } = await open(database)
    const [x, y] = [await get(ctx, { name: "x" }), await get(ctx, { name: "y" })]
    expect(x.ok ? x.version : 0).toBe(y.ok ? y.version : 0)
  })
  it("that was cut, changed, reordered or added to is refused, and changes nothing", async () => {
    await writeBackup(source.ctx, path)
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n")
    const database = await freshDatabase("sqlite file")
    const end = lines.length - 1
    const changes: [string, string[]][] = [
      ["cut", lines.slice(0, -1)],
      ["a record missing", lines.toSpliced(20, 1)],
      ["a byte changed", lines.with(20, (lines[20] as string).replace(/"number":\d+/, '"number":9').replace('"name":"s', '"name":"t'))],
      ["two records exchanged", lines.with(20, lines[21] as string).with(21, lines[20] as string)],
      ["something behind its end", [...lines, lines[20] as string]],
      ["a forged end", lines.with(end, '{"end":true,"records":1,"mac":""}')],
      ["not JSON", lines.with(20, "{")],
    ]
    for (const [what, changed] of changes) {
      await writeFile(path, `${changed.join("\n")}\n`)
      const outcome = await restore(database).then(
        () => "restored",
        (error: unknown) => (error as { code: string }).code,
      )
      expect([what, outcome]).toEqual([what, "decryption_failed"])
    }
    await writeFile(path, "hello\n")
    await expect(restore(database)).rejects.toMatchObject({ code: expect.stringMatching(/^(invalid_argument|decryption_failed)$/) })
    await writeFile(path, `${lines.join("\n")}\n`)
    expect(await restore(database)).toMatchObject({ secrets: 251 })
  })
  it("goes into an empty database only, and opens with the store's keys only", async () => {
    await writeBackup(source.ctx, path)
    const database = await freshDatabase("sqlite file")
    await expect(restore(database, `9:${K(9)}`)).rejects.toMatchObject({ code: "key_unavailable" })
    await restore(database)
    await expect(restore(database)).rejects.toMatchObject({ code: "already_exists" })
  })
})
