import { isSecretError, SecretError } from "../../base/errors.ts"
import type { Provider } from "../ports/provider.ts"
import { explain, unresolved, withoutValues, type ExplainedProblem, type Problem } from "./problem.ts"
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
  assertDistinct(specs)
  const problems: (Problem | ExplainedProblem)[] = []
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
      problems.push(malformed(error, { name, scheme, text: reference }))
    }
  }
  if (problems.length > 0) throw unresolved(problems)
  return [...batches.values()]
}

/** A provider of somebody else's may throw anything, and its message may quote the reference. */
const malformed = (error: unknown, { name, scheme, text }: { name: string; scheme: string; text: string }): ExplainedProblem => {
  const own = isSecretError(error) && error.code === "SECRETS_REF_INVALID" ? error : new SecretError("SECRETS_REF_INVALID")
  const problem = withoutValues(explain(own, { name, scheme }), [text.slice(`${scheme}://`.length)].filter((rest) => rest !== ""))
  return { ...problem, reason: "malformed" }
}

const assertDistinct = (specs: readonly SecretSpec[]): void => {
  const names = specs.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new SecretError("invalid_argument", `${twice} is asked for twice`)
}
