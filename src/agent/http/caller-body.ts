import { SecretError } from "../../base/errors.ts"
import { utf8 } from "../../base/bytes.ts"
import { assertNoMethodOverride } from "./caller-query.ts"
import { HTTP_LIMITS } from "./limits.ts"

/** What a model wants sent: text as it is, or what JSON is made of. */
export type CallerBody = string | object

/** @throws SecretError `payload_too_large`, `forbidden` */
export const assertBody = (text: string, contentType: string | undefined): void => {
  if (utf8(text).length > HTTP_LIMITS.bodyMaxBytes) throw new SecretError("payload_too_large", `A call sends at most ${HTTP_LIMITS.bodyMaxBytes} bytes`)
  if (contentType !== undefined && /x-www-form-urlencoded/i.test(contentType)) assertNoMethodOverride(text)
}

/** Any body as text. */
export const bodyText = (body: CallerBody): string => (typeof body === "string" ? body : JSON.stringify(body))

/** The body as JSON, in memory of its own. @throws SecretError `invalid_argument` */
export const bodyJson = (body: CallerBody | undefined): unknown => {
  if (body === undefined) throw new SecretError("invalid_argument", "The secret goes into a JSON body, and there is none")
  try {
    return JSON.parse(bodyText(body))
  } catch {
    throw new SecretError("invalid_argument", "The body must be JSON: the secret has its place in it")
  }
}
