import type { IncomingMessage } from "node:http"
import { isSecretError } from "../../base/errors.ts"
import { decideHttp, type DecidedHttp } from "../../core/policy/decide-http.ts"
import type { HttpRule } from "../../core/policy/policy-shape.ts"
import { exchange, type ExchangeOptions } from "../../net/exchange.ts"
import { HTTP_LIMITS } from "./limits.ts"
import type { PreparedCall } from "./prepare-call.ts"

export interface Hop extends PreparedCall {
  decision: DecidedHttp
}

/** A call and its redirects. */
export interface Journey {
  answer: IncomingMessage
  /** The last one. */
  decision: DecidedHttp
  /** Every rule on the way gives bodies. */
  isShown: boolean
  warnings: string[]
}

export interface TravelOptions {
  prepare(decision: DecidedHttp): PreparedCall
  redirects: readonly HttpRule[]
  exchange: ExchangeOptions
}

/**
 * Sends a request and follows redirects of GET and HEAD within its origin, each decided anew. Any other answer is the last one: the
 * value goes nowhere that no rule names.
 */
export const travel = async (first: Hop, options: TravelOptions): Promise<Journey> => {
  let hop = first
  let isShown = true
  for (let followed = 0; ; followed++) {
    isShown &&= hop.decision.rule.response === "body"
    const answer = await exchange(hop.outgoing, options.exchange)
    const location = redirectOf(answer)
    const next = location === null || followed === HTTP_LIMITS.redirectsMax ? null : nextHop(hop, location, options)
    const warnings = location !== null && next === null ? ["A redirect was not followed"] : []
    if (next === null) return { answer, decision: hop.decision, isShown, warnings }
    answer.destroy()
    hop = next
  }
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

const redirectOf = ({ statusCode = 0, headers: { location } }: IncomingMessage): string | null =>
  REDIRECTS.has(statusCode) ? (location ?? null) : null

const nextHop = ({ decision }: Hop, location: string, { redirects, prepare }: TravelOptions): Hop | null => {
  if (decision.method !== "GET" && decision.method !== "HEAD") return null
  const url = URL.parse(location, decision.url.href)
  if (url === null || url.origin !== decision.url.origin) return null
  try {
    const next = decideHttp({ method: decision.method, url: url.href }, redirects)
    return { decision: next, ...prepare(next) }
  } catch (error) {
    if (isSecretError(error)) return null
    throw error
  }
}
