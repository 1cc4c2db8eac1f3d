import * as z from "zod/mini"
import type { AgentTool } from "./tool.ts"

/** A tool for a chat API: JSON Schema (draft 2020-12) of its arguments. */
export interface ToolSchema {
  name: string
  description: string
  parameters: Record<string, unknown>
}

/** For any chat API that takes tools as JSON Schema; `dispatch` makes the calls that come back. */
export const toolSchemas = (tools: readonly AgentTool[]): ToolSchema[] =>
  tools.map(({ name, description, input }) => ({ name, description, parameters: jsonSchemaOf(input, "input") }))

export const jsonSchemaOf = (schema: z.ZodMiniType, io: "input" | "output"): Record<string, unknown> => {
  const { $schema: _, ...printed } = z.toJSONSchema(schema, { target: "draft-2020-12", io, unrepresentable: "any" }) as Record<string, unknown>
  return printed
}
