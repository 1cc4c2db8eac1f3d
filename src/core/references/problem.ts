import { ERROR_CODES, SecretError, type SecretErrorCode } from "../../base/errors.ts"

/** Why one secret has no value. */
export interface Problem {
  name: string
  scheme: string
  code: SecretErrorCode
  /** A stable word, such as `unset` or `auth_failed`. */
  reason: string
}

/** The same with what a person is told. */
export interface ExplainedProblem extends Problem {
  message: string
  help?: string
}

/** A reason is a word; what a provider of somebody else's may have put there instead is not passed on. */
export const explain = ({ code, details: { reason }, message, help }: SecretError, { name, scheme }: Pick<Problem, "name" | "scheme">): ExplainedProblem => ({
  name,
  scheme,
  code,
  reason: typeof reason === "string" && /^[a-z_]{1,40}$/.test(reason) ? reason : "failed",
  message,
  ...(help !== undefined && { help }),
})

export const factsOf = ({ name, scheme, code, reason }: Problem): Problem => ({ name, scheme, code, reason })

/** A provider's own words, unless they hold one of the values: then the sentence of the code. */
export const withoutValues = (problem: ExplainedProblem, values: readonly string[]): ExplainedProblem => {
  const said = `${problem.message}\n${problem.help ?? ""}`
  if (!values.some((value) => said.includes(value) || value === problem.reason)) return problem
  const reason = values.includes(problem.reason) ? "failed" : problem.reason
  return { ...factsOf(problem), reason, message: ERROR_CODES[problem.code] }
}

/** The headline is that of a malformed reference, else that of the first problem in the order of the specs. */
export const unresolved = (problems: readonly (Problem & { message?: string; help?: string })[]): SecretError => {
  const malformed = problems.filter(({ code }) => code === "SECRETS_REF_INVALID")
  const [headline] = [...malformed, ...problems] as [ExplainedProblem, ...ExplainedProblem[]]
  const list = problems.map(({ name, scheme, reason }) => `${name} (${scheme}: ${reason})`).join(", ")
  const explanation = problems.length === 1 && headline.message ? `: ${headline.message}` : ""
  return new SecretError(headline.code, `no value for ${list}${explanation}`, {
    details: { problems: problems.map(factsOf), reason: headline.reason },
    help: headline.help ?? "`sotto secrets check` shows the state of each one.",
  })
}
