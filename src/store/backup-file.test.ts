import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createDatabases, K } from "../../test/engines.ts"
import { meddleBeforeWrite } from "../../test/meddling-storage.ts"
import { get } from "../core/get.ts"
import { createKeyRing } from "../core/key-ring.ts"
import { defineKeys } from "../core/key-ring-text.ts"
import type { Storage, Transaction } from "../core/ports/storage.ts"
import { LOCAL_USER } from "../core/principal.ts"
import { put } from "../core/put.ts"
import { rotate } from "../core/rotate.ts"
import { openStorage } from "../storage/open-storage.ts"
import { restoreBackup, verifyBackup, writeBackup } from "./backup-file.ts"
import { openContext, type OpenedContext } from "./open-context.ts"

const freshDatabase = createDatabases()
const keys = defineKeys({ 1: K(1) })

describe("a backup file", () => {
  let folder: string
  let path: string
  let source: OpenedContext
  const opened: { close(): Promise<void> }[] = []

  const open = async (database: string): Promise<OpenedContext> => {
    const context = await openContext({ database, keys })
    opened.push(context)
    return context
  }
  const openEmpty = async (database: string): Promise<Storage> => {
    const storage = await openStorage({ database })
    opened.push(storage)
    return storage
  }
  const restore = (storage: Storage) =>
    restoreBackup(path, { storage, wrapper: createKeyRing(keys), at: 5, principal: LOCAL_USER })
  const lines = async (): Promise<string[]> => (await readFile(path, "utf8")).split("\n")

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sotto-test-"))
    path = join(folder, "backup")
    source = await open(await freshDatabase("sqlite file"))
    await put(source.ctx, { name: "a", value: "x" })
  })
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close()
    await rm(folder, { recursive: true, force: true })
  })

  it("restores names and metadata that hold what some readers take for the end of a line", async () => {
    const name = "a\u2028b\u2029c\u0085d"
    await put(source.ctx, { name: name.replace("\u0085", ""), value: "y", metadata: { note: name } })
    await writeBackup(source.ctx, path)
    const database = await freshDatabase("sqlite file")
    await restore(await openEmpty(database))
    const { ctx } = await open(database)
    expect(await get(ctx, { name: name.replace("\u0085", "") })).toMatchObject({ value: "y", metadata: { note: name } })
  })

  it("is refused as damaged when its first rows lack a column or hold another type", async () => {
    await writeBackup(source.ctx, path)
    const whole = await lines()
    for (const [from, to] of [["\"id\":", "\"ie\":"], ["\"createdAt\":", "\"createdAs\":"], ["\"generation\":1", "\"generation\":null"], ["\"wrap\":", "\"wrep\":"]] as const) {
      await writeFile(path, whole.map((line, i) => (i === 1 || i === 2 ? line.replace(from, to) : line)).join("\n"))
      await expect(verifyBackup(path, createKeyRing(keys))).rejects.toMatchObject({ code: "decryption_failed" })
    }
    await writeFile(path, whole.map((line) => line.replace(/"mac":"[^"]*"/, '"mac":7')).join("\n"))
    await expect(verifyBackup(path, createKeyRing(keys))).rejects.toMatchObject({ code: "decryption_failed" })
  })

  it("that is changed after its check restores nothing", async () => {
    await writeBackup(source.ctx, path)
    const withoutEvents = (await lines()).filter((line) => !line.startsWith('{"table":"events"')).join("\n")
    const storage = await openEmpty(await freshDatabase("sqlite file"))
    await expect(restore(meddleBeforeWrite(storage, () => writeFile(path, withoutEvents)))).rejects.toMatchObject({ code: "decryption_failed" })
    expect(await storage.one("readStore", {})).toBeNull()
  })

  it("never mixes with a store that is made in the same database meanwhile", async () => {
    await source.ctx.storage.write((tx) => tx.run("deleteEventsBefore", { cutoff: Number.MAX_SAFE_INTEGER, limit: 1_000 }))
    await writeBackup(source.ctx, path)
    const database = await freshDatabase("postgres")
    const storage = await openEmpty(database)
    const makeStore = async (): Promise<void> => void (await put((await open(database)).ctx, { name: "own", value: "z" }))
    await expect(restore(afterFirstRead(storage, makeStore))).rejects.toMatchObject({ code: "already_exists" })
    expect(await storage.one("findSecret", { namespace: "default", name: "a" })).toBeNull()
  })

  it("says so when the store got a new root just before, instead of becoming one that nobody can restore", async () => {
    const database = await freshDatabase("sqlite file")
    const stale = await open(database)
    await put(stale.ctx, { name: "a", value: "x" })
    const other = await open(database)
    const snapshot: Storage["snapshot"] = async (work) => {
      await rotate(other.ctx, { reencrypt: true })
      return stale.ctx.storage.snapshot(work)
    }
    const storage: Storage = { ...meddleBeforeWrite(stale.ctx.storage, async () => undefined), snapshot }
    await expect(writeBackup({ ...stale.ctx, storage }, path)).rejects.toMatchObject({ code: "storage_unavailable" })
  })
})

/** Something that happens between the first read of a transaction and what follows. */
const afterFirstRead = (storage: Storage, meddle: () => Promise<void>): Storage => ({
  ...meddleBeforeWrite(storage, async () => undefined),
  write: (work) =>
    storage.write((tx) => {
      let isDone = false
      const one: Transaction["one"] = async (name, params) => {
        const row = await tx.one(name, params)
        if (!isDone) await meddle()
        isDone = true
        return row
      }
      return work({ one, all: (name, params) => tx.all(name, params), run: (name, params) => tx.run(name, params), runMany: (name, params) => tx.runMany(name, params) })
    }),
})
