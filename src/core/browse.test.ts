import { describe, expect, it } from "vitest"
import { createDatabases } from "../../test/engines.ts"
import { openTestContext } from "../../test/open-test-context.ts"
import { LIMITS } from "./limits.ts"
import { list } from "./list.ts"
import { put } from "./put.ts"

const freshDatabase = createDatabases()

describe.each(["sqlite file", "postgres"] as const)("a listing by name on %s", (engine) => {
  it.each(["asc", "desc"] as const)("shows the last name that there can be (%s)", async (order) => {
    const { ctx, close } = await openTestContext(await freshDatabase(engine))
    const last = "\u{10ffff}".repeat(LIMITS.nameMaxCharacters)
    await put(ctx, { name: last, value: "x" })
    await put(ctx, { name: "a", value: "x" })
    const { page } = await list(ctx, { orderBy: "name", order, paginationOpts: { numItems: 10, cursor: null } })
    expect(page.map(({ name }) => name)).toEqual(order === "asc" ? ["a", last] : [last, "a"])
    await close()
  })
})
