import * as z from "zod/mini"
import { isSecretError, type SecretErrorCode } from "../base/errors.ts"
import { randomBase62 } from "../core/access/base62.ts"
import { parseArgs } from "../core/use-case.ts"
import { adversaryValues } from "../redact/adversary-values.ts"
import { createRedactor } from "../redact/create-redactor.ts"
import type { AgentScope, AgentTool, ToolCall, ToolRun } from "./tool.ts"

/** What a model gets: data of the tool's output shape, or a failure in words that are safe for it. */
export type ToolAnswer = { isError: false; data: object } | { isError: true; message: string; code: SecretErrorCode }

/**
 * The one way from a tool to a model. Arguments are checked here, with words that repeat nothing of them; what is answered is cut
 * down to the tool's output shape and searched for every value that the call used; what is thrown is told by its code alone
 * where it is not ours.
 */
export const callTool = async (tool: AgentTool, args: unknown, scope: AgentScope, call: ToolCall = {}): Promise<ToolAnswer> => {
  const run: ToolRun = { ...call, scope, used: [] }
  try {
    const checked = parseArgs(tool.input, args ?? {})
    const answer = await tool.run(checked as never, run)
    return { isError: false, data: redacted(run, z.parse(tool.output, answer)) as object }
  } catch (error) {
    return failure(run, error)
  }
}

const redacted = ({ used }: ToolRun, data: unknown): unknown => {
  if (used.length === 0) return data
  const redactor = createRedactor(adversaryValues(used), { reader: "adversary" })
  try {
    return redactor.redactJson(data)
  } finally {
    redactor.dispose()
  }
}

const failure = (run: ToolRun, error: unknown): ToolAnswer => {
  if (isSecretError(error) && error.code !== "internal") {
    const text = error.help === undefined ? error.message : `${error.message}. ${error.help}`
    return { isError: true, code: error.code, message: redacted(run, `${error.code}: ${text}`) as string }
  }
  const reference = randomBase62(run.scope.ctx.randomBytes, 8)
  run.scope.onFailure?.(reference, error)
  return { isError: true, code: "internal", message: `internal: the tool failed (reference ${reference})` }
}
