import type { StoreContext, Transaction } from "../context.ts"
import type { RequestRow } from "../ports/rows.ts"
import { deliverMessage } from "../workflow/deliver-message.ts"

/** Tells the waiting run of a workflow, in the same transaction, that its question was settled. What it holds is looked up by the run. */
export const resumeRun = async (ctx: StoreContext, tx: Transaction, { id, runId, transition, state }: RequestRow): Promise<void> => {
  if (runId === null || transition === null) return
  const input = { workflowId: runId, status: "completed" as const, hasError: false, errorMessage: null, data: { requestId: id, state } }
  await deliverMessage(ctx, tx, { id: `request:${id}`, runId, transition, input })
}
