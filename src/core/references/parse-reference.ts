import { isSecretError, SecretError } from "../../base/errors.ts"
import type { Provider } from "../ports/provider.ts"

export interface ParsedReference {
  provider: Provider
  reference: unknown
}

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//

/** @returns null for text that is no reference at all */
export const schemeOf = (text: string): string | null => SCHEME.exec(text)?.[1] ?? null

/**
 * Finds the provider of a reference and has it read the rest. Nobody is contacted, and no message repeats the text.
 * @throws SecretError `SECRETS_REF_INVALID`, also for a scheme that no provider serves
 */
export const parseReference = (text: string, providers: readonly Provider[]): ParsedReference => {
  const scheme = schemeOf(text)
  const provider = providers.find((each) => each.scheme === scheme)
  if (provider === undefined) throw unknownScheme(scheme, providers)
  return { provider, reference: parseWith(provider, text) }
}

const unknownScheme = (scheme: string | null, providers: readonly Provider[]): SecretError => {
  const message = scheme === null ? "this is no reference: it does not begin with scheme://" : "no provider serves the scheme of this reference"
  return new SecretError("SECRETS_REF_INVALID", message, {
    details: { reason: scheme === null ? "malformed" : "unknown_scheme" },
    help: `Schemes at hand: ${providers.map((each) => each.scheme).join(", ")}.`,
  })
}

/** A provider of somebody else's may throw anything, and its message may quote the reference. */
const parseWith = (provider: Provider, text: string): unknown => {
  try {
    return provider.parse(text)
  } catch (error) {
    if (isInvalid(error) && !error.message.includes(text.slice(provider.scheme.length + 3))) throw error
    throw new SecretError("SECRETS_REF_INVALID", `a ${provider.scheme}:// reference is malformed`, {
      details: { scheme: provider.scheme, reason: "malformed" },
    })
  }
}

const isInvalid = (error: unknown): error is SecretError => isSecretError(error) && error.code === "SECRETS_REF_INVALID"
