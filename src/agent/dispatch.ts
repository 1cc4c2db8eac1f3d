import type { ToolAnswer } from "./guard.ts"
import type { AgentTool } from "./tool.ts"

/** A call as a chat API gives it; `args` as an object or as the JSON text of one. */
export interface ModelCall {
  id: string
  name: string
  args: unknown
}

/** What goes back to the model. */
export interface ModelResult {
  id: string
  isError: boolean
  /** JSON of the data, or a sentence. */
  content: string
}

/**
 * The calls of one turn. A call that must be alone is refused beside others, and they are not: nothing is asked of a person
 * while something else happens. A tool that was not offered is refused.
 */
export const dispatchCalls = (
  tools: readonly AgentTool[],
  calls: readonly ModelCall[],
  call: (name: string, args: unknown) => Promise<ToolAnswer>,
): Promise<ModelResult[]> => {
  const isExclusive = (name: string): boolean => tools.find((tool) => tool.name === name)?.exclusive === true
  return Promise.all(
    calls.map(async ({ id, name, args }): Promise<ModelResult> => {
      if (calls.length > 1 && isExclusive(name)) return { id, isError: true, content: ALONE(name) }
      const parsed = typeof args === "string" ? parseJson(args) : args
      if (parsed === undefined) return { id, isError: true, content: "invalid_argument: the arguments are not JSON" }
      const answer = await call(name, parsed)
      return { id, isError: answer.isError, content: answer.isError ? answer.message : JSON.stringify(answer.data) }
    }),
  )
}

const ALONE = (name: string): string => `invalid_argument: ${name} asks a person, so it must be the only tool call of a turn. It was not made. Call it again alone.`

const parseJson = (text: string): unknown => {
  try {
    return text === "" ? {} : JSON.parse(text)
  } catch {
    return undefined
  }
}
