import { SecretError } from "../../base/errors.ts"
import { workspaceNotFound } from "../authorize.ts"
import { appendEvents, nowOf, type Reads, type StoreContext } from "../context.ts"
import { DEFAULT_NAMESPACE } from "../limits.ts"
import { deleteSecret } from "../remove.ts"
import { defineUseCase } from "../use-case.ts"
import { AnyWorkspaceRef } from "./access-shapes.ts"
import { assertWorkspaceExists } from "./find-workspace.ts"

const BATCH = 200
/** Questions, rules and runs: what is left of them would meet another workspace of the name. */
const GONE_WITH_IT = ["deleteAgentRules", "deleteRequestsOfNamespace", "deleteMessagesOfNamespace", "deleteDocumentsOfNamespace", "deleteRunsOfNamespace"] as const

/**
 * Deletes a workspace with its secrets, an event each; its events stay. Stopped in between, it is still there with fewer
 * secrets. @throws SecretError `not_found`, `not_supported` for `default`
 */
export const deleteWorkspace = defineUseCase({
  name: "deleteWorkspace",
  permission: "admin",
  scope: "workspace",
  events: ["deleted", "workspace_deleted"],
  args: AnyWorkspaceRef,
  run: async (ctx, { namespace }): Promise<{ deleted: number }> => {
    if (namespace === DEFAULT_NAMESPACE) throw new SecretError("not_supported", `the workspace "${DEFAULT_NAMESPACE}" is always there`)
    await assertWorkspaceExists(ctx, namespace)
    await assertNoEnvironments(ctx.storage, namespace)
    let deleted = 0
    for (;;) {
      const batch = await deleteBatch(ctx, namespace)
      if (batch === 0) return { deleted }
      deleted += batch
    }
  },
})

/** Its sandboxes hold values until they are told otherwise. */
const assertNoEnvironments = async (reads: Reads, namespace: string): Promise<void> => {
  const environments = await reads.all("listEnvironments", { namespace })
  if (environments.length === 0) return
  throw new SecretError("not_supported", `the workspace still delivers to ${environments.map(({ name }) => name).join(", ")}`, {
    details: { environments: environments.map(({ name }) => name) },
    help: "Remove its environments first: sotto env rm NAME",
  })
}

/** Some secrets, or, when none is left, the workspace itself: nobody writes into it meanwhile, the store's row is held. */
const deleteBatch = (ctx: StoreContext, namespace: string): Promise<number> =>
  ctx.storage.write(async (tx) => {
    await tx.one("lockStore", {})
    const rows = await tx.all("listNamespaceSecrets", { namespace, limit: BATCH })
    for (const row of rows) await deleteSecret(ctx, tx, row, "workspace_deleted")
    if (rows.length > 0) return rows.length
    await assertNoEnvironments(tx, namespace)
    for (const name of GONE_WITH_IT) await tx.run(name, { namespace })
    if ((await tx.run("deleteWorkspace", { id: namespace })) === 0) throw workspaceNotFound(namespace)
    await appendEvents(tx, [{ type: "workspace_deleted", at: nowOf(ctx), principal: ctx.actor.principal, namespace }])
    return 0
  })
