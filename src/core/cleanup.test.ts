import { afterEach, describe, expect, it } from "vitest"
import { openEditor } from "../../test/database-editor.ts"
import { createDatabases } from "../../test/engines.ts"
import { openTestContext } from "../../test/open-test-context.ts"
import { cleanupEvents, cleanupSecrets } from "./cleanup.ts"
import { putMany } from "./put-many.ts"

const freshDatabase = createDatabases()

describe.each(["sqlite file", "postgres"] as const)("the clean-up on %s", (engine) => {
  const opened: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close()
  })

  it("passes by a row whose tag claims a generation that the store does not have, and deletes the others", async () => {
    const database = await freshDatabase(engine)
    const store = await openTestContext(database)
    const editor = await openEditor(database)
    opened.push(store, editor)
    await putMany(store.ctx, { secrets: ["a", "b", "c"].map((name) => ({ name, value: name, ttlMs: 1 })) })
    const [row] = (await editor.rows("SELECT id, tag FROM secrets WHERE name = 'b'")) as [{ id: Buffer; tag: Buffer }]
    await editor.run("UPDATE secrets SET tag = ? WHERE id = ?", Buffer.concat([Buffer.from([0, 0, 0, 2]), row.tag.subarray(4)]), row.id)
    store.clock.now += 1_000
    expect(await cleanupSecrets(store.ctx, { retentionMs: 1 })).toEqual({ deleted: 2, isDone: true })
  })

  it("takes every finite retention, also one longer than time", async () => {
    const store = await openTestContext(await freshDatabase(engine))
    opened.push(store)
    expect(await cleanupSecrets(store.ctx, { retentionMs: Number.MAX_VALUE })).toEqual({ deleted: 0, isDone: true })
    expect(await cleanupEvents(store.ctx, { retentionMs: Number.MAX_VALUE })).toEqual({ deleted: 0, isDone: true })
  })
})
