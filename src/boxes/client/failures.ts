import { isSecretError, SecretError, type SecretErrorCode } from "../../base/errors.ts"

/** One error for everything that is wrong with what a box holds: which it was would help whoever tries. */
export const notAuthentic = (): SecretError => new SecretError("not_authentic")

/** A server that is not the one it was, or does not prove that an answer is its own. */
export const notTheServer = (message: string): SecretError =>
  new SecretError("not_authentic", message, {
    details: { isOtherServer: true },
    help: "Is serverURL right? If the server was set up anew, forget what `state` knows of it, or give its new serverId.",
  })

export const isOtherServer = (error: unknown): boolean => isSecretError(error) && error.details["isOtherServer"] === true

const SHOWN = 1_000

/** The answers of status 200 that are errors. */
const BY_TEXT: readonly (readonly [RegExp, SecretErrorCode])[] = [
  [/ did not exist!$/, "not_found"],
  [/^There is no SubSpace for /, "not_found"],
  [/^No new anonymous clients are accepted!$/, "forbidden"],
  [/^(?:No secretId provided!|ClosureDate has already passed!|targetId is corrupted!)$/, "invalid_argument"],
  [/^Updating the closureDate is not allowed!$/, "already_exists"],
  [/^SecretSpace got corrupted!$/, "decryption_failed"],
  [/^Notification hooks are not served!$/, "not_supported"],
  [/^The SecretSpace is too large for one answer!$/, "payload_too_large"],
  [/^The SecretSpace (?:is full|accepts too many senders)!$/, "storage_unavailable"],
  [/^Too many AuthCodes wait to be used!$/, "rate_limited"],
]

export const repliedWithError = (prefix: string, text: string): SecretError => {
  const code = BY_TEXT.find(([pattern]) => pattern.test(text))?.[1] ?? "internal"
  return new SecretError(code, `${prefix} replied with error: ${text.slice(0, SHOWN)}`)
}

const BY_STATUS: Readonly<Record<number, SecretErrorCode>> = {
  400: "invalid_argument",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  413: "payload_too_large",
  429: "rate_limited",
}

export const responseNotOk = (status: number, body: string): SecretError => {
  const message = `Network Error: Response not ok - status: ${status}! body: ${body.slice(0, SHOWN)}`
  if (status === 401 && body.includes("This request is for another server!")) return notTheServer(message)
  return new SecretError(BY_STATUS[status] ?? "server_unreachable", message, { details: { status } })
}

export const networkError = (why: string, details: Record<string, unknown> = {}): SecretError =>
  new SecretError("server_unreachable", `Network Error: ${why}`, { details, help: "Is the server running, and is serverURL right?" })

/** Waits for shared work without ending it. @throws SecretError `aborted` */
export const unlessAborted = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (signal === undefined) return work
  let stop: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new SecretError("aborted"))
    if (signal.aborted) stop()
    signal.addEventListener("abort", stop)
  })
  try {
    return await Promise.race([aborted, work])
  } finally {
    signal.removeEventListener("abort", stop)
  }
}

/** What may be over at the next try. */
export const isPassing = ({ code }: SecretError): boolean => PASSING.includes(code)

const PASSING: readonly SecretErrorCode[] = ["server_unreachable", "rate_limited", "aborted", "storage_unavailable"]
