import { nowOf, type StoreContext, type Transaction } from "../context.ts"
import type { RunRow } from "../ports/rows.ts"
import { runMessageTags, runTags } from "../row-tags.ts"

/** What a transition hears of: an answer, the end of another run, or that the wait is over. */
export interface TransitionInput<Data = unknown, Meta = unknown> {
  /** The run that says so. */
  workflowId: string
  status: "completed" | "failed" | "cancelled" | "expired"
  hasError: boolean
  errorMessage: string | null
  data: Data
  meta?: Meta
}

export interface Message {
  /** One of this id is delivered once, however often it is sent. */
  id: string
  runId: string
  transition: string
  input: TransitionInput
}

export const isEnded = ({ status }: Pick<RunRow, "status">): boolean => status === "completed" || status === "failed" || status === "cancelled"

/** Puts a message where the run will find it, in the sender's own transaction. @returns false for a run that has ended */
export const deliverMessage = async (ctx: StoreContext, tx: Transaction, { id, runId, transition, input }: Message): Promise<boolean> => {
  const run = await tx.one("lockRun", { id: runId })
  if (run === null) return false
  runTags.assert(ctx.keys.current, run)
  if (isEnded(run)) return false
  const at = nowOf(ctx)
  const message = { id, runId, transition, input: JSON.stringify(input), createdAt: at }
  if ((await tx.run("insertRunMessage", { ...message, tag: runMessageTags.seal(ctx.keys.current, message) })) === 0) return true
  await saveRun(ctx, tx, { ...run, isReady: 1, updatedAt: at })
  return true
}

export const saveRun = (ctx: StoreContext, tx: Transaction, run: Omit<RunRow, "tag">): Promise<number> =>
  tx.run("updateRun", { ...run, tag: runTags.seal(ctx.keys.current, run) })
