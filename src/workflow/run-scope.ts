import { AsyncLocalStorage } from "node:async_hooks"
import type { StoreContext, Transaction } from "../core/context.ts"
import type { RunRow } from "../core/ports/rows.ts"
import type { TransitionMeta } from "./metadata.ts"

export interface DraftDocument {
  name: string
  key: string
  content: object
}

export interface DraftChild {
  id: string
  name: string
  args: unknown
  callback?: { transition: string; metadata?: unknown }
}

/** All that a transition wants to have happened: it is committed in one step, or not at all. */
export interface Draft {
  state: Record<string, unknown>
  result: unknown
  documents: DraftDocument[]
  children: DraftChild[]
  /** Further writes of the same transaction. */
  writes: ((tx: Transaction) => Promise<void>)[]
  /** When the wait that follows is over, at the latest. */
  dueAt: number | null
}

export interface RunScope {
  /** The store as whoever started the run may use it. */
  ctx: StoreContext
  run: RunRow
  transition: TransitionMeta
  /** What leaves the place that the transition leads to: an answer to a question resumes it. */
  nextWaits: readonly TransitionMeta[]
  draft: Draft
}

/** One for the process, whichever way this package was loaded. */
const SCOPE = Symbol.for("sotto.workflow.scope")
const holder = globalThis as { [SCOPE]?: AsyncLocalStorage<RunScope> }
const storage = (holder[SCOPE] ??= new AsyncLocalStorage<RunScope>())

export const withScope = <T>(scope: RunScope, work: () => Promise<T>): Promise<T> => storage.run(scope, work)

/** @throws TypeError outside a transition */
export const currentScope = (): RunScope => {
  const scope = storage.getStore()
  if (scope === undefined) throw new TypeError("No active run: this works inside a transition only")
  return scope
}
