import { describe, expect, it } from "vitest"
import { createDatabases } from "../../test/engines.ts"
import { openTestContext } from "../../test/open-test-context.ts"
import { deleteWorkspace } from "./access/delete-workspace.ts"
import { listEvents } from "./list-events.ts"
import { putMany } from "./put-many.ts"
import { remove } from "./remove.ts"

const freshDatabase = createDatabases()

describe("removing secrets while their workspace is deleted", () => {
  it("leaves one event for each secret, whoever was first", async () => {
    const database = await freshDatabase("postgres")
    const stores = await Promise.all([openTestContext(database), openTestContext(database)])
    const [one, two] = stores
    const names = Array.from({ length: 30 }, (_, i) => `s${i}`)
    await putMany(one.ctx, { namespace: "w", secrets: names.map((name) => ({ name, value: "x" })) })
    await Promise.all([deleteWorkspace(one.ctx, { namespace: "w" }), ...names.map((name) => remove(two.ctx, { namespace: "w", name }))])
    const { page } = await listEvents(one.ctx, { namespace: "w", type: "deleted", paginationOpts: { numItems: 100, cursor: null } })
    expect(page).toHaveLength(names.length)
    expect(new Set(page.map((event) => event.name))).toEqual(new Set(names))
    for (const store of stores) await store.close()
  })
})
