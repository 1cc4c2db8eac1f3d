import type { FastifyInstance } from "fastify"
import type { ZodTypeProvider } from "fastify-type-provider-zod"
import { pathOf, type Route } from "../api/route.ts"
import { routes, type RouteName } from "../api/routes.ts"
import type { Actor } from "../core/principal.ts"
import type { Call, Handlers, ServerParts } from "./call.ts"
import { formUrl } from "./form-url.ts"
import { createAccessHandlers } from "./handlers/access-handlers.ts"
import { createEnvironmentHandlers } from "./handlers/environment-handlers.ts"
import { createKeyringHandlers } from "./handlers/keyring-handlers.ts"
import { createRequestHandlers } from "./handlers/request-handlers.ts"
import { secretHandlers } from "./handlers/secret-handlers.ts"
import { createSystemHandlers } from "./handlers/system-handlers.ts"
import { createWorkflowHandlers } from "./handlers/workflow-handlers.ts"
import { createWorkspaceHandlers } from "./handlers/workspace-handlers.ts"

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route of the contract; absent for pages. */
    api?: Route
    /** Lets callers in without a credential and sees to it by itself. */
    isPage?: true
  }
}

/** Every route of the contract with the handler that answers it. */
export const mountRoutes = (app: FastifyInstance, parts: ServerParts, version: string): void => {
  const typed = app.withTypeProvider<ZodTypeProvider>()
  const handlers = handlersOf(parts, version)
  for (const [name, route] of Object.entries<Route>(routes)) {
    const handle = handlers[name as RouteName] as unknown as (call: Call<Route>) => Promise<unknown>
    typed.route({
      method: route.method,
      url: pathOf(route),
      config: { api: route },
      ...(route.bodyMaxBytes !== undefined && { bodyLimit: route.bodyMaxBytes }),
      schema: {
        ...(route.params && { params: route.params }),
        ...(route.query && { querystring: route.query }),
        ...(route.body && { body: route.body }),
      },
      handler: async (request, reply) => {
        const actor: Actor = request.actor ?? { principal: { kind: "service", id: "nobody", name: "nobody" }, grants: [] }
        const { params, query, body } = request as Pick<Call<Route>, "params" | "query" | "body">
        const answer = await handle({ ctx: { ...parts.ctx, actor }, params, query, body, request, reply })
        return answer === undefined ? reply : reply.code(route.status).send(answer)
      },
    })
  }
}

const handlersOf = (parts: ServerParts, version: string): Handlers<RouteName> => ({
  ...createSystemHandlers(parts, version),
  ...secretHandlers,
  ...createWorkspaceHandlers(parts),
  ...createKeyringHandlers(parts),
  ...createAccessHandlers(parts),
  ...createRequestHandlers((request, requestId) => formUrl(parts.settings, request, requestId)),
  ...createWorkflowHandlers(parts),
  ...createEnvironmentHandlers(parts),
})
