import * as z from "zod/mini"
import type { UseAnswer } from "../../core/policy/use-secrets.ts"
import type { RequestView } from "../../core/requests/request-view.ts"
import type { AgentScope, ToolRun } from "../tool.ts"
import { waitForRequest } from "../wait-for-request.ts"

/**
 * What a tool answers when it is done, or that a person has to allow the call first. One object whose parts may be absent:
 * clients take no other shape for structured content.
 */
export const answerOr = <Shape extends Record<string, z.ZodMiniType>>(done: Shape) =>
  z.strictObject({
    status: z.enum(["done", "pending", "declined"]),
    requestId: z.optional(z.string()),
    url: z.optional(z.string()),
    note: z.optional(z.string()),
    ...(Object.fromEntries(Object.entries(done).map(([name, schema]) => [name, z.optional(schema)])) as { [Name in keyof Shape]: z.ZodMiniOptional<Shape[Name]> }),
  })

interface ApprovalAnswer {
  status: "pending" | "declined"
  requestId: string
  url?: string
  note: string
}

const HOLD_MS = 20_000

/** Asks, waits a while for the person, and asks again: a second look that is granted spends their approval. */
export const heldApproval = async <Rule>(
  { scope, signal }: ToolRun,
  ask: () => Promise<UseAnswer<Rule>>,
): Promise<{ status: "granted"; secrets: Extract<UseAnswer<Rule>, { status: "granted" }>["secrets"] } | { status: "asked"; request: RequestView }> => {
  const first = await ask()
  if (first.status === "granted") return first
  const request = await waitForRequest(scope.ctx, first.request.requestId, { waitMs: scope.holdMs ?? HOLD_MS, signal })
  if (request.status !== "provided") return { status: "asked", request }
  const second = await ask()
  return second.status === "granted" ? second : { status: "asked", request: second.request }
}

export const approvalAnswer = ({ formUrl }: AgentScope, { requestId, status }: RequestView): ApprovalAnswer => {
  if (status !== "pending" && status !== "provided") return { status: "declined", requestId, note: "The person did not allow this call. Do not make it again unless they ask you to." }
  const how = `\`sotto requests answer ${requestId}\` in their own terminal`
  return {
    status: "pending",
    requestId,
    ...(formUrl && { url: formUrl(requestId) }),
    note: `A person has to allow this call: ${formUrl === undefined ? `tell them to run ${how}` : `show them the url, or tell them to run ${how}`}. Then make the same call again.`,
  }
}
