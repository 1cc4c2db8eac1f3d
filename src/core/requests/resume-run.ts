import type { StoreContext, Transaction } from "../context.ts"
import type { RequestRow } from "../ports/rows.ts"

/** Tells the waiting run of a workflow, in the same transaction, that its question was settled. */
export const resumeRun = async (_ctx: StoreContext, _tx: Transaction, row: RequestRow): Promise<void> => {
  if (row.runId === null) return
  throw new TypeError("workflows are not built yet") // no request carries a run before they are
}
