import { SecretError } from "../../base/errors.ts"
import type { Placement } from "../../core/policy/policy-shape.ts"
import { assertBody, bodyJson, bodyText, type CallerBody } from "./caller-body.ts"
import type { CallSecret, StrippedCredential } from "./credentials.ts"
import { putAtPointer } from "./json-pointer.ts"

export interface BodyContent {
  place: Placement
  secret: CallSecret
  body: CallerBody | undefined
  /** Are told its type where it is JSON. */
  headers: Map<string, string>
  stripped: StrippedCredential[]
}

/**
 * What a call sends, with the value in it where that is its place; null for no body.
 * @throws SecretError `invalid_argument`, `forbidden`, `payload_too_large`
 */
export const placedBody = (method: string, content: BodyContent): string | null => {
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

const jsonBody = (pointer: string, { secret, body, headers, stripped }: BodyContent): string => {
  setJson(headers)
  if (body !== undefined) assertBody(bodyText(body), undefined)
  const document = bodyJson(body)
  if (putAtPointer(document, pointer, secret.value.reveal())) stripped.push({ in: "body", name: pointer })
  return JSON.stringify(document)
}

const setJson = (headers: Map<string, string>): void => {
  if (!/^application\/([a-z.+-]+\+)?json\s*(;|$)/i.test(headers.get("content-type") ?? "")) headers.set("content-type", "application/json")
}
