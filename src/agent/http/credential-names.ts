/** A header in the one spelling under which gateways know it: many take `_` for `-`. */
export const headerId = (name: string): string => name.toLowerCase().replaceAll("_", "-")

/** The same letters to servers that compare without case, such as Go's JSON. */
export const foldCase = (text: string): string => text.toUpperCase().toLowerCase()

const CREDENTIAL_HEADER = /(^|-)(auth|authorization|authentication|cookie2?|token|secret|password|passwd|credentials?|signature|jwt|bearer|session|session-id|sid)(-|$)|(^|-)x-auth-|(api|access|private|secret|subscription|functions?|master|admin|auth|service)-?keys?(-|$)|apikey/
const KEY_HEADER = /^(x-)?key$|^x-.*-key$/

/** Keys of another kind. */
const NO_CREDENTIAL = new Set(["idempotency-key", "x-idempotency-key"])

/** Whether a header may prove who somebody is: on a host with a rule, nobody's but the secret's own does. */
export const isCredentialHeader = (id: string): boolean => !NO_CREDENTIAL.has(id) && (CREDENTIAL_HEADER.test(id) || KEY_HEADER.test(id))

const CREDENTIAL_PARAMETERS = new Set([
  "key", "api_key", "apikey", "access_key", "access_token", "id_token", "refresh_token", "auth", "auth_token", "authtoken", "authorization", "token",
  "bearer", "jwt", "client_secret", "secret", "password", "passwd", "pwd", "sig", "signature", "session_id", "sessionid", "x_api_key", "x_auth_token",
  "private_token", "job_token", "oauth_token", "appid", "x_amz_signature", "x_amz_credential", "x_amz_security_token", "awsaccesskeyid", "subscription_key",
])

/** The same for a parameter of a query. */
export const isCredentialParameter = (name: string): boolean => CREDENTIAL_PARAMETERS.has(foldCase(name).replaceAll(/[-.]/g, "_"))
