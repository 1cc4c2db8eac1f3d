import { isSecretError, SecretError } from "../../base/errors.ts"

export interface FailedCall {
  host: string
  /** The caller's. */
  signal: AbortSignal | undefined
  timeout: AbortSignal
  timeoutMs: number
}

/** What Node, OpenSSL and the kernel call a fault: a word of a closed list, never text of the other side. */
const WORD = /^[A-Z][A-Z0-9_]{2,60}$/
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CRL|ALTNAME/

/** The failure of a call in words of our own. Its cause is left behind: it may hold what was sent or received. */
export const callFailure = (error: unknown, { host, signal, timeout, timeoutMs }: FailedCall): SecretError => {
  if (isSecretError(error)) return error
  if (signal?.aborted === true) return new SecretError("aborted", `The call to ${host} was stopped before its end`)
  if (timeout.aborted) return new SecretError("server_unreachable", `${host} did not answer within ${timeoutMs} ms`, { details: { host } })
  const reason = reasonOf(error)
  const what = CERTIFICATE.test(reason) ? `The certificate of ${host} is not valid for it` : `The connection to ${host} failed`
  return new SecretError("server_unreachable", `${what} (${reason})`, { details: { host, reason } })
}

const reasonOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === "string" && WORD.test(code) ? code : "unknown"
}
