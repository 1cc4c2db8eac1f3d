import { isSecretError, type SecretError } from "../../base/errors.ts"
import { unavailable } from "../answers.ts"

/** What went wrong at 1Password, in words of ours: the SDK's own may hold anything. */
export const asOpFailure = (error: unknown): SecretError => {
  if (isSecretError(error)) return error
  const { kind, said } = factsOf(error)
  if (kind === "RateLimitExceededError")
    return unavailable("rate_limited", "1Password takes no more requests of this service account for now", "Wait until its hour is over.")
  if (kind === "AuthExpiredError" || /service account token|unauthori[sz]ed|forbidden|authenticat/i.test(said))
    return unavailable("auth_failed", "1Password does not accept the service account token", "Make a new one, or look whether it was revoked.")
  return unavailable("service_error", "1Password did not answer as it should")
}

const factsOf = (error: unknown): { kind: string; said: string } =>
  error instanceof Error ? { kind: error.constructor.name, said: error.message } : { kind: "", said: typeof error === "string" ? error : "" }
