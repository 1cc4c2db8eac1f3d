import { ERROR_CODES, SecretError, type SecretErrorCode } from "../../base/errors.ts"

/** Why one secret has no value, for programs: names and words, nothing of the reference. */
export interface ReferenceProblem {
  name: string
  /** null where the text was no reference. */
  scheme: string | null
  code: SecretErrorCode
  /** A stable word, such as `unset` or `auth_failed`. */
  reason: string
}

/** The same with what a person is told. */
export interface ExplainedProblem extends ReferenceProblem {
  message: string
  help?: string
}

const INVALID: SecretErrorCode = "SECRETS_REF_INVALID"

export const explain = (error: SecretError, { name, scheme }: { name: string; scheme: string | null }): ExplainedProblem => {
  const { reason } = error.details
  return {
    name,
    scheme,
    code: error.code,
    reason: typeof reason === "string" && /^[a-z_]{1,40}$/.test(reason) ? reason : "provider_failed",
    message: error.message,
    ...(error.help !== undefined && { help: error.help }),
  }
}

/** All problems in one error. An invalid reference heads them; otherwise the first that was declared. */
export const problemsError = (problems: readonly ExplainedProblem[]): SecretError => {
  const head = problems.find(({ code }) => code === INVALID) ?? problems[0]
  if (head === undefined) throw new TypeError("an error needs a problem")
  const details = { reason: head.reason, problems: problems.map(({ message: _message, help: _help, ...facts }) => facts) }
  return new SecretError(head.code, sentenceOf(problems), { details, ...(head.help !== undefined && { help: head.help }) })
}

const sentenceOf = (problems: readonly ExplainedProblem[]): string => {
  const each = problems.map(({ name, message }) => `${name}: ${message}`)
  return each.length === 1 ? (each[0] as string) : `${each.length} secrets have no value\n  ${each.join("\n  ")}`
}

/** What a person is told where the provider's own words cannot be passed on. */
export const plainProblem = (problem: ExplainedProblem): ExplainedProblem => {
  const { help: _help, ...rest } = problem
  return { ...rest, message: ERROR_CODES[problem.code] }
}
