import { describe, expect, it } from "vitest"
import { openTestContext } from "../../test/open-test-context.ts"
import { maintain } from "./maintain.ts"

describe("maintain", () => {
  it.each([999, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY])("refuses to run every %d ms: a timer would fire at once", async (everyMs) => {
    const { ctx, close } = await openTestContext()
    expect(() => maintain(ctx, { everyMs })).toThrow(expect.objectContaining({ code: "invalid_argument" }))
    await close()
  })
})
