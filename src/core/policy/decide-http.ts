import { SecretError } from "../../base/errors.ts"
import { type HttpAddress, parseHttpAddress } from "./http-address.ts"
import { matchesPath } from "./match-path.ts"
import type { HttpRule } from "./policy-shape.ts"

export type HttpMethod = HttpRule["methods"][number]

/** Where an agent wants to send something. */
export interface HttpTarget {
  method: string
  url: string
}

export interface DecidedHttp {
  /** The first rule that covers the call. */
  rule: HttpRule
  method: HttpMethod
  /** In the one way that it can be written, without a fragment. */
  url: URL
}

/**
 * Whether the rules of a secret allow a call with it. Host, port, method and path must be those of one rule; the query is free.
 * @throws SecretError `forbidden`, in words that repeat no query
 */
export const decideHttp = ({ method, url }: HttpTarget, rules: readonly HttpRule[]): DecidedHttp => {
  const address = parseHttpAddress(url)
  const ofHost = narrow(rules, ({ host }) => host === address.host, `no rule names the host ${address.host}`)
  const verb = method.toUpperCase() as HttpMethod
  const ofMethod = narrow(ofHost, ({ methods }) => methods.includes(verb), `no rule allows this method for ${address.host}`)
  const [rule] = narrow(ofMethod, ({ paths }) => paths.some((path) => matchesPath(path, address.path)), `no rule allows ${verb} for ${placeOf(address)}`)
  return { rule, method: verb, url: new URL(address.href) }
}

type Some<T> = [T, ...T[]]

const narrow = (rules: readonly HttpRule[], isFit: (rule: HttpRule) => boolean, refusal: string): Some<HttpRule> => {
  const [first, ...others] = rules.filter(isFit)
  if (first === undefined) throw new SecretError("forbidden", refusal)
  return [first, ...others]
}

const SHOWN_CHARACTERS = 200

const placeOf = ({ host, path }: HttpAddress): string => `https://${host}${path.length > SHOWN_CHARACTERS ? `${path.slice(0, SHOWN_CHARACTERS)}...` : path}`
