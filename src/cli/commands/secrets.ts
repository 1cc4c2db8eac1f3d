import { isSecretError } from "../../base/errors.ts"
import type { Problem } from "../../core/references/problem.ts"
import { schemeOf } from "../../core/references/reference-text.ts"
import { resolveReferences } from "../../core/references/resolve-references.ts"
import type { SecretSpec } from "../../core/references/secret-spec.ts"
import type { Call } from "../command.ts"
import { openProviders } from "../open-providers.ts"
import { specsOfRun } from "../run-specs.ts"
import { table } from "../table.ts"

interface State {
  name: string
  scheme: string
  state: "resolved" | "skipped" | "failed"
  reason?: string
}

/** Resolves everything and says of each secret whether it has a value, and never which. */
export const checkSecrets = async (call: Call): Promise<number> => {
  const specs = await specsOfRun(call)
  const states = await statesOf(call, specs)
  const { screen } = call
  if (screen.isJson) screen.json(states)
  else if (states.length > 0) screen.write(`${table(["NAME", "PROVIDER", "STATE", "REASON"], states.map(({ name, scheme, state, reason }) => [name, scheme, state, reason ?? ""]))}\n`)
  const failed = states.filter(({ state }) => state === "failed").length
  if (failed === 0) return 0
  screen.note(`${failed} of ${states.length} cannot be resolved.`)
  return 1
}

const statesOf = async (call: Call, specs: readonly SecretSpec[]): Promise<State[]> => {
  if (specs.length === 0) return []
  const { table: providers, setting } = await openProviders(call, specs.flatMap(({ reference }) => schemeOf(reference) ?? []))
  try {
    const { skipped } = await resolveReferences({ specs, providers, setting })
    return specs.map((spec) => stateOf(spec, skipped, "skipped"))
  } catch (error) {
    if (!isSecretError(error) || !Array.isArray(error.details.problems)) throw error
    return specs.map((spec) => stateOf(spec, error.details.problems as Problem[], "failed"))
  }
}

const stateOf = ({ name, reference }: SecretSpec, problems: readonly Problem[], state: "skipped" | "failed"): State => {
  const problem = problems.find((each) => each.name === name)
  const scheme = schemeOf(reference) ?? "none"
  return problem === undefined ? { name, scheme, state: "resolved" } : { name, scheme, state, reason: problem.reason }
}
