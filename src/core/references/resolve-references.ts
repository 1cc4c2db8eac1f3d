import { fromUtf8 } from "../../base/bytes.ts"
import type { SecretError } from "../../base/errors.ts"
import { Redacted } from "../../base/redacted.ts"
import type { GuardedVariable, ProviderAnswer, ProviderSetting } from "../ports/provider.ts"
import { askProvider, type Answered } from "./ask-provider.ts"
import { valueProblem } from "./check-value.ts"
import { planReferences, type Batch, type ProviderTable } from "./plan-references.ts"
import { explain, factsOf, unresolved, withoutValues, type ExplainedProblem, type Problem } from "./problem.ts"
import type { ResolvedSecret, SecretSpec } from "./secret-spec.ts"

export const RESOLVE_LIMITS = { providerMs: 30_000, totalMs: 60_000 } as const

export interface Resolving {
  specs: readonly SecretSpec[]
  providers: ProviderTable
  setting: (scheme: string) => Omit<ProviderSetting, "signal">
  /** Ctrl-C. */
  signal?: AbortSignal
  /** A provider that cannot be had fails optional secrets too. */
  isStrict?: boolean
  limits?: { providerMs: number; totalMs: number }
}

export interface Resolution {
  /** In the order of the specs. */
  secrets: ResolvedSecret[]
  /** Optional ones that have no value. */
  skipped: Problem[]
  /** Requests made of each scheme's other side. */
  calls: Readonly<Record<string, number>>
  guarded: GuardedVariable[]
}

/**
 * The values of all specs, or none: everything is parsed before anybody is asked, each provider is asked once for all of its
 * references, in parallel, and each distinct reference once. Ask `assertNoDebugTrace` before.
 * @throws SecretError `SECRETS_*` that names every secret that failed, in `details.problems` with its reason; `aborted`
 */
export const resolveReferences = async (resolving: Resolving): Promise<Resolution> => {
  const { failed, skipped, ...resolution } = await tryReferences(resolving)
  if (failed.length > 0) throw unresolved(failed)
  return { ...resolution, skipped: skipped.map(factsOf) }
}

export interface ReferenceState extends Pick<Problem, "name" | "scheme"> {
  state: "resolved" | "skipped" | "failed"
  code?: Problem["code"]
  reason?: string
  /** For a person. */
  message?: string
  help?: string
}

/** The same without the values, and without an error for what has none: a state for each spec, in their order. */
export const checkReferences = async (resolving: Resolving): Promise<ReferenceState[]> => {
  const { secrets, skipped, failed } = await tryReferences(resolving)
  const states = [
    ...secrets.map(({ name, scheme }): ReferenceState => ({ name, scheme, state: "resolved" })),
    ...skipped.map((problem): ReferenceState => ({ ...problem, state: "skipped" })),
    ...failed.map((problem): ReferenceState => ({ ...problem, state: "failed" })),
  ]
  const byName = new Map(states.map((each) => [each.name, each]))
  return resolving.specs.map(({ name }) => byName.get(name) as ReferenceState)
}

interface Tried extends Omit<Resolution, "skipped"> {
  skipped: ExplainedProblem[]
  failed: ExplainedProblem[]
}

const tryReferences = async (resolving: Resolving): Promise<Tried> => {
  const { specs, setting, signal, limits = RESOLVE_LIMITS } = resolving
  const batches = await planReferences(specs, resolving.providers)
  const guarded = batches.flatMap(({ scheme, provider, references }) => [...(provider.guardedVariables?.(references, setting(scheme)) ?? [])])
  const timeoutMs = Math.min(limits.providerMs, limits.totalMs) // they start together, so the longest of them is all
  const asked = await Promise.all(batches.map((batch) => askProvider(batch, { setting: setting(batch.scheme), timeoutMs, signal })))
  const calls = Object.fromEntries(batches.map(({ scheme }, at) => [scheme, asked[at]?.calls ?? 0]))
  const settled = settle(resolving, answersOf(batches, asked))
  const known = [...valuesOf(settled.secrets), ...credentialsOf(resolving, batches, guarded)].filter((text) => text !== "")
  const shown = (isFatal: boolean) => settled.missing.filter((each) => each.isFatal === isFatal).map(({ problem }) => withoutValues(problem, known))
  return { secrets: settled.secrets, skipped: shown(false), failed: shown(true), calls, guarded }
}

type Answers = ReadonlyMap<string, { scheme: string; answer: ProviderAnswer }>

const answersOf = (batches: readonly Batch[], asked: readonly Answered[]): Answers =>
  new Map(batches.flatMap(({ scheme, texts }, at) => texts.map((text, place) => [text, { scheme, answer: asked[at]?.answers[place] as ProviderAnswer }] as const)))

const settle = ({ specs, isStrict = false }: Resolving, answers: Answers) => {
  const secrets: ResolvedSecret[] = []
  const missing: { problem: ExplainedProblem; isFatal: boolean }[] = []
  for (const spec of specs) {
    const { scheme, answer } = answers.get(spec.reference) as { scheme: string; answer: ProviderAnswer }
    const error = "problem" in answer ? answer.problem : valueProblem(answer.value.reveal(), spec)
    if (error !== null) missing.push({ problem: explain(error, { name: spec.name, scheme }), isFatal: spec.required || isAlwaysFatal(error, isStrict) })
    else if ("value" in answer) secrets.push({ name: spec.name, scheme, file: spec.file, value: new Redacted(answer.value.reveal(), spec.name) })
  }
  return { secrets, missing }
}

/** What excuses a secret that may be missing. A value that is there and unfit, or was tampered with, is never passed over. */
const EXCUSED = new Set(["unset", "empty"])
const TAMPERED = "decryption_failed"

const isAlwaysFatal = ({ code, details: { reason } }: SecretError, isStrict: boolean): boolean => {
  if (code === "SECRETS_REF_NOT_FOUND") return false
  if (code === "SECRETS_PROVIDER_UNAVAILABLE") return isStrict || reason === TAMPERED
  return code !== "SECRETS_REQUIRED_MISSING" || !EXCUSED.has(String(reason))
}

const credentialsOf = ({ setting }: Resolving, batches: readonly Batch[], guarded: readonly GuardedVariable[]): string[] => {
  const names = guarded.filter(({ isSecret }) => isSecret).map(({ name }) => name)
  return batches.flatMap(({ scheme }) => names.map((name) => setting(scheme).env[name] ?? ""))
}

const valuesOf = (secrets: readonly ResolvedSecret[]): string[] => secrets.map(({ value }) => textOf(value.reveal()))

const textOf = (bytes: Uint8Array): string => {
  try {
    return fromUtf8(bytes)
  } catch {
    return ""
  }
}
