import { isSecretError, SecretError } from "../../base/errors.ts"
import { Redacted } from "../../base/redacted.ts"
import type { GuardedVariable, Provider, ProviderAnswer, ProviderSetting } from "../ports/provider.ts"
import { planReferences, type Batch, type ProviderTable } from "./plan-references.ts"
import { type Problem, unresolved } from "./problem.ts"
import type { ResolvedSecret, SecretSpec } from "./secret-spec.ts"

export const RESOLVE_LIMITS = { providerMs: 30_000, totalMs: 60_000, fileMaxBytes: 1024 * 1024, variableMaxBytes: 64 * 1024 } as const

export interface Resolving {
  specs: readonly SecretSpec[]
  providers: ProviderTable
  setting: (scheme: string) => Omit<ProviderSetting, "signal">
  /** Ctrl-C. */
  signal?: AbortSignal
  /** Gives a signal that aborts after so many milliseconds. */
  after?: (ms: number) => AbortSignal
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
 * references, in parallel, and each distinct reference once.
 * @throws SecretError `SECRETS_*` that names every secret that failed, in `details.problems` with its reason
 */
export const resolveReferences = async (resolving: Resolving): Promise<Resolution> => {
  const { specs, setting, signal, after = (ms) => AbortSignal.timeout(ms) } = resolving
  const batches = await planReferences(specs, resolving.providers)
  const whole = after(RESOLVE_LIMITS.totalMs)
  const asked = await Promise.all(
    batches.map((batch) => {
      const signals = [whole, after(RESOLVE_LIMITS.providerMs), ...(signal ? [signal] : [])]
      return ask(batch, { ...setting(batch.scheme), signal: AbortSignal.any(signals) })
    }),
  )
  if (signal?.aborted) throw new SecretError("aborted", "stopped while secrets were resolved")
  const outcomes = inOrder(specs, batches, asked)
  const failed = outcomes.flatMap((outcome) => ("problem" in outcome && isFatal(outcome.spec, outcome.problem) ? [outcome.problem] : []))
  if (failed.length > 0) throw unresolved(failed)
  return {
    secrets: outcomes.flatMap((outcome) => ("secret" in outcome ? [outcome.secret] : [])),
    skipped: outcomes.flatMap((outcome) => ("problem" in outcome ? [outcome.problem] : [])),
    calls: Object.fromEntries(asked.map(({ calls }, i) => [(batches[i] as Batch).scheme, calls])),
    guarded: batches.flatMap(({ scheme, provider, references }) => [...(provider.guardedVariables?.(references, setting(scheme)) ?? [])]),
  }
}

interface Answers {
  answers: readonly ProviderAnswer[]
  calls: number
}

const ask = async ({ scheme, provider, references }: Batch, setting: ProviderSetting): Promise<Answers> => {
  try {
    return await orAborted(resolveBatch(provider, references, setting), setting.signal)
  } catch (error) {
    const problem = isSecretError(error) ? error : unavailable(`the provider ${scheme} failed`, "failed")
    return { answers: references.map(() => ({ problem })), calls: 0 }
  }
}

const resolveBatch = async (provider: Provider, references: readonly unknown[], setting: ProviderSetting): Promise<Answers> => {
  const session = await provider.open(setting)
  try {
    return { answers: await session.resolve(references), calls: session.calls }
  } finally {
    await session.close()
  }
}

/** A provider that ignores its signal is left behind. */
const orAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => reject(unavailable("the provider took too long", "timeout"))
    if (signal.aborted) onAbort()
    signal.addEventListener("abort", onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort))
  })

const unavailable = (message: string, reason: string): SecretError =>
  new SecretError("SECRETS_PROVIDER_UNAVAILABLE", message, { details: { reason } })

type Outcome = { spec: SecretSpec; secret: ResolvedSecret } | { spec: SecretSpec; problem: Problem }

const inOrder = (specs: readonly SecretSpec[], batches: readonly Batch[], asked: readonly Answers[]): Outcome[] => {
  const byReference = new Map<string, { scheme: string; answer: ProviderAnswer }>()
  for (const [i, { scheme, texts }] of batches.entries())
    for (const [j, text] of texts.entries()) {
      const answer = asked[i]?.answers[j] ?? { problem: unavailable(`the provider ${scheme} gave too few answers`, "failed") }
      byReference.set(text, { scheme, answer })
    }
  return specs.map((spec) => {
    const { scheme, answer } = byReference.get(spec.reference) as { scheme: string; answer: ProviderAnswer }
    if ("problem" in answer) return { spec, problem: problemOf(spec, scheme, answer.problem) }
    const bytes = answer.value.reveal()
    const fault = faultOf(spec, bytes)
    if (fault !== null) return { spec, problem: { name: spec.name, scheme, code: "SECRETS_REQUIRED_MISSING", reason: fault } }
    return { spec, secret: { name: spec.name, scheme, file: spec.file, value: new Redacted(bytes, spec.name) } }
  })
}

const problemOf = ({ name }: SecretSpec, scheme: string, { code, details }: SecretError): Problem => ({
  name,
  scheme,
  code: code.startsWith("SECRETS_") ? code : "SECRETS_PROVIDER_UNAVAILABLE",
  reason: typeof details.reason === "string" ? details.reason : "failed",
})

const faultOf = ({ file }: SecretSpec, bytes: Uint8Array): string | null => {
  if (bytes.length === 0) return "empty"
  if (bytes.length > (file ? RESOLVE_LIMITS.fileMaxBytes : RESOLVE_LIMITS.variableMaxBytes)) return "too_large"
  return !file && bytes.includes(0) ? "nul_byte" : null
}

/** What nobody can mean by "may be missing". */
const ALWAYS_FATAL = new Set(["too_large", "nul_byte", "inject_failed"])

const isFatal = ({ required }: SecretSpec, { code, reason }: Problem): boolean =>
  required || code === "SECRETS_REF_INVALID" || ALWAYS_FATAL.has(reason)
