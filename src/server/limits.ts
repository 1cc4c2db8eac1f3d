import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { SecretError } from "../base/errors.ts"

/** Counts a request against a limit. @throws SecretError `rate_limited`, with Retry-After on the reply */
export type Limit = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

export interface Limits {
  byAddress: Limit
  byPrincipal: Limit
  byBoxHolder: Limit
  signIns: Limit
}

const MINUTE_MS = 60_000
const SIGN_INS_PER_MINUTE = 20

/** `app` has the rate-limit plugin. Each process counts for itself. */
export const createLimits = (app: FastifyInstance, requestsPerMinute: number | null): Limits => {
  const limit = (max: number | null, keyOf: (request: FastifyRequest) => string): Limit => {
    if (max === null) return async () => undefined
    const count = app.createRateLimit({ max, timeWindow: MINUTE_MS, keyGenerator: keyOf })
    return async (request, reply) => {
      const state = await count(request)
      if (state.isAllowed || !state.isExceeded) return
      reply.header("retry-after", state.ttlInSeconds)
      throw new SecretError("rate_limited")
    }
  }
  return {
    byAddress: limit(requestsPerMinute, (request) => `address ${request.ip}`),
    byPrincipal: limit(requestsPerMinute, (request) => `principal ${request.actor?.principal.id ?? ""}`),
    byBoxHolder: limit(requestsPerMinute, (request) => request.boxHolder),
    signIns: limit(SIGN_INS_PER_MINUTE, (request) => `sign-in ${request.ip}`),
  }
}
