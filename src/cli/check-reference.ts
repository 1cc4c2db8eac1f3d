import { schemeOf } from "../core/references/reference-text.ts"
import type { CheckReference } from "../runner/jobs/check-secrets.ts"
import type { Call } from "./command.ts"
import { openProviders } from "./open-providers.ts"

/** By the grammar of its scheme; nobody is contacted. */
export const referenceChecker = (call: Call): CheckReference => {
  const opened = new Map<string, ReturnType<typeof openProviders>>()
  const open = (scheme: string): ReturnType<typeof openProviders> => {
    const known = opened.get(scheme) ?? openProviders(call, [scheme])
    opened.set(scheme, known)
    return known
  }
  return async (reference) => {
    const scheme = schemeOf(reference)
    if (scheme === null) return "malformed"
    const provider = await (await open(scheme)).table(scheme)
    if (provider === null) return "unknown_scheme"
    try {
      provider.parse(reference)
      return null
    } catch {
      return "malformed"
    }
  }
}
