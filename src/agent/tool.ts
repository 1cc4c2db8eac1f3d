import type * as z from "zod/mini"
import type { StoreContext } from "../core/context.ts"
import type { Network } from "../net/addresses.ts"
import type { RequestView } from "../core/requests/request-view.ts"

/** Hints for clients, as MCP words them. They promise; they do not enforce. */
export interface ToolAnnotations {
  readOnlyHint: boolean
  destructiveHint: boolean
  idempotentHint: boolean
  openWorldHint: boolean
}

/** What the tools of one agent share. */
export interface AgentScope {
  /** The store, as this agent may use it. */
  ctx: StoreContext
  workspace: string
  /** Ends with the agent's session: an approval for a session is bound to it. */
  session: string
  /** Where a person answers; absent where nobody serves forms. */
  formUrl?: (requestId: string) => string
  /** Hears of what went wrong inside; what the model is told names it by `reference`. */
  onFailure?: (reference: string, error: unknown) => void
  /** The internet, where a test has one of its own. */
  network?: Network
  /** How long a call waits for a person who has to allow it. Default 20 s. */
  holdMs?: number
}

/** One call. */
export interface ToolCall {
  signal?: AbortSignal
  /** Where the call knows how to show a form by itself: it is told before the wait, once. */
  onPending?: (request: RequestView & { url?: string }) => Promise<void> | void
}

/** Inside a tool: the call, and the values that it used, which the guard looks for in what is answered. */
export interface ToolRun extends ToolCall {
  scope: AgentScope
  used: { name: string; value: string }[]
}

/** A tool for a model. Nothing that it answers holds a value. */
export interface AgentTool {
  name: string
  title: string
  description: string
  /** Built when they are first asked for. */
  input: z.ZodMiniType
  output: z.ZodMiniType
  annotations: ToolAnnotations
  /** Must be the only call of its turn: a person is asked, and nothing happens beside it. */
  exclusive: boolean
  run(args: never, run: ToolRun): Promise<object>
}

/** Keeps the type of the arguments inside the definition. */
export const defineTool = <Input extends z.ZodMiniType>(
  tool: Omit<AgentTool, "input" | "run"> & { input: Input; run(args: z.output<Input>, run: ToolRun): Promise<object> },
): AgentTool => tool
