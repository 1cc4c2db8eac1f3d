import type { Provider } from "../core/ports/provider.ts"

const SCHEME = /^[a-z][a-z0-9+.-]{0,31}$/

/** A provider of one's own: checks its scheme, and gives references their type. @throws TypeError */
export const defineProvider = <Reference>(provider: Provider<Reference>): Provider<Reference> => {
  if (!SCHEME.test(provider.scheme)) throw new TypeError("A scheme is written in lower case, without ://")
  return provider
}
