import { workspaceNotFound } from "../authorize.ts"
import type { Reads, StoreContext } from "../context.ts"
import { DEFAULT_NAMESPACE } from "../limits.ts"

/** `default` is always there. Ask only after authorising: the answer tells what exists. */
export const workspaceExists = async (ctx: StoreContext, id: string, reads: Reads = ctx.storage): Promise<boolean> =>
  id === DEFAULT_NAMESPACE || (await reads.one("findWorkspace", { id })) !== null

/** @throws SecretError `not_found`, with the words for a workspace that is out of reach */
export const assertWorkspaceExists = async (ctx: StoreContext, id: string, reads?: Reads): Promise<void> => {
  if (!(await workspaceExists(ctx, id, reads))) throw workspaceNotFound(id)
}
