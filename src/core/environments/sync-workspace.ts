import * as z from "zod/mini"
import { DEFAULT_NAMESPACE } from "../limits.ts"
import { readPolicy } from "../policy/read-policy.ts"
import { secretTags } from "../row-tags.ts"
import { Namespace } from "../shapes.ts"
import { defineUseCase } from "../use-case.ts"
import { chooseTarget } from "./choose-target.ts"
import { EnvironmentName } from "./environment-shapes.ts"
import { syncEnvironment, type SyncAnswer } from "./sync.ts"

/** null where there is nothing to deliver, and nothing was. */
export type WorkspaceSync = SyncAnswer | null

/**
 * Syncs the environment that is meant where none is named: `sandbox`, else the only one. A workspace that delivers nothing needs
 * none. @throws SecretError `not_found` where something is to be delivered and there is no environment; as `syncEnvironment`
 */
export const syncWorkspace = defineUseCase({
  name: "syncWorkspace",
  permission: "use",
  scope: "workspace",
  events: ["delivered", "environment_synced", "sync_due"],
  args: () => z.strictObject({ namespace: z.optional(Namespace), target: z.optional(EnvironmentName) }),
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, target }): Promise<WorkspaceSync> => {
    if (target !== undefined) return syncEnvironment(ctx, { namespace, name: target })
    const environments = await ctx.storage.all("listEnvironments", { namespace })
    const rows = await ctx.storage.all("listSecretsWithPolicy", { namespace })
    for (const row of rows) secretTags.assertAgain(ctx.keys.current, row)
    const isMeant = rows.some((row) => (readPolicy(row)?.sync ?? []).length > 0)
    if (environments.length === 0 && !isMeant) return null
    const name = chooseTarget(environments.map((each) => each.name))
    const answer = await syncEnvironment(ctx, { namespace, name })
    const changed = answer.added.length + answer.updated.length + answer.removed.length
    return changed + answer.unchanged === 0 ? null : answer
  },
})
