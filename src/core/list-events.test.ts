import { describe, expect, it } from "vitest"
import { grant, openTestContext } from "../../test/open-test-context.ts"
import { listEvents } from "./list-events.ts"
import { put } from "./put.ts"

describe("the events of one secret", () => {
  it("answer for a secret of another workspace exactly as for one that never was", async () => {
    const { ctx, as, close } = await openTestContext()
    const { secretId } = await put(ctx, { namespace: "theirs", name: "a", value: "1" })
    await put(ctx, { namespace: "theirs", name: "a", value: "2" })
    const mine = as([grant("mine", "audit")])
    const ask = (id: string) => listEvents(mine, { secretId: id, paginationOpts: { numItems: 1, cursor: null } })
    const { continueCursor, ...answer } = await ask(secretId)
    const { continueCursor: other, ...unknown } = await ask("00000000-0000-7000-8000-000000000000")
    expect(answer).toEqual(unknown)
    expect(answer).toEqual({ page: [], isDone: true })
    const positionOf = (cursor: string): string => Buffer.from(cursor, "base64url").subarray(16).toString()
    expect(positionOf(continueCursor)).toBe(positionOf(other))
    expect((await listEvents(as([grant("theirs", "audit")]), { secretId, paginationOpts: { numItems: 1, cursor: null } })).page).toHaveLength(1)
    await close()
  })
})
