import * as z from "zod/mini"
import { createRequest } from "../../core/requests/create-request.ts"
import { getRequest } from "../../core/requests/read-requests.ts"
import { requestFields, RequestId } from "../../core/requests/request-shapes.ts"
import type { RequestView } from "../../core/requests/request-view.ts"
import { defineTool, type ToolRun } from "../tool.ts"
import { waitForRequest } from "../wait-for-request.ts"
import { RequestAnswer, requestAnswer } from "./request-answer.ts"

/** Below what clients wait for an answer. */
export const HOLD_MAX_MS = 25_000
const HOLD_DEFAULT_MS = 20_000

const ONLY_CALL = "It must be the only tool call of your turn."

const asking = () => {
  const { ttlMs: _persons, ...fields } = requestFields()
  return fields
}

export const requestSecrets = defineTool({
  name: "request_secrets",
  title: "Ask a person for secrets",
  description: `Asks the person, through a secure form that you cannot see, for secrets that are missing. You learn which keys were provided, never a value. Say in \`reason\` what they are for, and in \`use\` what you would like to do with them: the person decides. ${ONLY_CALL} It answers after some seconds, also when the person is not done: then \`status\` is pending, and get_secret_request tells later.`,
  input: z.strictObject({
    ...asking(),
    /** Go on waiting for this request instead of making one. */
    requestId: z.optional(RequestId),
    waitMs: z.optional(z.number("waitMs must be a number").check(z.refine((ms) => ms >= 0 && ms <= HOLD_MAX_MS, `waitMs is from 0 to ${HOLD_MAX_MS}`))),
  }),
  output: RequestAnswer,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  exclusive: true,
  run: async ({ requestId, waitMs = HOLD_DEFAULT_MS, ...asked }, run) => {
    const { ctx, workspace } = run.scope
    const made = requestId === undefined ? await createRequest(ctx, { namespace: workspace, ...asked }) : await getRequest(ctx, { requestId })
    if (made.status !== "pending" || made.requestId === undefined) return requestAnswer(run.scope, made)
    return requestAnswer(run.scope, await held(run, { ...made, requestId: made.requestId }, waitMs))
  },
})

const held = async ({ scope, signal, onPending }: ToolRun, made: RequestView, waitMs: number): Promise<RequestView> => {
  await onPending?.({ ...made, ...(scope.formUrl && { url: scope.formUrl(made.requestId) }) })
  return waitForRequest(scope.ctx, made.requestId, { waitMs, signal })
}

export const requestSecretsTask = defineTool({
  name: "request_secrets_task",
  title: "Ask a person for secrets, without waiting",
  description: `Asks the person like request_secrets and answers at once; get_secret_request tells when they are done. ${ONLY_CALL}`,
  input: z.strictObject(asking()),
  output: z.strictObject({ ...RequestAnswer.shape, pollAfterMs: z.optional(z.number()) }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  exclusive: true,
  run: async (asked, run) => {
    const { ctx, workspace } = run.scope
    const made = await createRequest(ctx, { namespace: workspace, ...asked })
    return { ...requestAnswer(run.scope, made), ...(made.status === "pending" && { pollAfterMs: 5_000 }) }
  },
})
