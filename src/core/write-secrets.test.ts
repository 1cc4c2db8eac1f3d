import { afterEach, describe, expect, it } from "vitest"
import { meddleBeforeWrite } from "../../test/meddling-storage.ts"
import { openTestContext, type TestContext } from "../../test/open-test-context.ts"
import { get } from "./get.ts"
import { put } from "./put.ts"
import { remove } from "./remove.ts"
import { rollback } from "./rollback.ts"

describe("a write that meets a removal", () => {
  let store: TestContext
  afterEach(() => store.close())

  it("gives the secret that it makes a new id, as it would have got a moment later", async () => {
    store = await openTestContext()
    const { ctx } = store
    const first = await put(ctx, { name: "a", value: "old" })
    const storage = meddleBeforeWrite(ctx.storage, () => remove(ctx, { name: "a" }))
    const second = await put({ ...ctx, storage }, { name: "a", value: "new" })
    expect(second).toMatchObject({ isNew: true, version: 1 })
    expect(second.secretId).not.toBe(first.secretId)
    expect(await get(ctx, { name: "a" })).toMatchObject({ value: "new" })
  })

  it("never rolls the value of a removed secret into another one of its name", async () => {
    store = await openTestContext()
    const { ctx } = store
    await put(ctx, { name: "a", value: "of the removed one" })
    const storage = meddleBeforeWrite(ctx.storage, async () => {
      await remove(ctx, { name: "a" })
      await put(ctx, { name: "a", value: "of the new one" })
    })
    await expect(rollback({ ...ctx, storage }, { name: "a", version: 1 })).rejects.toMatchObject({ code: "not_found" })
    expect(await get(ctx, { name: "a" })).toMatchObject({ value: "of the new one", version: 1 })
  })
})
