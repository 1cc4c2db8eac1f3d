import { afterEach, describe, expect, it } from "vitest"
import { openEditor } from "../../test/database-editor.ts"
import { createDatabases } from "../../test/engines.ts"
import { openTestContext } from "../../test/open-test-context.ts"
import { getOrThrow } from "./get.ts"
import { put } from "./put.ts"

const freshDatabase = createDatabases()

describe("a row tag", () => {
  const opened: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close()
  })

  it("refuses an integer that JavaScript cannot hold as it refuses every other edit", async () => {
    const database = await freshDatabase("sqlite file")
    const store = await openTestContext(database)
    const editor = await openEditor(database)
    opened.push(store, editor)
    await put(store.ctx, { name: "a", value: "x" })
    await editor.run("UPDATE secrets SET created_at = 9007199254740993")
    await expect(getOrThrow(store.ctx, { name: "a" })).rejects.toMatchObject({ code: "decryption_failed" })
  })
})
