import { redactedMarker, type Redacted } from "../../base/redacted.ts"
import { SecretError } from "../../base/errors.ts"
import { decideHttp, type DecidedHttp } from "../../core/policy/decide-http.ts"
import type { HttpRule } from "../../core/policy/policy-shape.ts"
import { adversaryValues } from "../../redact/adversary-values.ts"
import { createRedactor, type Redactor } from "../../redact/create-redactor.ts"
import { exchange, type Network, type RawAnswer } from "./exchange.ts"
import { placeSecret, type HttpOrder } from "./place-secret.ts"

export interface SecretToSend {
  key: string
  value: Redacted<string>
  /** The rules of its policy: a redirect is decided by them anew. */
  rules: readonly HttpRule[]
}

export interface HttpAnswer {
  status: number
  headers?: Record<string, string>
  body?: string
  /** Size of a body that is no text. */
  binaryBytes?: number
  truncated?: boolean
  /** Without its query. */
  finalUrl: string
  stripped: string[]
  /** How often the value was masked in what came back. */
  masked: number
}

interface SendOptions {
  network: Network
  timeoutMs: number
  maxBytes: number
  signal?: AbortSignal | undefined
}

const REDIRECTS_MAX = 5
const REDIRECT = [301, 302, 303, 307, 308]
/** Read beyond what is shown, and more than the longest form of a value: one at the cut is masked before it is cut. */
const OVERLAP_BYTES = 512 * 1024
/**
 * What is shown of an answer's headers. Set-Cookie would hand over a session, others repeat what was
 * sent, and a length or an etag would tell of a value in a body what its mask hides.
 */
const SHOWN_HEADERS = /^(?:content-type|content-language|last-modified|date|retry-after|link|location|x-request-id|x-ratelimit-[a-z-]+|ratelimit[a-z-]*)$/

/** Sends a request with a secret in the place that its rule names, and gives what may be seen of the answer. */
export const sendWithSecret = async (order: HttpOrder, secret: SecretToSend, options: SendOptions): Promise<HttpAnswer> => {
  const redactor = createRedactor(adversaryValues([{ name: secret.key, value: secret.value.reveal() }]), { reader: "adversary" })
  try {
    return await follow(order, secret, { ...options, redactor })
  } finally {
    redactor.dispose()
  }
}

const follow = async (order: HttpOrder, secret: SecretToSend, options: SendOptions & { redactor: Redactor }): Promise<HttpAnswer> => {
  let decided = decideHttp(order, secret.rules)
  let at = order
  for (let hop = 0; ; hop++) {
    const prepared = placeSecret(at, decided.url, decided.rule.place, secret.value.reveal())
    const { network, timeoutMs, signal } = options
    const raw = await exchange(prepared, network, { timeoutMs, signal, maxBytes: options.maxBytes + OVERLAP_BYTES })
    const next = redirectOf(at, decided, raw, secret.rules)
    if (next === null || hop === REDIRECTS_MAX) return shown(raw, { ...options, secret, rule: decided.rule, url: decided.url, stripped: prepared.stripped })
    ;({ decided, order: at } = next)
  }
}

/** Only a look at another path of the same origin, where the rules allow that too; anything else is the answer itself. */
const redirectOf = (order: HttpOrder, { url }: DecidedHttp, { status, headers }: RawAnswer, rules: readonly HttpRule[]): { decided: DecidedHttp; order: HttpOrder } | null => {
  const target = headers.location === undefined ? null : URL.parse(headers.location, url.href)
  if (!REDIRECT.includes(status) || !["GET", "HEAD"].includes(order.method) || target === null || target.origin !== url.origin) return null
  const { query: _wasSent, ...rest } = order
  const next = { ...rest, url: target.href }
  try {
    return { decided: decideHttp(next, rules), order: next }
  } catch (error) {
    if (error instanceof SecretError) return null
    throw error
  }
}

interface Showing extends SendOptions {
  redactor: Redactor
  secret: SecretToSend
  rule: HttpRule
  url: URL
  stripped: string[]
}

const shown = (raw: RawAnswer, { rule, redactor, maxBytes, secret, url, stripped }: Showing): HttpAnswer => {
  const facts = { status: raw.status, finalUrl: `${url.origin}${redactor.redact(url.pathname)}`, stripped }
  const headers = redactor.redactJson(Object.fromEntries(Object.entries(raw.headers).filter(([name]) => SHOWN_HEADERS.test(name)).map(([name, value]) => [name, withoutQuery(name, value)]))) as Record<string, string>
  const body = bodyOf(raw, redactor, maxBytes)
  const masked = JSON.stringify([redactor.redactJson(raw.headers), body.body ?? ""]).split(redactedMarker(secret.key)).length - 1
  return { ...facts, masked, ...(rule.response === "body" && { headers, ...body }) }
}

/** A redirect may carry in its query what was sent. */
const withoutQuery = (name: string, value: string): string => (name === "location" ? (value.split(/[?#]/)[0] as string) : value)

const bodyOf = ({ body, isCut }: RawAnswer, redactor: Redactor, maxBytes: number): Pick<HttpAnswer, "body" | "binaryBytes" | "truncated"> => {
  const masked = redactor.redact(body)
  if (masked.includes(0) || !isText(masked, isCut)) return { binaryBytes: body.length, truncated: isCut }
  // the end of what was read may be a part of the value, and what was masked before it may be shorter than it was
  const whole = isCut ? masked.subarray(0, Math.max(0, masked.length - OVERLAP_BYTES)) : masked
  const kept = whole.subarray(0, maxBytes)
  return { body: new TextDecoder().decode(kept), truncated: isCut || kept.length < whole.length }
}

const isText = (bytes: Uint8Array, isCut: boolean): boolean => {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut })
    return true
  } catch {
    return false
  }
}
