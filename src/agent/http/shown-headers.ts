import type { IncomingMessage } from "node:http"
import type { Mask } from "./mask.ts"

/** A closed list of names, so that a name can tell nothing. No cookies, no challenge that repeats what was sent, and no length or etag, which tell of a value that is masked. */
const SHOWN = [
  "content-type", "content-language", "last-modified", "date", "retry-after", "link", "allow", "x-request-id",
  "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-used", "x-ratelimit-resource",
  "ratelimit", "ratelimit-policy", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset",
] as const

/** What a model may see of an answer's headers. */
export const showHeaders = (answer: IncomingMessage, mask: Mask): Record<string, string> => {
  const names = SHOWN.filter((name) => answer.headers[name] !== undefined)
  const shown = Object.fromEntries(names.map((name) => [name, masked(String(answer.headers[name]), mask)]))
  const location = shownLocation(answer, mask)
  return location === null ? shown : { ...shown, location }
}

/** Without its query: one that grants access, as storage services have it, is a secret of its own. */
const shownLocation = ({ headers: { location } }: IncomingMessage, mask: Mask): string | null => {
  if (location === undefined) return null
  const [place] = location.split(/[?#]/, 1) as [string]
  return masked(place.replace(/^([a-z]+:)?\/\/[^/]*@/i, "$1//"), mask)
}

/** A field has one character for each byte; a value may stand there as either. */
const masked = (field: string, mask: Mask): string => mask.body(Buffer.from(mask.bytes(Buffer.from(field, "latin1"))).toString("latin1"))
