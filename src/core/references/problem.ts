import { SecretError, type SecretErrorCode } from "../../base/errors.ts"

/** Why one secret has no value. */
export interface Problem {
  name: string
  scheme: string
  code: SecretErrorCode
  reason: string
}

/** The headline is that of a malformed reference, else that of the first problem in the order of the specs. */
export const unresolved = (problems: readonly Problem[]): SecretError => {
  const malformed = problems.filter(({ code }) => code === "SECRETS_REF_INVALID")
  const [headline] = [...malformed, ...problems] as [Problem, ...Problem[]]
  const list = problems.map(({ name, scheme, reason }) => `${name} (${scheme}: ${reason})`).join(", ")
  return new SecretError(headline.code, `no value for ${list}`, {
    details: { problems, reason: headline.reason },
    help: "`sotto secrets check` shows the state of each one.",
  })
}
