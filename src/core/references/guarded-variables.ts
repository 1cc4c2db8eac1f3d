import { fromUtf8 } from "../../base/bytes.ts"
import type { GuardedVariable, Provider, ProviderSetting } from "../ports/provider.ts"
import type { ProviderBatch } from "./plan-references.ts"
import { plainProblem, type ExplainedProblem } from "./reference-problem.ts"
import type { ResolvedSecret } from "./secret-spec.ts"

interface Guarding {
  providers: readonly Provider[]
  env: ProviderSetting["env"]
  configOf?: (scheme: string) => unknown
}

/** Of every provider at hand, asked or not: a child that inherits the password of a vault opens all of it. */
export const guardedVariablesOf = (batches: readonly ProviderBatch[], { providers, env, configOf }: Guarding): GuardedVariable[] => {
  const found = new Map<string, GuardedVariable>()
  for (const provider of providers) {
    const references = batches.find((batch) => batch.provider === provider)?.references ?? []
    for (const { name, isSecret } of provider.guardedVariables?.(references, { env, config: configOf?.(provider.scheme) }) ?? [])
      found.set(name, { name, isSecret: isSecret || found.get(name)?.isSecret === true })
  }
  return [...found.values()]
}

interface Known {
  env: ProviderSetting["env"]
  guarded: readonly GuardedVariable[]
  secrets: readonly ResolvedSecret[]
}

/** Texts that no message may hold. */
export const knownValues = ({ env, guarded, secrets }: Known): string[] => {
  const credentials = guarded.filter(({ isSecret }) => isSecret).map(({ name }) => env[name] ?? "")
  return [...credentials, ...secrets.map(({ value }) => textOf(value.reveal()))].filter((text) => text !== "")
}

const textOf = (bytes: Uint8Array): string => {
  try {
    return fromUtf8(bytes)
  } catch {
    return ""
  }
}

/** A provider's own words, unless they hold a value: then the sentence of the code. */
export const withoutValues = (problem: ExplainedProblem, values: readonly string[]): ExplainedProblem => {
  const said = `${problem.message}\n${problem.help ?? ""}`
  return values.some((value) => said.includes(value)) ? plainProblem(problem) : problem
}
