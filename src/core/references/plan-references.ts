import { isSecretError } from "../../base/errors.ts"
import type { Provider } from "../ports/provider.ts"
import { type Problem, unresolved } from "./problem.ts"
import { schemeOf } from "./reference-text.ts"
import type { SecretSpec } from "./secret-spec.ts"

/** The provider of a scheme; null for one that nothing provides. It may have to be loaded. */
export type ProviderTable = (scheme: string) => Promise<Provider | null>

/** What one provider will be asked for: each distinct reference once. */
export interface Batch {
  scheme: string
  provider: Provider
  /** As they are written, and parsed. */
  texts: string[]
  references: unknown[]
}

/** What will be asked of whom. Nobody is contacted. @throws SecretError `SECRETS_REF_INVALID` that names every faulty one */
export const planReferences = async (specs: readonly SecretSpec[], providers: ProviderTable): Promise<Batch[]> => {
  const problems: Problem[] = []
  const batches = new Map<string, Batch>()
  for (const { name, reference } of specs) {
    const scheme = schemeOf(reference)
    const provider = scheme === null ? null : await providers(scheme)
    if (scheme === null || provider === null) {
      problems.push({ name, scheme: scheme ?? "none", code: "SECRETS_REF_INVALID", reason: "unknown_scheme" })
      continue
    }
    const batch = batches.get(scheme) ?? { scheme, provider, texts: [], references: [] }
    batches.set(scheme, batch)
    if (batch.texts.includes(reference)) continue
    try {
      batch.references.push(provider.parse(reference))
      batch.texts.push(reference)
    } catch (error) {
      problems.push({ name, scheme, code: "SECRETS_REF_INVALID", reason: reasonOf(error) })
    }
  }
  if (problems.length > 0) throw unresolved(problems)
  return [...batches.values()]
}

const reasonOf = (error: unknown): string => {
  const reason = isSecretError(error) ? error.details.reason : undefined
  return typeof reason === "string" ? reason : "malformed"
}
