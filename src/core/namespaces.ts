import { isAllowed } from "./authorize.ts"
import { isBoxNamespace } from "./boxes/namespace.ts"
import { DEFAULT_NAMESPACE } from "./limits.ts"
import { NoArgs } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"

export interface NamespaceCount {
  /** Absent for the unnamed one. */
  namespace?: string
  secrets: number
}

/** The workspaces that hold secrets and that the caller may list, with their counts, by name. */
export const namespaces = defineUseCase({
  name: "namespaces",
  permission: null,
  scope: "store",
  events: [],
  args: NoArgs,
  run: async (ctx): Promise<NamespaceCount[]> => {
    const counts = await ctx.storage.all("countByNamespace", {})
    return counts
      .filter(({ namespace }) => !isBoxNamespace(namespace) && isAllowed(ctx.actor, "list", namespace))
      .map(({ namespace, count }) => ({ ...(namespace !== DEFAULT_NAMESPACE && { namespace }), secrets: count }))
  },
})
