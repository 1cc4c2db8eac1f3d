import type { workflowRoutes } from "../../api/workflow-routes.ts"
import { SecretError } from "../../base/errors.ts"
import { assertWorkspaceExists } from "../../core/access/find-workspace.ts"
import { authorize } from "../../core/authorize.ts"
import type { StoreContext } from "../../core/context.ts"
import type { WorkflowRuns } from "../../core/ports/workflow-runs.ts"
import type { Handlers, ServerParts } from "../call.ts"

export const createWorkflowHandlers = ({ workflows }: Pick<ServerParts, "workflows">): Handlers<keyof typeof workflowRoutes> => {
  const runsOf = ({ actor }: StoreContext): WorkflowRuns => {
    if (workflows === undefined) throw new SecretError("not_supported", "this server hosts no workflows")
    return workflows.as(actor)
  }
  return {
    startWorkflow: async ({ ctx, params, body }) => {
      authorize(ctx.actor, "request", params.w)
      await assertWorkspaceExists(ctx, params.w)
      return runsOf(ctx).start(body.name, body.args ?? {}, { workspace: params.w })
    },
    workflowStatus: ({ ctx, params }) => runsOf(ctx).status(params.id),
    workflowDocuments: ({ ctx, params }) => runsOf(ctx).documents(params.id),
    resumeWorkflow: async ({ ctx, params, body }) => {
      await runsOf(ctx).resume(params.id, body.transition, body.payload)
      return { success: true }
    },
    cancelWorkflow: async ({ ctx, params }) => {
      await runsOf(ctx).cancel(params.id)
      return { success: true }
    },
  }
}
