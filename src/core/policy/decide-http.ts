import { SecretError } from "../../base/errors.ts"
import type { HttpRule } from "./policy-shape.ts"

export interface HttpTarget {
  method: string
  url: string
}

export interface DecidedHttp {
  rule: HttpRule
  url: URL
}

/**
 * The rule that covers a request: this very host and port, this method, this path. What could be read in two ways is refused.
 * @throws SecretError `forbidden` where none does; the message names nothing of the query
 */
export const decideHttp = ({ method, url: text }: HttpTarget, rules: readonly HttpRule[]): DecidedHttp => {
  const url = parseTarget(text)
  const ofHost = rules.filter((rule) => rule.host === url.host)
  if (ofHost.length === 0) throw refusal("its policy does not allow this host")
  const rule = ofHost.find((each) => each.methods.includes(method as HttpRule["methods"][number]) && each.paths.some((path) => coversPath(path, url.pathname)))
  if (rule === undefined) throw refusal("its policy does not allow this method and path at this host")
  return { rule, url }
}

const refusal = (why: string): SecretError => new SecretError("forbidden", why)

/** As it stands, and as it would be sent: white space, backslashes and control characters are what parsers differ about. */
const parseTarget = (text: string): URL => {
  const url = URL.parse(text)
  if (url === null || /[\s\\]|\p{Cc}/u.test(text)) throw refusal("this is no address that can be judged")
  if (url.protocol !== "https:") throw refusal("secrets travel by https alone")
  if (url.username !== "" || url.password !== "" || /^https:\/\/[^/?#]*@/i.test(text)) throw refusal("an address with a user in it is refused")
  if (authorityOf(text) !== url.host) throw refusal("the host is not written as it is: lower case, no trailing dot, no default port")
  if (/%(?:2f|2e|5c|00)/i.test(url.pathname)) throw refusal("a path with encoded slashes or dots is refused")
  return url
}

/** Between `//` and the path: what a person reads, which has to be what a connection goes to. */
const authorityOf = (text: string): string => /^https:\/\/([^/?#]*)/i.exec(text)?.[1] ?? ""

/** `*` is one segment, a last `**` is whatever follows. */
const coversPath = (pattern: string, path: string): boolean => {
  const isOpen = pattern.endsWith("**")
  const wanted = (isOpen ? pattern.slice(0, -2) : pattern).split("/")
  const segments = path.split("/")
  if (isOpen ? segments.length < wanted.length : segments.length !== wanted.length) return false
  return wanted.every((part, i) => {
    const segment = segments[i] as string
    if (isOpen && i === wanted.length - 1) return segment.startsWith(part)
    return part === "*" ? segment !== "" : part === segment
  })
}
