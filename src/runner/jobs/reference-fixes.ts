import { isSecretError } from "../../base/errors.ts"
import { planReferences, type ProviderTable } from "../../core/references/plan-references.ts"
import type { Problem } from "../../core/references/problem.ts"
import { schemeOf } from "../../core/references/reference-text.ts"
import type { SecretSpec } from "../../core/references/secret-spec.ts"
import type { ReferenceFixes } from "./read-job-file.ts"

const FORMS: Readonly<Record<string, string>> = {
  env: "env://NAME",
  keepass: "keepass://alias#entry/path:field",
  op: "op://vault/item/field",
  sotto: "sotto://workspace/NAME",
  file: "file:///PATH",
}

const PORTION = 500

/** Asks each provider whether it can read its references, and none for a value. No fix repeats a reference or what a provider said. */
export const createReferenceFixes = (providersFor: (schemes: readonly string[]) => Promise<ProviderTable>): ReferenceFixes => async (specs) => {
  const providers = await providersFor([...new Set(specs.flatMap(({ reference }) => schemeOf(reference) ?? []))])
  const fixes = new Map<number, string>()
  for (let from = 0; from < specs.length; from += PORTION) {
    const portion = specs.slice(from, from + PORTION).map((spec, at) => ({ ...spec, name: String(from + at) }))
    for (const { name, scheme, reason } of await problemsOf(portion, providers)) fixes.set(Number(name), fixOf(scheme, reason))
  }
  return fixes
}

const problemsOf = async (specs: readonly SecretSpec[], providers: ProviderTable): Promise<readonly Problem[]> => {
  try {
    await planReferences(specs, providers)
    return []
  } catch (error) {
    if (isSecretError(error) && error.code === "SECRETS_REF_INVALID") return error.details.problems as Problem[]
    throw error
  }
}

const fixOf = (scheme: string, reason: string): string => {
  if (reason === "unknown_scheme") return `begin ref with the scheme of a provider, such as env:// (SECRETS_REF_INVALID: ${reason})`
  const form = Object.hasOwn(FORMS, scheme) ? `write ref as ${FORMS[scheme] ?? ""}` : "write ref as its provider takes it"
  return `${form} (SECRETS_REF_INVALID: ${reason})`
}
