import { SecretError } from "../../base/errors.ts"
import { headerId } from "./credential-names.ts"
import { HTTP_LIMITS } from "./limits.ts"

/** RFC 9110 §5.6.2 */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** RFC 9110 §5.5, in the one byte for each character that HTTP has. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

export const isFieldValue = (text: string): boolean => FIELD_VALUE.test(text)

/**
 * These are the connection's, and how it is packed is not the model's to say. With a range, what comes back is a part of a value,
 * in which nobody would find the whole.
 */
const NEVER_SENT = new Set([
  "host", "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "content-length", "expect", "http2-settings",
  "accept-encoding", "range", "if-range", "request-range",
])

/** These make another request of the one that was decided: another host, method or path. */
const REFUSED = /^(forwarded|via|x-forwarded-.*|x-original-.*|x-rewrite-.*|x-http-method|x-http-method-override|x-method-override)$/

export const isNeverSent = (id: string): boolean => NEVER_SENT.has(id)

/**
 * The headers that a model wants sent, by their names in lower case.
 * @throws SecretError `invalid_argument`, `forbidden`
 */
export const readCallerHeaders = (given: Readonly<Record<string, string>>): Map<string, string> => {
  const entries = Object.entries(given)
  if (entries.length > HTTP_LIMITS.headersMax) throw new SecretError("invalid_argument", `A call has at most ${HTTP_LIMITS.headersMax} headers`)
  const headers = new Map<string, string>()
  for (const [name, value] of entries) {
    assertHeader(name, value)
    if (headers.has(name.toLowerCase())) throw new SecretError("invalid_argument", `The header ${name.toLowerCase()} is given twice`)
    headers.set(name.toLowerCase(), value)
  }
  return headers
}

const assertHeader = (name: string, value: string): void => {
  if (name.length > 128 || !TOKEN.test(name)) throw new SecretError("invalid_argument", "A header is named by letters, digits and hyphens")
  const id = headerId(name)
  if (REFUSED.test(id)) throw new SecretError("forbidden", `The header ${id} cannot be set`)
  if (typeof value !== "string" || value.length > HTTP_LIMITS.headerMaxCharacters || !isFieldValue(value))
    throw new SecretError("invalid_argument", `The header ${id} holds what no header may`)
}
