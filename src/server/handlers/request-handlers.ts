import type { FastifyRequest } from "fastify"
import type { requestRoutes } from "../../api/request-routes.ts"
import { agentRules, setAgentRules } from "../../core/policy/agent-rules.ts"
import { allowUse, setPolicy, showPolicy } from "../../core/policy/set-policy.ts"
import { answerRequest } from "../../core/requests/answer-request.ts"
import { cancelRequest, declineRequest } from "../../core/requests/close-request.ts"
import { createRequest } from "../../core/requests/create-request.ts"
import { createPairingCode } from "../../core/requests/pairing-code.ts"
import { getRequest, listRequests } from "../../core/requests/read-requests.ts"
import type { RequestView } from "../../core/requests/request-view.ts"
import type { Handlers } from "../call.ts"

/** Where the form of a request is, for whoever sent this one; undefined where there is none. */
type FormUrl = (request: FastifyRequest, requestId: string) => string | undefined

export const createRequestHandlers = (formUrlOf: FormUrl): Handlers<keyof typeof requestRoutes> => {
  const withUrl = <View extends Pick<RequestView, "status"> & { requestId?: string }>(view: View, request: FastifyRequest): View & { url?: string } => {
    const url = view.status === "pending" && view.requestId !== undefined ? formUrlOf(request, view.requestId) : undefined
    return url === undefined ? view : { ...view, url }
  }
  return {
    createRequest: async ({ ctx, params, body, request }) => withUrl(await createRequest(ctx, { namespace: params.w, ...body }), request),
    listRequests: async ({ ctx, params, query, request }) => {
      const found = await listRequests(ctx, { namespace: params.w, all: query.all === "true" })
      return found.map((view) => withUrl(view, request))
    },
    getRequest: async ({ ctx, params, request }) => withUrl(await getRequest(ctx, { requestId: params.id }), request),
    cancelRequest: ({ ctx, params }) => cancelRequest(ctx, { requestId: params.id }),
    answerRequest: ({ ctx, params, body }) => answerRequest(ctx, { requestId: params.id, ...body }),
    declineRequest: ({ ctx, params }) => declineRequest(ctx, { requestId: params.id }),
    createPairingCode: async ({ ctx, params }) => {
      const { code, expiresAt } = await createPairingCode(ctx, { requestId: params.id })
      return { code: code.reveal(), expiresAt }
    },
    showPolicy: ({ ctx, params }) => showPolicy(ctx, { namespace: params.w, name: params.ref }),
    setPolicy: ({ ctx, params, body }) => setPolicy(ctx, { namespace: params.w, name: params.ref, policy: body.policy }),
    allowUse: ({ ctx, params, body }) => allowUse(ctx, { namespace: params.w, name: params.ref, ...body }),
    agentRules: ({ ctx, params }) => agentRules(ctx, { namespace: params.w }),
    setAgentRules: ({ ctx, params, body }) => setAgentRules(ctx, { namespace: params.w, rules: body }),
  }
}
