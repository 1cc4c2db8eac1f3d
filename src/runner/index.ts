/**
 * The entry `sotto/runner`: runs commands with secrets that they alone see, and masks those in what they print. What it is given is
 * a value already; where it came from is the business of who calls it.
 */
export { runWithSecrets, type GivenSecret, type SecretRun, type SecretRunEnd } from "./run-with-secrets.ts"
export { isSecretError, SecretError, type SecretErrorCode } from "../base/errors.ts"
export type { RedactionCount } from "../redact/tally.ts"
