import { utf8 } from "../../base/bytes.ts"
import type { DecidedHttp } from "../../core/policy/decide-http.ts"
import type { Placement } from "../../core/policy/policy-shape.ts"
import type { CallerBody } from "./caller-body.ts"
import { isNeverSent, readCallerHeaders } from "./caller-headers.ts"
import { assertNoMethodOverride, stripQuery } from "./caller-query.ts"
import { foldCase, headerId, isCredentialHeader, isCredentialParameter } from "./credential-names.ts"
import type { CallSecret, StrippedCredential } from "./credentials.ts"
import type { Outgoing } from "../../net/exchange.ts"
import { placedBody } from "./place-body.ts"
import { placedHeader } from "./place-header.ts"

export interface CallerContent {
  /** Parameters beside those of the address. */
  query?: Readonly<Record<string, string>> | undefined
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
export const prepareCall = ({ rule: { place }, method, url: address }: DecidedHttp, secret: CallSecret, { headers: given = {}, query = {}, body }: CallerContent): PreparedCall => {
  const stripped: StrippedCredential[] = []
  const headers = strippedHeaders(given, place, stripped)
  const url = strippedUrl(address, query, { place, stripped })
  const text = placedBody(method, { place, secret, body, headers, stripped })
  if (place.in === "query") appendParameter(url, place.name, secret.value.reveal())
  const credential = placedHeader(place, secret)
  return { outgoing: { method, url, headers: { ...completed(headers, text), ...credential }, body: text === null ? null : utf8(text) }, stripped }
}

/** Whatever header the rule names: there is no other way beside it to prove who somebody is. */
const strippedHeaders = (given: Readonly<Record<string, string>>, place: Placement, stripped: StrippedCredential[]): Map<string, string> => {
  const headers = readCallerHeaders(given)
  const isOwned = (id: string): boolean => isNeverSent(id) || isCredentialHeader(id) || (place.in === "header" && headerId(place.name) === id)
  const owned = [...headers.keys()].filter((name) => isOwned(headerId(name)))
  for (const name of owned) {
    headers.delete(name)
    stripped.push({ in: "header", name })
  }
  return headers
}

const strippedUrl = (address: URL, query: Readonly<Record<string, string>>, { place, stripped }: { place: Placement; stripped: StrippedCredential[] }): URL => {
  const url = new URL(address)
  for (const [name, value] of Object.entries(query)) appendParameter(url, name, value)
  assertNoMethodOverride(url.search)
  const isOwned = (name: string): boolean => isCredentialParameter(name) || (place.in === "query" && foldCase(name) === foldCase(place.name))
  const { search, names } = stripQuery(url.search, isOwned)
  for (const name of names) stripped.push({ in: "query", name })
  url.search = search
  return url
}

/** By hand: `searchParams` would write the others anew. */
const appendParameter = (url: URL, name: string, value: string): void => {
  const before = url.search === "" ? "?" : `${url.search}&`
  url.search = `${before}${encodeURIComponent(name)}=${encodeURIComponent(value)}`
}

const completed = (headers: ReadonlyMap<string, string>, text: string | null): Record<string, string> => ({
  accept: "*/*",
  "user-agent": "sotto",
  ...Object.fromEntries(headers),
  "accept-encoding": "identity",
  ...(text !== null && { "content-length": String(utf8(text).length) }),
})
