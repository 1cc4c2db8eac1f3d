import { isSecretError } from "../base/errors.ts"
import type { TransitionInput } from "../core/workflow/deliver-message.ts"
import { metaOf, toolName, type AnyClass } from "./metadata.ts"
import type { BaseTool, ToolEnvelope } from "./tools.ts"

/** A call that a model asks for. */
export interface ToolCall {
  id: string
  name: string
  args: unknown
}

/** What goes back to the model for one call. */
export interface ToolCallResult {
  toolUseId: string
  toolName: string
  content: string
  isError: boolean
}

/** How far the calls of one turn are; it is state that a workflow keeps. */
export interface DelegateResult {
  allCompleted: boolean
  toolResults: ToolCallResult[]
  pendingCount: number
  errorCount: number
  hasErrors: boolean
}

interface Delegation {
  /** The tools that the model was offered, and no others. */
  tools: readonly BaseTool[]
  /** The transition of this run that hears of calls that were pending. */
  callback: { transition: string }
}

interface CallMeta {
  toolUseId: string
  toolName: string
}

/** Makes the calls of one turn. One that must be alone is refused beside others, and they are made. */
export const delegateToolCalls = async (calls: readonly ToolCall[], { tools, callback }: Delegation): Promise<DelegateResult> => {
  const results: ToolCallResult[] = []
  let pendingCount = 0
  for (const call of calls) {
    const tool = tools.find((each) => nameOf(each) === call.name)
    const isAlone = calls.length === 1
    if (tool === undefined) results.push(failed(call, `tool "${short(call.name)}" is not available`))
    else if (!isAlone && isExclusive(tool)) results.push(failed(call, `${call.name} asks a person, so it must be the only tool call of a response. It was not made. Call it again alone.`))
    else {
      const envelope = await attempt(() => tool.handle(call.args, { callback: { ...callback, metadata: { toolUseId: call.id, toolName: call.name } } }))
      if (envelope.pending !== undefined) pendingCount++
      else results.push(resultOf({ toolUseId: call.id, toolName: call.name }, envelope))
    }
  }
  return summary(results, pendingCount)
}

/** Takes in the end of a call that was pending. One that was taken in before changes nothing. */
export const updateToolResult = async (before: DelegateResult, input: TransitionInput<unknown, CallMeta>, tools: readonly BaseTool[]): Promise<DelegateResult> => {
  const meta = input.meta
  if (meta === undefined || before.toolResults.some(({ toolUseId }) => toolUseId === meta.toolUseId)) return before
  const tool = tools.find((each) => nameOf(each) === meta.toolName)
  const envelope: ToolEnvelope =
    tool === undefined || input.status === "failed" || input.status === "cancelled"
      ? { error: `Sub-workflow "${meta.toolName}" ${input.status === "cancelled" ? "canceled" : "failed"}.` }
      : await attempt(() => tool.complete(input))
  return summary([...before.toolResults, resultOf(meta, envelope)], Math.max(0, before.pendingCount - 1))
}

const nameOf = (tool: BaseTool): string => toolName(tool.constructor as AnyClass)
const isExclusive = (tool: BaseTool): boolean => metaOf(tool.constructor as AnyClass)?.exclusive === true
const short = (text: string): string => text.slice(0, 80)

const attempt = async (work: () => Promise<ToolEnvelope>): Promise<ToolEnvelope> => {
  try {
    return await work()
  } catch (error) {
    return { error: isSecretError(error) ? `${error.code}: ${error.message}` : "the tool failed" } // a foreign message may hold anything
  }
}

const failed = ({ id, name }: ToolCall, content: string): ToolCallResult => ({ toolUseId: id, toolName: short(name), content, isError: true })

const resultOf = ({ toolUseId, toolName: name }: CallMeta, { data, error }: ToolEnvelope): ToolCallResult => ({
  toolUseId, toolName: name, content: error ?? (data === undefined ? "" : JSON.stringify(data, null, 2)), isError: error !== undefined,
})

const summary = (toolResults: ToolCallResult[], pendingCount: number): DelegateResult => {
  const errorCount = toolResults.filter(({ isError }) => isError).length
  return { allCompleted: pendingCount === 0, toolResults, pendingCount, errorCount, hasErrors: errorCount > 0 }
}
