import type { Tools } from "./create-tools.ts"
import { jsonSchemaOf } from "./json-schema.ts"
import type { AgentTool } from "./tool.ts"

/** The two functions of the package `ai` that make a tool set. */
interface AiSdk<Schema, Tool> {
  jsonSchema(schema: never): Schema
  tool(definition: never): Tool
}

/**
 * The tools as a tool set of the AI SDK: `aiSdkTools(tools, { tool, jsonSchema })` with what the package `ai` exports, so that this
 * package does not depend on it. The SDK makes calls one by one: the rule between the calls of a turn is `dispatch`'s.
 */
export const aiSdkTools = <Schema, Tool>({ tools, call }: Tools, sdk: AiSdk<Schema, Tool>): Record<string, Tool> =>
  Object.fromEntries(tools.map((tool) => [tool.name, sdk.tool(definitionOf(tool, call, sdk) as never)]))

const definitionOf = ({ name, description, input }: AgentTool, call: Tools["call"], sdk: AiSdk<unknown, unknown>) => ({
  description,
  inputSchema: sdk.jsonSchema(jsonSchemaOf(input, "input") as never),
  execute: async (args: unknown, { abortSignal }: { abortSignal?: AbortSignal } = {}) => {
    const answer = await call(name, args, { ...(abortSignal && { signal: abortSignal }) })
    return answer.isError ? { error: answer.message } : answer.data
  },
})
