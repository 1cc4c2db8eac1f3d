import { ERROR_CODES, SecretError, type SecretErrorCode } from "../base/errors.ts"

const isCode = (code: unknown): code is SecretErrorCode => typeof code === "string" && Object.hasOwn(ERROR_CODES, code)

/** The server's refusal as the error that the store itself would have thrown. */
export const serverError = (status: number, text: string): SecretError => {
  const { code, message } = parseBody(text)
  if (!isCode(code)) return unknownAnswer(status)
  const words = Array.isArray(message) ? message.filter((each) => typeof each === "string") : []
  return new SecretError(code, words.length > 0 ? words.join("; ") : undefined, { details: { status, issues: words } })
}

const parseBody = (text: string): { code?: unknown; message?: unknown } => {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === "object" && body !== null ? body : {}
  } catch {
    return {}
  }
}

/** What answers there is no Sotto, or something stands in between. */
export const unknownAnswer = (status: number): SecretError =>
  new SecretError("server_unreachable", `the server answered ${status} in a way that Sotto does not`, {
    details: { status },
    help: "Check the URL, and what stands between here and the server.",
  })
