import { isSecretError, SecretError } from "../../base/errors.ts"
import type { Provider } from "../ports/provider.ts"
import { parseReference, schemeOf } from "./parse-reference.ts"
import { explain, problemsError, type ExplainedProblem } from "./reference-problem.ts"
import type { SecretSpec } from "./secret-spec.ts"

/** What one provider will be asked: each distinct reference once. */
export interface ProviderBatch {
  provider: Provider
  references: readonly unknown[]
  /** Place of each reference as it was written among `references`. */
  places: ReadonlyMap<string, number>
}

/**
 * Reads all references and says who would be asked for what. Nobody is contacted.
 * @throws SecretError `SECRETS_REF_INVALID` that lists every malformed one, also of secrets that may be missing
 */
export const planReferences = (specs: readonly SecretSpec[], providers: readonly Provider[]): ProviderBatch[] => {
  assertDistinct(specs)
  const batches = new Map<string, { provider: Provider; references: unknown[]; places: Map<string, number> }>()
  const problems: ExplainedProblem[] = []
  for (const { name, reference: text } of specs) {
    try {
      const { provider, reference } = parseReference(text, providers)
      const batch = batches.get(provider.scheme) ?? { provider, references: [], places: new Map<string, number>() }
      batches.set(provider.scheme, batch)
      if (!batch.places.has(text)) batch.places.set(text, batch.references.push(reference) - 1)
    } catch (error) {
      if (!isSecretError(error)) throw error
      problems.push(explain(error, { name, scheme: knownScheme(text, providers) }))
    }
  }
  if (problems.length > 0) throw problemsError(problems)
  return [...batches.values()]
}

/** Only a scheme that somebody serves: anything else may be part of a value. */
const knownScheme = (text: string, providers: readonly Provider[]): string | null => {
  const scheme = schemeOf(text)
  return providers.some((provider) => provider.scheme === scheme) ? scheme : null
}

const assertDistinct = (specs: readonly SecretSpec[]): void => {
  const seen = new Set<string>()
  for (const { name } of specs) {
    if (seen.has(name)) throw new SecretError("invalid_argument", `${name} is asked for twice`)
    seen.add(name)
  }
}
