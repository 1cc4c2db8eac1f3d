import { isSecretError } from "../../base/errors.ts"
import { assertAllowed } from "../../core/references/allowed-references.ts"
import type { Problem } from "../../core/references/problem.ts"
import { schemeOf } from "../../core/references/reference-text.ts"
import { checkReferences, type ReferenceState } from "../../core/references/resolve-references.ts"
import type { SecretSpec } from "../../core/references/secret-spec.ts"
import { allowPatternsOf } from "../allow-patterns.ts"
import type { Call } from "../command.ts"
import { openProviders } from "../open-providers.ts"
import { specsOfRun } from "../run-specs.ts"
import { table } from "../table.ts"

interface Shown extends Omit<ReferenceState, "state"> {
  state: ReferenceState["state"] | "not asked"
}

/** Resolves everything and says of each secret whether it has a value, and never which. */
export const checkSecrets = async (call: Call): Promise<number> => {
  const specs = await specsOfRun(call)
  assertAllowed(specs, allowPatternsOf(call))
  const states = specs.length === 0 ? [] : await statesOf(call, specs)
  show(call, states)
  const failed = states.filter(({ state }) => state === "failed")
  if (failed.length === 0) return 0
  for (const { name, message, help } of failed) if (message !== undefined) call.screen.note(`${name}: ${message}.${help === undefined ? "" : ` ${help}`}`)
  call.screen.note(`${failed.length} of ${states.length} cannot be resolved.`)
  return 1
}

const show = ({ screen }: Call, states: readonly Shown[]): void => {
  if (screen.isJson) screen.json(states.map(({ name, scheme, state, code, reason }) => ({ name, scheme, state, code, reason })))
  else if (states.length > 0) screen.write(`${table(["NAME", "PROVIDER", "STATE", "REASON"], states.map(({ name, scheme, state, reason }) => [name, scheme, state, reason ?? ""]))}\n`)
}

const statesOf = async (call: Call, specs: readonly SecretSpec[]): Promise<Shown[]> => {
  const { table: providers, setting } = await openProviders(call, specs.flatMap(({ reference }) => schemeOf(reference) ?? []))
  const stop = new AbortController()
  call.onInterrupt(() => stop.abort())
  try {
    return await checkReferences({ specs, providers, setting, isStrict: call.options.flag("strict"), signal: stop.signal })
  } catch (error) {
    if (!isSecretError(error) || error.code !== "SECRETS_REF_INVALID") throw error
    return specs.map((spec) => unasked(spec, error.details.problems as Problem[]))
  }
}

/** A malformed reference stops everything before anybody is asked. */
const unasked = ({ name, reference }: SecretSpec, problems: readonly Problem[]): Shown => {
  const problem = problems.find((each) => each.name === name)
  return problem === undefined ? { name, scheme: schemeOf(reference) ?? "none", state: "not asked" } : { ...problem, state: "failed" }
}
