import { SecretError } from "../base/errors.ts"

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname)

const refusal = (message: string, help: string): SecretError => new SecretError("invalid_argument", message, { help })

/** The address of a server, without a slash at its end. @throws SecretError `invalid_argument`, also for plain HTTP beyond loopback */
export const parseServerUrl = (text: string): string => {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "")
    throw refusal("the server's URL must be an http or https address", "For example https://secrets.example.com")
  if (url.username !== "" || url.password !== "") throw refusal("the server's URL must not hold credentials", "Give a token instead.")
  if (url.protocol === "http:" && !isLoopback(url.hostname))
    throw refusal(`plain http:// to ${url.hostname} would send secrets readable over the network`, "Use https://, or a tunnel to 127.0.0.1.")
  return url.href.replace(/\/+$/, "")
}
