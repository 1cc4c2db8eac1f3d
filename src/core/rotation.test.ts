import { afterEach, describe, expect, it } from "vitest"
import { openEditor } from "../../test/database-editor.ts"
import { createDatabases, K } from "../../test/engines.ts"
import { meddleBeforeWrite } from "../../test/meddling-storage.ts"
import { openContext, type OpenedContext } from "../store/open-context.ts"
import { getMany } from "./get-many.ts"
import { defineKeys } from "./key-ring-text.ts"
import { putMany } from "./put-many.ts"
import { beginReencryption } from "./reencrypt.ts"
import { retireKey } from "./retire-key.ts"
import { rotate, rotateBatch } from "./rotate.ts"

const freshDatabase = createDatabases()
const names = ["a", "b", "c", "d"]

describe.each(["sqlite file", "postgres"] as const)("a rotation on %s", (engine) => {
  const opened: { close(): Promise<void> }[] = []
  const open = async (database: string, keys: string): Promise<OpenedContext> => {
    const context = await openContext({ database, keys })
    opened.push(context)
    return context
  }
  const edit = async (database: string) => {
    const editor = await openEditor(database)
    opened.push(editor)
    return editor
  }
  const filled = async (): Promise<string> => {
    const database = await freshDatabase(engine)
    const { ctx } = await open(database, defineKeys({ 1: K(1) }))
    await putMany(ctx, { secrets: names.map((name) => ({ name, value: name })) })
    return database
  }
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close()
  })

  it("leaves a version that a re-encryption under way has yet to give its new DEK", async () => {
    const database = await filled()
    const editor = await edit(database)
    const sealed = async (): Promise<string[]> =>
      (await editor.rows("SELECT sealed FROM versions")).map((row) => (row["sealed"] as Buffer).toString("hex")).toSorted()
    const before = await sealed()
    const { ctx } = await open(database, defineKeys({ 1: K(1), 2: K(2) }))
    await beginReencryption(ctx)
    expect(await rotateBatch(ctx, { mode: "rewrap", walk: "shared", at: 1, batchSize: 10 })).toMatchObject({ rotated: 0, skipped: 0 })
    expect(await rotate(ctx, { reencrypt: true })).toMatchObject({ rotated: 4, isDone: true })
    expect((await sealed()).filter((each) => before.includes(each))).toEqual([])
  })

  it("passes by a row whose tag claims a generation that the store does not have", async () => {
    const database = await filled()
    const editor = await edit(database)
    const [row] = await editor.rows("SELECT id, tag FROM secrets WHERE name = 'b'")
    const [version] = await editor.rows("SELECT v.tag, s.id FROM versions v JOIN secrets s ON s.id = v.secret_id WHERE s.name = 'c'")
    const forged = (tag: unknown): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 9]), (tag as Buffer).subarray(4)])
    await editor.run("UPDATE secrets SET tag = ? WHERE id = ?", forged(row?.["tag"]), row?.["id"])
    await editor.run("UPDATE versions SET tag = ? WHERE secret_id = ?", forged(version?.["tag"]), version?.["id"])
    const { ctx } = await open(database, defineKeys({ 1: K(1), 2: K(2) }))
    expect(await rotate(ctx, {})).toMatchObject({ rotated: 3, skipped: 1, remaining: 0 })
    expect(await rotate(ctx, { reencrypt: true })).toMatchObject({ isDone: true })
    expect((await getMany(ctx, { names: ["a", "d"] })).secrets.map((secret) => secret.value)).toEqual(["a", "d"])
  })

  it("wraps a new root under a key that joined while the re-encryption began: retiring the older key loses nothing", async () => {
    const database = await filled()
    let ring = defineKeys({ 1: K(1) })
    const context = await openContext({ database, keys: () => ring })
    opened.push(context)
    const meddle = async (): Promise<void> => {
      ring = defineKeys({ 1: K(1), 2: K(2) })
      await open(database, ring)
    }
    const ctx = { ...context.ctx, storage: meddleBeforeWrite(context.ctx.storage, meddle) }
    expect(await rotate(ctx, { reencrypt: true })).toMatchObject({ rotated: 4, isDone: true })
    await retireKey(ctx, { version: 1 })
    const { ctx: fresh } = await open(database, defineKeys({ 2: K(2) }))
    expect((await getMany(fresh, { names })).secrets.map((secret) => secret.value)).toEqual(names)
  })
})
