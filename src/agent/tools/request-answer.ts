import * as z from "zod/mini"
import { REQUEST_STATUSES, type RequestView } from "../../core/requests/request-view.ts"
import type { AgentScope } from "../tool.ts"

const names = z.array(z.string())

/** How a request stands, for a model. */
export const RequestAnswer = z.strictObject({
  status: z.enum(REQUEST_STATUSES),
  requestId: z.optional(z.string()),
  provided: names,
  missing: names,
  declined: names,
  /** Give it to the person as it is; you cannot open it. */
  url: z.optional(z.string()),
  expiresAt: z.optional(z.string()),
  note: z.optional(z.string()),
})

export type RequestAnswer = z.output<typeof RequestAnswer>

type Seen = Omit<RequestView, "requestId"> & { requestId?: string }

export const requestAnswer = ({ formUrl }: AgentScope, { status, requestId, provided, missing, declined, expiresAt }: Seen): RequestAnswer => {
  const isOpen = status === "pending" && requestId !== undefined
  return {
    status,
    ...(requestId !== undefined && { requestId }),
    provided,
    missing,
    declined,
    ...(isOpen && { expiresAt: new Date(expiresAt).toISOString(), note: pendingNote(formUrl !== undefined, requestId) }),
    ...(isOpen && formUrl !== undefined && { url: formUrl(requestId) }),
  }
}

const pendingNote = (hasForm: boolean, requestId: string): string =>
  hasForm
    ? `Show the person the url, and tell them to run \`sotto requests code ${requestId}\` in their own terminal for the code that it asks for. Then call get_secret_request. Never ask for a value in the conversation.`
    : `Tell the person to run \`sotto requests answer ${requestId}\` in their own terminal. Then call get_secret_request. Never ask for a value in the conversation.`
