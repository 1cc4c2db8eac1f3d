import type { FastifyInstance } from "fastify"
import { SecretError } from "../base/errors.ts"
import { hasMoreParts } from "../base/json-parts.ts"

/** Bodies are JSON and nothing else: what a form of another site can send is refused by its type. Nothing counts as no body. */
export const acceptJsonOnly = (app: FastifyInstance): void => {
  const parse = app.getDefaultJsonParser("error", "error")
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, text, done) => {
    const { bodyMaxParts = Number.POSITIVE_INFINITY } = request.routeOptions.config.api ?? {}
    if (text === "") done(null, undefined)
    else if (hasMoreParts(String(text), bodyMaxParts)) done(new SecretError("payload_too_large"))
    else void parse(request, String(text), done)
  })
}
