import type { FastifyBaseLogger, FastifyReply, FastifyRequest, FastifyServerOptions } from "fastify"
import { isSecretError } from "../base/errors.ts"
import type { LogSettings } from "./settings.ts"

/**
 * What may stand in the log: method, route pattern, status, times, ids. Headers, bodies, queries and the text of errors that
 * are not ours may hold values and never do.
 */
export const loggerOptions = ({ level, destination }: LogSettings): FastifyServerOptions["logger"] => ({
  level,
  base: null,
  serializers: { req: () => ({}), res: () => ({}), err: describeError },
  ...(destination && { stream: destination }),
})

interface LoggedError {
  type: string
  message: string
  stack: string
  code?: string
}

/** Codes, class and places; the message only where it is ours. The first line of a foreign stack repeats its message. */
export const describeError = (error: unknown): LoggedError & Record<string, unknown> => {
  if (!(error instanceof Error)) return { type: typeof error, message: "", stack: "" }
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line))
  const stack = frames.slice(0, 12).join("\n")
  const type = error.constructor.name
  return isSecretError(error) ? { type, code: error.code, message: error.message, stack } : { type, message: "", stack, ...codeOf(error) }
}

const codeOf = (error: Error): { code?: string } => {
  const { code } = error as { code?: unknown }
  return typeof code === "string" && /^[A-Z0-9_]{1,64}$/.test(code) ? { code } : {}
}

/** One line for each request. */
export const logRequest = (log: FastifyBaseLogger, request: FastifyRequest, reply: FastifyReply): void => {
  log.info(
    {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
      address: request.ip,
      ...(request.actor && { principal: request.actor.principal.id }),
      ...(request.boxHolder !== "" && { principal: request.boxHolder }),
    },
    "request",
  )
}
