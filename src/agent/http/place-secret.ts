import { SecretError } from "../../base/errors.ts"
import type { Placement } from "../../core/policy/policy-shape.ts"

/** What an agent asks to be sent. */
export interface HttpOrder {
  method: string
  url: string
  headers?: Record<string, string> | undefined
  query?: Record<string, string> | undefined
  body?: unknown
}

/** What is sent. */
export interface PreparedRequest {
  method: string
  url: URL
  headers: Record<string, string>
  body: string | null
  /** Names of what the caller brought and is not sent. */
  stripped: string[]
}

const BODY_MAX_BYTES = 1024 * 1024
/** RFC 9110 §7.6.1, and what a connection is framed by. */
const NEVER_SENT = ["host", "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "content-length", "expect", "accept-encoding"]
/** A caller's own credential on a host of ours could carry data out under somebody else's account. */
const CREDENTIAL_HEADER = /^(?:authorization|proxy-.*|cookie2?|.*(?:api[-_]?key|apikey|token|secret|auth|credential|session|password|signature).*)$/i
const CREDENTIAL_PARAMETER = /^(?:.*(?:api[-_]?key|apikey|token|secret|auth|credential|session|password|signature).*|key|sig)$/i

/** The value in its place, and nothing else that could stand for a credential. @throws SecretError `invalid_argument` */
export const placeSecret = (order: HttpOrder, url: URL, place: Placement, value: string): PreparedRequest => {
  const stripped: string[] = []
  const target = new URL(url)
  target.hash = ""
  const headers = ownHeaders(order.headers ?? {}, place, stripped)
  placeParameters(target, order.query ?? {}, { place, value, stripped })
  const body = bodyOf(order, { place, value, headers })
  if (place.in === "header") headers[place.name.toLowerCase()] = headerValue((place.template ?? "{value}").replace("{value}", () => value))
  if (place.in === "basic") headers.authorization = `Basic ${Buffer.from(`${place.user}:${value}`).toString("base64")}`
  return { method: order.method, url: target, headers: { ...headers, "accept-encoding": "identity" }, body, stripped }
}

const ownHeaders = (given: Record<string, string>, place: Placement, stripped: string[]): Record<string, string> => {
  const headers: Record<string, string> = { "user-agent": "sotto" }
  for (const [name, text] of Object.entries(given)) {
    const key = name.toLowerCase()
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(key)) throw new SecretError("invalid_argument", "a header is not named as headers are")
    const isOwned = place.in === "header" && key === place.name.toLowerCase()
    if (isOwned || NEVER_SENT.includes(key) || CREDENTIAL_HEADER.test(key)) stripped.push(key)
    else headers[key] = headerValue(text)
  }
  return headers
}

/** RFC 9110 §5.5. A line break would begin another header. */
const headerValue = (text: string): string => {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) throw new SecretError("invalid_argument", "a header cannot hold line breaks, control characters or letters beyond Latin-1")
  return text
}

const placeParameters = (url: URL, query: Record<string, string>, { place, value, stripped }: { place: Placement; value: string; stripped: string[] }): void => {
  const isOwned = (name: string): boolean => (place.in === "query" && name.toLowerCase() === place.name.toLowerCase()) || CREDENTIAL_PARAMETER.test(name)
  const kept = new URLSearchParams()
  for (const [name, text] of [...url.searchParams, ...Object.entries(query)]) {
    if (isOwned(name)) stripped.push(`?${name}`)
    else kept.append(name, text)
  }
  if (place.in === "query") kept.append(place.name, value)
  url.search = kept.toString()
}

const bodyOf = ({ method, body }: HttpOrder, { place, value, headers }: { place: Placement; value: string; headers: Record<string, string> }): string | null => {
  if (body === undefined || body === null) {
    if (place.in === "json") throw new SecretError("invalid_argument", "the secret goes into a JSON body, and there is none")
    return null
  }
  if (method === "GET" || method === "HEAD") throw new SecretError("invalid_argument", `${method} has no body`)
  const text = typeof body === "string" ? body : JSON.stringify(body)
  const placed = place.in === "json" ? JSON.stringify(withPointer(parseJson(text), place.pointer, value)) : text
  if (Buffer.byteLength(placed) > BODY_MAX_BYTES) throw new SecretError("payload_too_large", `a body is at most ${BODY_MAX_BYTES} bytes`)
  if (typeof body !== "string" || place.in === "json") headers["content-type"] ??= "application/json"
  return placed
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new SecretError("invalid_argument", "the secret goes into a JSON body, and this is none")
  }
}

/** RFC 6901 §4. Objects alone, and no step that is not there: a body is not built around a secret. */
const withPointer = (root: unknown, pointer: string, value: string): unknown => {
  const steps = pointer.slice(1).split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
  const last = steps.pop() as string
  let at: unknown = root
  for (const step of steps) at = isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined
  if (!isObject(at) || last === "__proto__") throw new SecretError("invalid_argument", "the JSON body has no object where the secret goes")
  at[last] = value
  return root
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value)
