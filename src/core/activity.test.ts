import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { grant, openTestContext, type TestContext } from "../../test/open-test-context.ts"
import { activity } from "./activity.ts"
import { get } from "./get.ts"
import { put } from "./put.ts"
import { remove } from "./remove.ts"

describe("the activity of a workspace", () => {
  let store: TestContext
  beforeEach(async () => {
    store = await openTestContext()
  })
  afterEach(() => store.close())

  it("counts reads, writes and denials, each in its span", async () => {
    const { ctx, clock } = store
    clock.now = 1_000
    await put(ctx, { namespace: "acme", name: "A", value: "x" })
    clock.now = 1_999
    await get(ctx, { namespace: "acme", name: "A" })
    await get(ctx, { namespace: "acme", name: "A" })
    await put(ctx, { namespace: "other", name: "A", value: "x" })
    clock.now = 2_000
    await remove(ctx, { namespace: "acme", name: "A" })
    await expect(get(store.as([grant("other", "reveal")]), { namespace: "acme", name: "A" })).rejects.toMatchObject({ code: "not_found" })
    clock.now = 3_000
    await put(ctx, { namespace: "acme", name: "A", value: "x" })
    expect(await activity(ctx, { namespace: "acme", since: 1_000, until: 3_000, spans: 2 })).toEqual([
      { from: 1_000, reads: 2, writes: 1, denials: 0 },
      { from: 2_000, reads: 0, writes: 1, denials: 1 },
    ])
  })

  it.each([{ since: 5, until: 5, spans: 1 }, { since: 0, until: 10, spans: 0 }, { since: 0, until: 10, spans: 101 }, { since: 0, until: 5, spans: 10 }, { since: -1, until: 5, spans: 1 }])("is not of %j", async (args) => {
    await expect(activity(store.ctx, args)).rejects.toMatchObject({ code: "invalid_argument" })
  })
})
