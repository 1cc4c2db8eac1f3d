import type { SecretError, SecretErrorCode } from "../../base/errors.ts"
import { Redacted } from "../../base/redacted.ts"
import type { GuardedVariable, Provider, ProviderAnswer, ProviderSetting } from "../ports/provider.ts"
import { assertAllowed } from "./allowed-references.ts"
import { askProvider, type Answered } from "./ask-provider.ts"
import { valueProblem } from "./check-value.ts"
import { guardedVariablesOf, knownValues, withoutValues } from "./guarded-variables.ts"
import { planReferences, type ProviderBatch } from "./plan-references.ts"
import { explain, problemsError, type ExplainedProblem, type ReferenceProblem } from "./reference-problem.ts"
import type { ResolvedSecret, SecretSpec } from "./secret-spec.ts"

export interface ResolveRequest {
  specs: readonly SecretSpec[]
  providers: readonly Provider[]
  /** The environment of this process; never the variables of a job. */
  env: ProviderSetting["env"]
  /** What the settings say for a provider: the part below `providers.<scheme>`. */
  configOf?: (scheme: string) => unknown
  /** Patterns such as `op://CI/*`. undefined: everything may be named. */
  allow?: readonly string[] | undefined
  /** A provider that cannot be had is fatal for optional secrets too. */
  isStrict?: boolean
  signal?: AbortSignal
  timeouts?: Timeouts
}

export interface Timeouts {
  /** For one provider, from opening to closing it. */
  providerMs: number
  /** For all of them. */
  allMs: number
}

export interface Resolution {
  /** In the order of the specs. */
  secrets: ResolvedSecret[]
  /** Optional ones without a value, each with its reason: to be shown as warnings, and their variables to be unset. */
  skipped: ReferenceProblem[]
  /** Requests made of each provider that was asked. */
  calls: Record<string, number>
  /** No child process may inherit these. */
  guarded: GuardedVariable[]
}

export const TIMEOUTS: Timeouts = { providerMs: 30_000, allMs: 60_000 }

/**
 * All values or an error that names every secret without one. Providers are asked at the same time, each once, and each
 * distinct reference once. Ask `assertNoDebugTrace` before.
 * @throws SecretError `SECRETS_*` with `details.problems`; `forbidden` for a reference that no pattern allows; `aborted`
 */
export const resolveReferences = async (request: ResolveRequest): Promise<Resolution> => {
  const { problems, skipped, ...resolution } = await tryReferences(request)
  if (problems.length > 0) throw problemsError(problems)
  return { ...resolution, skipped: skipped.map(factsOf) }
}

export interface ReferenceState extends Omit<ReferenceProblem, "code" | "reason"> {
  state: "resolved" | "skipped" | "failed"
  code?: SecretErrorCode
  reason?: string
  /** For a person. */
  message?: string
}

/** The same without an error for what is missing and without the values: a state for each spec, in their order. */
export const checkReferences = async (request: ResolveRequest): Promise<ReferenceState[]> => {
  const { secrets, skipped, problems } = await tryReferences(request)
  const states = new Map<string, ReferenceState>()
  for (const { name, scheme } of secrets) states.set(name, { name, scheme, state: "resolved" })
  for (const { help: _help, ...problem } of skipped) states.set(problem.name, { ...problem, state: "skipped" })
  for (const { help: _help, ...problem } of problems) states.set(problem.name, { ...problem, state: "failed" })
  return request.specs.map(({ name }) => states.get(name) as ReferenceState)
}

const factsOf = ({ name, scheme, code, reason }: ExplainedProblem): ReferenceProblem => ({ name, scheme, code, reason })

interface Tried extends Omit<Resolution, "skipped"> {
  skipped: ExplainedProblem[]
  problems: ExplainedProblem[]
}

const tryReferences = async (request: ResolveRequest): Promise<Tried> => {
  const batches = planReferences(request.specs, request.providers)
  if (request.allow !== undefined) assertAllowed(request.specs, request.allow)
  const guarded = guardedVariablesOf(batches, request)
  const answered = await askAll(batches, request)
  return settle(request, { batches, answered, guarded })
}

const askAll = (batches: readonly ProviderBatch[], { env, configOf, signal, timeouts = TIMEOUTS }: ResolveRequest): Promise<Answered[]> => {
  const timeoutMs = Math.min(timeouts.providerMs, timeouts.allMs) // they start together, so the longest is all
  return Promise.all(batches.map((batch) => {
    const setting = { env, config: configOf?.(batch.provider.scheme) }
    return askProvider(batch, { setting, timeoutMs, signal })
  }))
}

interface Asked {
  batches: readonly ProviderBatch[]
  answered: readonly Answered[]
  guarded: GuardedVariable[]
}

const settle = (request: ResolveRequest, { batches, answered, guarded }: Asked): Tried => {
  const secrets: ResolvedSecret[] = []
  const missing: { problem: ExplainedProblem; isFatal: boolean }[] = []
  for (const spec of request.specs) {
    const { scheme, answer } = answerTo(spec, batches, answered)
    const error = "problem" in answer ? answer.problem : valueProblem(answer.value.reveal(), spec)
    if (error === null) secrets.push({ name: spec.name, scheme, file: spec.file, value: revealedAs(spec, answer) })
    else missing.push({ problem: explain(error, { name: spec.name, scheme }), isFatal: isFatal(error, spec, request) })
  }
  const known = knownValues({ env: request.env, guarded, secrets })
  const shown = (fatal: boolean) => missing.filter(({ isFatal }) => isFatal === fatal).map(({ problem }) => withoutValues(problem, known))
  const calls = Object.fromEntries(batches.map(({ provider }, at) => [provider.scheme, answered[at]?.calls ?? 0]))
  return { secrets, skipped: shown(false), problems: shown(true), calls, guarded }
}

const answerTo = ({ reference }: SecretSpec, batches: readonly ProviderBatch[], answered: readonly Answered[]) => {
  const at = batches.findIndex(({ places }) => places.has(reference))
  const { provider, places } = batches[at] as ProviderBatch
  return { scheme: provider.scheme, answer: (answered[at] as Answered).answers[places.get(reference) as number] as ProviderAnswer }
}

const revealedAs = ({ name }: SecretSpec, answer: ProviderAnswer): Redacted<Uint8Array> =>
  new Redacted((answer as { value: Redacted<Uint8Array> }).value.reveal(), name)

/** What excuses a missing value. One that is there and unfit, or was tampered with, is never passed over. */
const EXCUSED = new Set(["unset", "empty"])
const TAMPERED = "decryption_failed"

const isFatal = (error: SecretError, { required }: SecretSpec, { isStrict = false }: ResolveRequest): boolean => {
  if (required) return true
  if (error.code === "SECRETS_REF_NOT_FOUND") return false
  if (error.code === "SECRETS_PROVIDER_UNAVAILABLE") return isStrict || error.details.reason === TAMPERED
  return error.code !== "SECRETS_REQUIRED_MISSING" || !EXCUSED.has(String(error.details.reason))
}
