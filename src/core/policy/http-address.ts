import { SecretError } from "../../base/errors.ts"

/** An address in the one way that it can be written. */
export interface HttpAddress {
  /** As a rule names it: with `:port` where it is not 443. */
  host: string
  path: string
  /** Without a fragment. */
  href: string
}

const MAX_CHARACTERS = 8_192

/** The host is taken as it stands in the text: what a parser would have to repair names no host of a rule. */
const FORM = /^https:\/\/(?<host>[^/?#]*)(?<path>[^?#]*)/

/** Slashes, backslashes, dots and NUL in disguise, however often encoded. */
const DISGUISE = /%(25)*(2e|2f|5c|00)/i

/** `;` begins parameters of a segment, which some servers cut off before they look at the dots. */
const DOTS = /^\.{1,2}(;|$)/

/**
 * Reads an address that a model wrote. Nothing in it is repaired: what two programs could read in two ways is refused.
 * @throws SecretError `forbidden`, with nothing of the address in its words
 */
export const parseHttpAddress = (text: string): HttpAddress => {
  if (text.length > MAX_CHARACTERS) throw refusal(`an address has at most ${MAX_CHARACTERS} characters`)
  if (!text.isWellFormed() || /[\p{Cc}\p{Zs}\p{Zl}\p{Zp}\\]/u.test(text)) throw refusal("an address has no blanks, control characters or backslashes")
  const written = FORM.exec(text)?.groups
  if (written === undefined) throw refusal("an address begins with https://")
  const url = parseUrl(text)
  const path = written.path === "" ? "/" : (written.path as string)
  assertOneReading(path)
  if (url.host !== written.host) throw refusal("the host is not written plainly: lower case, ASCII, no user, no dot at its end, no port but one that is not 443")
  url.hash = ""
  return { host: url.host, path: url.pathname, href: url.href }
}

const refusal = (why: string): SecretError => new SecretError("forbidden", `This address is refused: ${why}`)

const parseUrl = (text: string): URL => {
  try {
    return new URL(text)
  } catch {
    throw refusal("it is not a URL")
  }
}

const assertOneReading = (path: string): void => {
  if (DISGUISE.test(path)) throw refusal("its path has encoded slashes or dots")
  const segments = decoded(path).split("/").slice(1)
  if (segments.some((segment) => DOTS.test(segment))) throw refusal("its path has segments of dots")
  if (segments.slice(0, -1).includes("")) throw refusal("its path has an empty segment")
}

/** UTF-8 in its shortest form only: a longer one may hide a slash. */
const decoded = (path: string): string => {
  try {
    const text = decodeURIComponent(path)
    if (!/\p{Cc}/u.test(text)) return text
  } catch {
    // Told as what follows.
  }
  throw refusal("its path is not text in percent-encoded UTF-8")
}
