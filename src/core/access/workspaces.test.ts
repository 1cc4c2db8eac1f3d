import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { grant, openTestContext, type TestContext } from "../../../test/open-test-context.ts"
import { listEvents } from "../list-events.ts"
import { list } from "../list.ts"
import { put } from "../put.ts"
import { createWorkspace } from "./create-workspace.ts"
import { deleteWorkspace } from "./delete-workspace.ts"
import { listWorkspaces } from "./list-workspaces.ts"

let store: TestContext

beforeEach(async () => {
  store = await openTestContext()
})
afterEach(() => store.close())

const page = { paginationOpts: { numItems: 1_000, cursor: null } }

describe("workspaces", () => {
  it("begin with the one that is always there", async () => {
    expect(await listWorkspaces(store.ctx, {})).toEqual([{ id: "default" }])
  })

  it("come into being by name or by the first write", async () => {
    await createWorkspace(store.ctx, { namespace: "acme:b" })
    await put(store.ctx, { namespace: "acme:a", name: "K", value: "v" })
    expect(await listWorkspaces(store.ctx, {})).toEqual([{ id: "acme:a" }, { id: "acme:b" }, { id: "default" }])
  })

  it.each(["default", "acme"])("are made once: %s", async (namespace) => {
    if (namespace !== "default") await createWorkspace(store.ctx, { namespace })
    await expect(createWorkspace(store.ctx, { namespace })).rejects.toMatchObject({ code: "already_exists" })
  })

  it("are shown to those who may list them", async () => {
    for (const namespace of ["acme:a", "acme:b", "other"]) await createWorkspace(store.ctx, { namespace })
    expect(await listWorkspaces(store.as([grant("acme:*", "list")]), {})).toEqual([{ id: "acme:a" }, { id: "acme:b" }])
    await expect(listWorkspaces(store.as([grant("acme:*", "write")]), {})).rejects.toMatchObject({ code: "forbidden" })
  })

  it("are administered inside one's pattern", async () => {
    const local = store.as([grant("acme:*", "admin")])
    await createWorkspace(local, { namespace: "acme:a" })
    await expect(createWorkspace(local, { namespace: "other" })).rejects.toMatchObject({ code: "not_found" })
    await expect(createWorkspace(store.as([grant("acme:*", "write")]), { namespace: "acme:c" })).rejects.toMatchObject({ code: "forbidden" })
  })

  it("go with their secrets, an event each, and leave their events", async () => {
    for (let i = 0; i < 250; i++) await put(store.ctx, { namespace: "acme", name: `K${i}`, value: "v" })
    await put(store.ctx, { namespace: "other", name: "K", value: "v" })
    expect(await deleteWorkspace(store.ctx, { namespace: "acme" })).toEqual({ deleted: 250 })
    expect(await listWorkspaces(store.ctx, {})).toEqual([{ id: "default" }, { id: "other" }])
    expect((await list(store.ctx, { namespace: "acme", ...page })).page).toEqual([])
    expect((await list(store.ctx, { namespace: "other", ...page })).page).toHaveLength(1)
    const events = (await listEvents(store.ctx, { namespace: "acme", ...page })).page
    const count = (type: string) => events.filter((event) => event.type === type).length
    expect([count("created"), count("deleted"), count("workspace_deleted")]).toEqual([250, 250, 1])
  })

  it("cannot be deleted where they are not there or are the unnamed one", async () => {
    await expect(deleteWorkspace(store.ctx, { namespace: "acme" })).rejects.toMatchObject({
      code: "not_found",
      message: "Workspace with ID acme not found",
    })
    await expect(deleteWorkspace(store.ctx, { namespace: "default" })).rejects.toMatchObject({ code: "not_supported" })
  })
})
