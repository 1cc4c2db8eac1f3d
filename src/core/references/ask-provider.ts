import { isSecretError, SecretError } from "../../base/errors.ts"
import { Redacted } from "../../base/redacted.ts"
import type { ProviderAnswer, ProviderSession, ProviderSetting } from "../ports/provider.ts"
import { startDeadline, type Deadline } from "./deadline.ts"
import type { Batch } from "./plan-references.ts"

export interface Answered {
  /** One for each reference of the batch, in their order. */
  answers: readonly ProviderAnswer[]
  calls: number
}

interface Asking {
  setting: Omit<ProviderSetting, "signal">
  timeoutMs: number
  signal: AbortSignal | undefined
}

/** Opens, asks once, closes. A provider that fails as a whole gives each of its references the same problem. */
export const askProvider = async (batch: Batch, { setting, timeoutMs, signal }: Asking): Promise<Answered> => {
  const deadline = startDeadline(timeoutMs, signal)
  const made = { calls: 0 }
  try {
    const session = await deadline.within(batch.provider.open({ ...setting, signal: deadline.signal }), closeLate)
    return { answers: await answersOf(session, batch, deadline, made), ...made }
  } catch (error) {
    if (isSecretError(error) && error.code === "aborted") throw error
    const problem = asProblem(error)
    return { answers: batch.references.map(() => ({ problem })), ...made }
  } finally {
    deadline.end()
  }
}

const answersOf = async (session: ProviderSession, batch: Batch, deadline: Deadline, made: { calls: number }) => {
  try {
    const answers = await deadline.within(session.resolve(batch.references))
    if (!Array.isArray(answers) || answers.length !== batch.references.length) throw new TypeError("another number of answers than references")
    return answers.map(checkedAnswer)
  } finally {
    const { calls } = session
    if (Number.isSafeInteger(calls)) Object.assign(made, { calls })
    await deadline.within(session.close()).catch(() => undefined) // what was answered stays answered
  }
}

/** Opened after the time was over: nobody waits for it, and it must not stay open. */
const closeLate = (session: ProviderSession): void => {
  session.close().catch(() => undefined)
}

/** Providers of other people may answer anything, and may have loaded another copy of the class Redacted. */
const checkedAnswer = (answer: ProviderAnswer): ProviderAnswer => {
  if (typeof answer !== "object" || answer === null) return { problem: failed() }
  if ("problem" in answer) return { problem: asProblem(answer.problem) }
  try {
    const bytes: unknown = answer.value.reveal()
    return bytes instanceof Uint8Array ? { value: new Redacted(bytes, "VALUE") } : { problem: failed() }
  } catch {
    return { problem: failed() }
  }
}

const PASSED_ON = new Set(["SECRETS_REF_INVALID", "SECRETS_REF_NOT_FOUND", "SECRETS_PROVIDER_UNAVAILABLE", "SECRETS_REQUIRED_MISSING"])

/** What a library said may hold a value or a credential: nothing of it is passed on. */
const asProblem = (error: unknown): SecretError => (isSecretError(error) && PASSED_ON.has(error.code) ? error : failed())

const failed = (): SecretError =>
  new SecretError("SECRETS_PROVIDER_UNAVAILABLE", "the provider failed", { details: { reason: "failed" } })
