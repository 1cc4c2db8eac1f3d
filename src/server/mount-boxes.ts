import cors from "@fastify/cors"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { isSecretError, SecretError } from "../base/errors.ts"
import { createHostGuard } from "./host-guard.ts"
import type { Draining } from "./draining.ts"
import { errorReply } from "./error-reply.ts"
import type { Limits } from "./limits.ts"
import type { ServerSettings } from "./settings.ts"

/** What serves boxes. Joined from outside: this part knows nothing of their protocol but that each route is a POST of JSON. */
export interface BoxEndpoint {
  readonly routes: readonly string[]
  readonly bodyMaxBytes: number
  answer(request: {
    route: string
    /** Empty for a body that is not JSON by its type. */
    text: string
    binding: string | undefined
    admit: (principalId: string) => Promise<void>
  }): Promise<{ status: number; text: string; headers: Readonly<Record<string, string>> }>
}

export const BOXES_PATH = "/boxes"

const BINDING_HEADER = "x-sotto-box"
const REPLY_HEADER = "x-sotto-box-reply"
const PREFLIGHT_SECONDS = 600

interface BoxParts {
  endpoint: BoxEndpoint
  settings: ServerSettings
  limits: Limits
  draining: Draining
}

/**
 * Boxes under their own path, with their own answers: every error is `{"error": text}`. Nobody is let in by a cookie or a token,
 * so pages of other sites may call where the operator names them.
 */
export const mountBoxes = (app: FastifyInstance, { endpoint, settings, limits, draining }: BoxParts): void => {
  void app.register(
    async (boxes) => {
      const origins = settings.boxes.origins
      if (origins.length > 0) await boxes.register(cors, corsOptions(origins))
      const guard = createHostGuard(settings, origins)
      boxes.addHook("onRequest", async (request, reply) => {
        void reply.headers({ "x-request-id": request.id, "cache-control": "no-store", "x-content-type-options": "nosniff" }) // what helmet sets besides is for pages
        if (draining.isStopping) throw new SecretError("aborted", "the server is stopping")
        draining.enter(reply)
        guard(request)
        await limits.byAddress(request, reply)
      })
      takeJson(boxes)
      boxes.setErrorHandler((error, request, reply) => answerError(error, request, reply))
      boxes.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "There is no such route!" }))
      for (const route of endpoint.routes) {
        const path = `${BOXES_PATH}/${route}`
        boxes.post(`/${route}`, { bodyLimit: endpoint.bodyMaxBytes, helmet: false }, async (request, reply) => {
          if (request.url !== path) return reply.callNotFound() // another spelling of it, or with a query that nothing signs
          const { status, text, headers } = await endpoint.answer({
            route,
            text: typeof request.body === "string" ? request.body : "",
            binding: headerOf(request, BINDING_HEADER),
            admit: async (id) => {
              request.boxHolder = id
              await limits.byBoxHolder(request, reply)
            },
          })
          return reply.code(status).headers(headers).type("application/json; charset=utf-8").send(text)
        })
      }
    },
    { prefix: BOXES_PATH },
  )
}

const corsOptions = (origins: readonly string[]) => ({
  origin: origins.includes("*") ? "*" : [...origins],
  methods: ["POST"],
  allowedHeaders: ["content-type", BINDING_HEADER],
  exposedHeaders: [REPLY_HEADER],
  strictPreflight: false,
  maxAge: PREFLIGHT_SECONDS,
})

const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name]
  return typeof value === "string" ? value : undefined
}

/** JSON as text, for its exact bytes are signed; everything else is as good as nothing. */
const takeJson = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) => done(null, text))
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, _bytes, done) => done(null, undefined))
}

const answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const { statusCode, message } = errorReply(error)
  if (statusCode >= 500) request.log.error({ err: error, requestId: request.id }, "a request to a box failed")
  const text = statusCode === 500 && !isSecretError(error) ? "The server failed." : message.join("; ")
  return reply.code(statusCode).send({ error: text })
}
