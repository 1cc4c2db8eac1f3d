import { isAllowed } from "../authorize.ts"
import { DEFAULT_NAMESPACE } from "../limits.ts"
import { NoArgs } from "../shapes.ts"
import { defineUseCase } from "../use-case.ts"

/** The workspaces that the caller may list, by id; `default` is always one. @throws SecretError `forbidden` */
export const listWorkspaces = defineUseCase({
  name: "listWorkspaces",
  permission: "list",
  scope: "anywhere",
  events: [],
  args: NoArgs,
  run: async (ctx): Promise<{ id: string }[]> => {
    const rows = await ctx.storage.all("listWorkspaces", {})
    const ids = new Set([DEFAULT_NAMESPACE, ...rows.map((row) => row.id)])
    return [...ids]
      .filter((id) => isAllowed(ctx.actor, "list", id))
      .toSorted()
      .map((id) => ({ id }))
  },
})
