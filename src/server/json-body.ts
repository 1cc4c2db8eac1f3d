import type { FastifyInstance } from "fastify"

/** Bodies are JSON and nothing else: what a form of another site can send is refused by its type. Nothing counts as no body. */
export const acceptJsonOnly = (app: FastifyInstance): void => {
  const parse = app.getDefaultJsonParser("error", "error")
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, text, done) => {
    if (text === "") done(null, undefined)
    else void parse(request, String(text), done)
  })
}
