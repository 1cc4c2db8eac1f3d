import * as z from "zod/mini"
import { cancelRequest } from "../../core/requests/close-request.ts"
import { getRequest } from "../../core/requests/read-requests.ts"
import { RequestId } from "../../core/requests/request-shapes.ts"
import { REQUEST_STATUSES } from "../../core/requests/request-view.ts"
import { defineTool } from "../tool.ts"
import { RequestAnswer, requestAnswer } from "./request-answer.ts"

export const getSecretRequest = defineTool({
  name: "get_secret_request",
  title: "See how a request stands",
  description: "Tells how a request that you made stands: pending, provided, partial, declined, cancelled or expired, and which keys are there now.",
  input: z.strictObject({ requestId: RequestId }),
  output: RequestAnswer,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  exclusive: false,
  run: async ({ requestId }, { scope }) => requestAnswer(scope, await getRequest(scope.ctx, { requestId })),
})

export const cancelSecretRequest = defineTool({
  name: "cancel_secret_request",
  title: "Take a request back",
  description: "Takes back a request that you made and that nobody has answered.",
  input: z.strictObject({ requestId: RequestId }),
  output: z.strictObject({ status: z.enum(REQUEST_STATUSES) }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  exclusive: false,
  run: async ({ requestId }, { scope }) => ({ status: (await cancelRequest(scope.ctx, { requestId })).status }),
})
