import { SecretError } from "../../base/errors.ts"
import type { DecidedHttp } from "../../core/policy/decide-http.ts"
import type { HttpRule } from "../../core/policy/policy-shape.ts"
import { isPublicAddress, type Network, resolveHost, systemLookup } from "../../net/addresses.ts"
import type { CallSecret, StrippedCredential } from "./credentials.ts"
import { callFailure } from "./failures.ts"
import { HTTP_LIMITS } from "./limits.ts"
import { createMask, type Mask } from "./mask.ts"
import { type CallerContent, prepareCall } from "./prepare-call.ts"
import { readBody } from "./read-body.ts"
import { showBody } from "./shown-body.ts"
import { showHeaders } from "./shown-headers.ts"
import { type Journey, travel } from "./travel.ts"

export interface HttpCall extends CallerContent {
  /** 30,000 unless it says otherwise, at most 120,000. */
  timeoutMs?: number | undefined
  /** Of the body that is given back. 262,144 unless it says otherwise, at most 4,194,304. */
  maxBytes?: number | undefined
  /** Ends the call and its connection. */
  signal?: AbortSignal | undefined
}

/** The network is this machine's, and of it the public internet. */
export interface HttpDeps extends Partial<Network> {
  /** What redirects are decided by, each anew. Without them none is followed. */
  redirects?: readonly HttpRule[]
  /** For the log: hears once of everything that was not sent. */
  onStripped?: (stripped: readonly StrippedCredential[]) => void
}

/** What came back. Only `masked` is not for a model. */
export interface HttpAnswer {
  status: number
  /** Without its query. */
  finalUrl: string
  /** The rest is there where the rule gives bodies. */
  headers?: Record<string, string>
  /** Null where it is no text. */
  body?: string | null
  /** Of a body that is not shown. */
  bytes?: number
  truncated?: boolean
  /** What was done otherwise than it was asked. */
  warnings: string[]
  /** How often the value stood in the answer. */
  masked: number
}

/**
 * Makes a decided call with a secret in the place that its rule names, and gives back what a model may see: no value in any of
 * the forms that are looked for. The value goes to the decided host alone, at an address that was checked.
 * @throws SecretError `invalid_argument`, `forbidden`, `payload_too_large`, `server_unreachable`, `aborted`
 */
export const sendWithSecret = async (decision: DecidedHttp, secret: CallSecret, call: HttpCall, deps: HttpDeps = {}): Promise<HttpAnswer> => {
  const { lookup = systemLookup, isAllowed = isPublicAddress, ca, redirects = [] } = deps
  const timeoutMs = within(call.timeoutMs, "timeoutMs", { byDefault: HTTP_LIMITS.timeoutDefaultMs, max: HTTP_LIMITS.timeoutMaxMs })
  const maxBytes = within(call.maxBytes, "maxBytes", { byDefault: HTTP_LIMITS.answerDefaultBytes, max: HTTP_LIMITS.answerMaxBytes })
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal])
  const mask = createMask(secret, [decision.rule, ...redirects].map(({ place }) => place))
  try {
    const first = { decision, ...prepareCall(decision, secret, call) }
    if (first.stripped.length > 0) deps.onStripped?.(first.stripped)
    const addresses = await untilAborted(resolveHost(first.outgoing.url.hostname, { lookup, isAllowed }), signal)
    const journey = await travel(first, { prepare: (next) => prepareCall(next, secret, { headers: call.headers }), redirects, exchange: { addresses, ca, signal } })
    return { ...(await showAnswer(journey, mask, maxBytes)), warnings: [...warningsOf(first.stripped), ...journey.warnings], masked: mask.hits }
  } catch (error) {
    throw callFailure(error, { host: decision.url.host, signal: call.signal, timeout, timeoutMs })
  } finally {
    mask.dispose()
  }
}

const warningsOf = (stripped: readonly StrippedCredential[]): string[] => {
  const names = stripped.map(({ in: place, name }) => (place === "query" ? `?${name}` : name))
  return names.length === 0 ? [] : [`Not sent, because connection and credential are Sotto's here: ${[...new Set(names)].join(", ")}`]
}

const showAnswer = async ({ answer, decision, isShown }: Journey, mask: Mask, maxBytes: number): Promise<Omit<HttpAnswer, "warnings" | "masked">> => {
  const status = answer.statusCode ?? 0
  const finalUrl = mask.body(`${decision.url.origin}${decision.url.pathname}`)
  if (!isShown) {
    answer.destroy()
    return { status, finalUrl }
  }
  const body = showBody(await readBody(answer, maxBytes + mask.tailBytes), mask, maxBytes)
  return { status, headers: showHeaders(answer, mask), ...body, finalUrl }
}

const within = (given: number | undefined, name: string, { byDefault, max }: { byDefault: number; max: number }): number => {
  if (given === undefined) return byDefault
  if (!Number.isSafeInteger(given) || given < 1 || given > max) throw new SecretError("invalid_argument", `${name} must be a whole number from 1 to ${max}`)
  return given
}

const untilAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener("abort", stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop))
  })
