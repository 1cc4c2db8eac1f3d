import { SecretError } from "../../base/errors.ts"
import { isSafeWay } from "../../core/environments/loopback.ts"

const refusal = (message: string, help: string): SecretError => new SecretError("invalid_argument", message, { help })

/**
 * The address of a server, without a slash at its end. Boxes are encrypted on any way, but who keeps them, under which names, and a
 * code that opens one, are not.
 * @throws SecretError `invalid_argument`, also for plain HTTP beyond loopback unless `allowInsecure`
 */
export const parseServerUrl = (text: unknown, allowInsecure: boolean): string => {
  const url = typeof text === "string" ? URL.parse(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "")
    throw refusal("serverURL must be an http or https address", "For example https://secrets.example.com/boxes")
  if (url.username !== "" || url.password !== "") throw refusal("serverURL must not hold credentials", "A client proves itself by its key.")
  if (!allowInsecure && !isSafeWay(url))
    throw refusal(`plain http:// to ${url.hostname} would show names and codes to the network`, "Use https://, or give allowInsecure: true.")
  return url.href.replace(/\/+$/, "")
}
