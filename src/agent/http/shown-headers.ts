import type { IncomingMessage } from "node:http"
import type { Mask } from "./mask.ts"

/** A closed list of names, so that a name can tell nothing. No cookies, and no challenge that repeats what was sent. */
const SHOWN = [
  "content-type", "content-language", "last-modified", "date", "retry-after", "link", "allow", "x-request-id",
  "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-used", "x-ratelimit-resource",
  "ratelimit", "ratelimit-policy", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset",
] as const

/** These tell of the bytes of a body: of its length, and so of a value's, or by a hash. */
const OF_BYTES = ["content-length", "etag"] as const

/** What a model may see of an answer's headers. */
export const showHeaders = (answer: IncomingMessage, mask: Mask): Record<string, string> => {
  const names = SHOWN.filter((name) => answer.headers[name] !== undefined)
  const shown = Object.fromEntries(names.map((name) => [name, masked(String(answer.headers[name]), mask)]))
  const location = shownLocation(answer, mask)
  return location === null ? shown : { ...shown, location }
}

/** For a body in which nothing was masked and that came as it is. */
export const showHeadersOfBytes = (answer: IncomingMessage, mask: Mask): Record<string, string> => {
  if (answer.headers["content-encoding"] !== undefined) return {}
  const names = OF_BYTES.filter((name) => answer.headers[name] !== undefined)
  return Object.fromEntries(names.map((name) => [name, masked(String(answer.headers[name]), mask)]))
}

/** Without its query: one that grants access, as storage services have it, is a secret of its own. */
const shownLocation = ({ headers: { location } }: IncomingMessage, mask: Mask): string | null => {
  if (location === undefined) return null
  const [place] = location.split(/[?#]/, 1) as [string]
  return masked(place.replace(/^([a-z]+:)?\/\/[^/]*@/i, "$1//"), mask)
}

/** A field has one character for each byte; a value may stand there as either. */
const masked = (field: string, mask: Mask): string => mask.body(Buffer.from(mask.bytes(Buffer.from(field, "latin1"))).toString("latin1"))
