import { utf8 } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import type { Redacted } from "../../base/redacted.ts"
import type { HttpDecision } from "../../core/policy/decide-http.ts"
import type { Placement } from "../../core/policy/policy-shape.ts"
import { assertBody, bodyJson, bodyText, type CallerBody } from "./caller-body.ts"
import { isFieldValue, readCallerHeaders } from "./caller-headers.ts"
import { assertNoMethodOverride, stripQuery } from "./caller-query.ts"
import { foldCase, headerId, isCredentialHeader, isCredentialParameter } from "./credential-names.ts"
import type { Outgoing } from "./exchange.ts"
import { putAtPointer } from "./json-pointer.ts"

/** A secret on its way to the one place that its rule names. */
export interface CallSecret {
  key: string
  value: Redacted<string>
}

/** A credential of the caller's own that was not sent. */
export interface StrippedCredential {
  in: "header" | "query" | "body"
  /** Of the header or parameter, or the pointer; never what it held. */
  name: string
}

export interface CallerContent {
  headers?: Readonly<Record<string, string>> | undefined
  body?: CallerBody | undefined
}

export interface PreparedCall {
  outgoing: Outgoing
  stripped: StrippedCredential[]
}

/**
 * The request of a decided call: what the caller gave, without credentials of their own, and the value in its place. Nothing
 * is looked up or connected to.
 * @throws SecretError `invalid_argument`, `forbidden`, `payload_too_large`
 */
export const prepareCall = ({ rule, method, url: address }: HttpDecision, secret: CallSecret, { headers: given = {}, body }: CallerContent): PreparedCall => {
  const { place } = rule
  const stripped: StrippedCredential[] = []
  const headers = readCallerHeaders(given)
  for (const name of headers.keys()) if (isOwnedHeader(place, headerId(name))) stripped.push({ in: "header", name })
  for (const { name } of stripped) headers.delete(name)
  const url = new URL(address)
  assertNoMethodOverride(url.search)
  const { search, names } = stripQuery(url.search, (name) => isCredentialParameter(name) || (place.in === "query" && foldCase(name) === foldCase(place.name)))
  for (const name of names) stripped.push({ in: "query", name })
  url.search = search
  const text = placedBody(method, { place, secret, body, headers, stripped })
  if (place.in === "query") url.search = `${search === "" ? "?" : `${search}&`}${encodeURIComponent(place.name)}=${encodeURIComponent(secret.value.reveal())}`
  const credential = headerOf(place, secret)
  return { outgoing: { method, url, headers: { ...defaultHeaders(headers, text), ...credential }, body: text === null ? null : utf8(text) }, stripped }
}

/** Both of them: a rule for one header leaves no other way to prove who somebody is. */
const isOwnedHeader = (place: Placement, id: string): boolean => isCredentialHeader(id) || (place.in === "header" && headerId(place.name) === id)

const defaultHeaders = (headers: ReadonlyMap<string, string>, text: string | null): Record<string, string> => ({
  accept: "*/*",
  "user-agent": "sotto",
  ...Object.fromEntries(headers),
  "accept-encoding": "identity",
  ...(text !== null && { "content-length": String(utf8(text).length) }),
})

const headerOf = (place: Placement, { key, value }: CallSecret): Record<string, string> => {
  if (place.in !== "header" && place.in !== "basic") return {}
  const plain = value.reveal()
  // RFC 7617 §2: any text, but no control characters.
  const fits = place.in === "header" ? isFieldValue(plain) : !/\p{Cc}/u.test(plain)
  if (!fits) throw new SecretError("forbidden", `The value of "${key}" has characters that a header cannot hold`, { details: { key } })
  if (place.in === "basic") return { authorization: `Basic ${basicPair(place.user, plain)}` }
  // Not by `replace`, to which `$` in the value would be a command.
  return { [place.name.toLowerCase()]: (place.template ?? "{value}").split("{value}").join(plain) }
}

/** RFC 7617 */
export const basicPair = (user: string, password: string): string => Buffer.from(`${user}:${password}`).toString("base64")

interface Body {
  place: Placement
  secret: CallSecret
  body: CallerBody | undefined
  headers: Map<string, string>
  stripped: StrippedCredential[]
}

const placedBody = (method: string, content: Body): string | null => {
  const { place, body, headers } = content
  if (method === "GET" || method === "HEAD") {
    if (body !== undefined) throw new SecretError("invalid_argument", `A call of ${method} has no body`)
    if (place.in === "json") throw new SecretError("forbidden", `The rule puts the secret into a body, and ${method} has none`)
    return null
  }
  if (place.in === "json") return jsonBody(place.pointer, content)
  if (body === undefined) return method === "DELETE" ? null : ""
  if (typeof body === "object") setJson(headers)
  const text = bodyText(body)
  assertBody(text, headers.get("content-type"))
  return text
}

const jsonBody = (pointer: string, { secret, body, headers, stripped }: Body): string => {
  setJson(headers)
  if (body !== undefined) assertBody(bodyText(body), undefined)
  const document = bodyJson(body)
  if (putAtPointer(document, pointer, secret.value.reveal())) stripped.push({ in: "body", name: pointer })
  return JSON.stringify(document)
}

const setJson = (headers: Map<string, string>): void => {
  if (!/^application\/([a-z.+-]+\+)?json\s*(;|$)/i.test(headers.get("content-type") ?? "")) headers.set("content-type", "application/json")
}
