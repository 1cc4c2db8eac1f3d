import { SecretError } from "../../base/errors.ts"
import type { Placement } from "../../core/policy/policy-shape.ts"
import { isFieldValue } from "./caller-headers.ts"
import type { CallSecret } from "./credentials.ts"

/** The header that holds the value; none where it has another place. @throws SecretError `invalid_argument` for a value that no header can hold */
export const placedHeader = (place: Placement, { key, value }: CallSecret): Record<string, string> => {
  if (place.in !== "header" && place.in !== "basic") return {}
  const plain = value.reveal()
  // By hand, since `$` in the value would be a command to `replace`.
  const field = place.in === "header" ? (place.template ?? "{value}").split("{value}").join(plain) : `Basic ${basicPair(place.user, plain)}`
  // RFC 7617 §2: any text, but no control characters.
  const fits = isFieldValue(field) && (place.in === "header" || !/\p{Cc}/u.test(plain))
  if (!fits) throw new SecretError("invalid_argument", `The value of "${key}" has characters that a header cannot hold`, { details: { key } })
  return { [place.in === "header" ? place.name.toLowerCase() : "authorization"]: field }
}

/** RFC 7617 §2 */
export const basicPair = (user: string, password: string): string => Buffer.from(`${user}:${password}`).toString("base64")
