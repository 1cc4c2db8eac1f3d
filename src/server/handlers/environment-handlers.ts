import type { environmentRoutes } from "../../api/environment-routes.ts"
import { enrollEnvironment } from "../../core/environments/enroll.ts"
import { addEnvironment, environmentStatus, listEnvironments, removeEnvironment } from "../../core/environments/manage-environments.ts"
import { answerPoll, takeReply } from "../../core/environments/poll.ts"
import { syncEnvironment } from "../../core/environments/sync.ts"
import type { Handlers, ServerParts } from "../call.ts"

/** Sandboxes are answered as the store: their signatures are looked at, not who they say they are. */
export const createEnvironmentHandlers = ({ ctx: own }: Pick<ServerParts, "ctx">): Handlers<keyof typeof environmentRoutes> => ({
  addEnvironment: ({ ctx, params, body }) => addEnvironment(ctx, { namespace: params.w, ...body }),
  listEnvironments: ({ ctx, params }) => listEnvironments(ctx, { namespace: params.w }),
  environmentStatus: ({ ctx, params }) => environmentStatus(ctx, { namespace: params.w, name: params.name }),
  removeEnvironment: ({ ctx, params, query }) => removeEnvironment(ctx, { namespace: params.w, name: params.name, force: query.force === "true" }),
  enrollEnvironment: async ({ ctx, params }) => {
    const { token, expiresAt } = await enrollEnvironment(ctx, { namespace: params.w, name: params.name })
    return { token: token.reveal(), expiresAt }
  },
  syncEnvironment: ({ ctx, params, body }) => syncEnvironment(ctx, { namespace: params.w, name: params.name, ...body }),
  pollSandbox: ({ params, body, reply }) => answerPoll(own, params.id, body, goneSignal(reply.raw)),
  replySandbox: async ({ params, body }) => {
    const { kind, id = "", statement } = body
    await takeReply(own, params.id, kind === "command" ? { kind, id, statement } : { kind, statement })
    return { isTaken: true }
  },
})

/** Aborted when the caller has gone. */
const goneSignal = (response: { once(event: "close", listener: () => void): unknown }): AbortSignal => {
  const gone = new AbortController()
  response.once("close", () => gone.abort())
  return gone.signal
}
