import { describe, expect, it } from "vitest"
import { openTestContext } from "../../test/open-test-context.ts"
import { getOrThrow } from "./get.ts"
import { listEvents } from "./list-events.ts"
import { put } from "./put.ts"

describe("reads that become durable together", () => {
  it("do not fail for a neighbour whose event has no canonical form", async () => {
    const { ctx, as, close } = await openTestContext()
    await put(ctx, { name: "a", value: "x" })
    const bad = as(ctx.actor.grants, "service", "\ud800")
    const [first, broken, second] = await Promise.allSettled([
      getOrThrow(ctx, { name: "a" }),
      getOrThrow(bad, { name: "a" }),
      getOrThrow(ctx, { name: "a" }),
    ])
    expect(first.status).toBe("fulfilled")
    expect(second.status).toBe("fulfilled")
    expect(broken).toMatchObject({ status: "rejected", reason: { code: "invalid_argument" } })
    const { page } = await listEvents(ctx, { type: "read", paginationOpts: { numItems: 10, cursor: null } })
    expect(page).toHaveLength(2)
    await close()
  })
})
