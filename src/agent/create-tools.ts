import { randomBase62 } from "../core/access/base62.ts"
import { agentFor } from "../core/agent-actor.ts"
import type { StoreContext } from "../core/context.ts"
import { DEFAULT_NAMESPACE } from "../core/limits.ts"
import { contextOf } from "../core/store-context.ts"
import { dispatchCalls, type ModelCall, type ModelResult } from "./dispatch.ts"
import { callTool, type ToolAnswer } from "./guard.ts"
import type { AgentScope, AgentTool, ToolCall } from "./tool.ts"
import { TOOLS } from "./tool-table.ts"

export interface ToolsOptions {
  /** What `openStore` gave. */
  store: object
  /** The unnamed workspace where none is named. */
  workspace?: string
  /** The agent; requests, events and approvals name it. Whoever opened the store answers for it. */
  agent?: { id: string; name: string }
  /** Where a person answers a request: `${url of the server}/r/${requestId}`. Without it they answer on a terminal. */
  formUrl?: (requestId: string) => string
  /** The tools to offer, by name; all where absent. */
  only?: readonly string[]
  onFailure?: AgentScope["onFailure"]
  /** How long a call waits for a person who has to allow it, in milliseconds. Default 20,000. */
  holdMs?: number
  /** The internet, where a test has one of its own. */
  network?: AgentScope["network"]
}

export interface Tools {
  tools: readonly AgentTool[]
  /** One call, through the guard. An unknown name is a failure like any other. */
  call(name: string, args: unknown, call?: ToolCall): Promise<ToolAnswer>
  /** All calls of one turn of a model, with the rules between them. */
  dispatch(calls: readonly ModelCall[], call?: ToolCall): Promise<ModelResult[]>
}

/** The tools of one agent over an open store. Each call of this makes a session of its own. */
export const createTools = (options: ToolsOptions): Tools => createToolsOver(contextOf(options.store), options)

export const createToolsOver = (ctx: StoreContext, options: Omit<ToolsOptions, "store">): Tools => {
  const { workspace = DEFAULT_NAMESPACE, agent = { id: "agent", name: "agent" } } = options
  return toolsOf(
    {
      ctx: { ...ctx, actor: agentFor(ctx.actor, { ...agent, workspace }) },
      workspace,
      session: randomBase62(ctx.randomBytes, 16),
      ...(options.formUrl && { formUrl: options.formUrl }),
      ...(options.onFailure && { onFailure: options.onFailure }),
      ...(options.network && { network: options.network }),
      ...(options.holdMs !== undefined && { holdMs: options.holdMs }),
    },
    options.only,
  )
}

/** The same for an agent that has proved itself, by a token. */
export const toolsOf = (scope: AgentScope, only?: readonly string[]): Tools => {
  const tools = only === undefined ? TOOLS : TOOLS.filter(({ name }) => only.includes(name))
  const call: Tools["call"] = async (name, args, more) => {
    const tool = tools.find((each) => each.name === name)
    if (tool === undefined) return { isError: true, code: "not_found", message: "not_found: this tool is not available" }
    return callTool(tool, args, scope, more)
  }
  return { tools, call, dispatch: (calls, more) => dispatchCalls(tools, calls, (name, args) => call(name, args, more)) }
}
