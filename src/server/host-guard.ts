import type { FastifyRequest } from "fastify"
import { SecretError } from "../base/errors.ts"
import type { ServerSettings } from "./settings.ts"

const LOOPBACK_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"]
const WILDCARDS: readonly string[] = ["0.0.0.0", "::", "[::]"]
const READING: readonly string[] = ["GET", "HEAD", "OPTIONS"]
const HTTP_PORT = 80

export const isLoopbackName = (name: string): boolean => LOOPBACK_NAMES.includes(name) || name === "::1"

/**
 * Refuses what a page of another site could send: a Host that is not ours (DNS rebinding), and writes from another origin.
 * X-Forwarded-Host is not asked: a proxy's name is SOTTO_PUBLIC_URL.
 * @param otherOrigins may write too; `*` for all
 */
export const createHostGuard = (settings: ServerSettings, otherOrigins: readonly string[] = []): ((request: FastifyRequest) => void) => {
  const { publicUrl } = settings
  const isNamed = (origin: string): boolean => otherOrigins.includes(origin) || otherOrigins.includes("*")
  return (request) => {
    const host = request.headers.host?.toLowerCase() ?? ""
    const isPublic = publicUrl !== null && hostOf(publicUrl.protocol, host) === publicUrl.host
    if (!isPublic && !isOwnHost(settings, host, request.socket.localPort)) throw foreignHost()
    const { origin } = request.headers
    if (origin === undefined || READING.includes(request.method) || isNamed(origin)) return
    if (origin === "null" && request.headers["sec-fetch-site"] === "same-origin") return // a form of ours: no-referrer hides its origin (Fetch §3.2)
    if (origin !== publicUrl?.origin && (isPublic || origin !== hostOrigin(host))) throw foreignOrigin()
  }
}

/** The listening port, where there is a socket; the configured one where a test injects. */
const isOwnHost = (settings: ServerSettings, host: string, localPort: number | undefined): boolean => {
  const url = URL.parse(`http://${host}`)
  if (url === null || !isHostOnly(url, host)) return false
  const isPort = Number(url.port || HTTP_PORT) === (localPort ?? settings.port)
  return isPort && (isLoopbackName(url.hostname) || (url.hostname === bracketed(settings.host) && !WILDCARDS.includes(settings.host)))
}

/** Nothing that a parser had to make sense of: no user, no path, no number for an address. */
const isHostOnly = (url: URL, host: string): boolean => host === url.host || host === `${url.host}:${HTTP_PORT}`

/** The Host without the default port of the scheme. */
const hostOf = (protocol: string, host: string): string => URL.parse(`${protocol}//${host}`)?.host ?? ""

const hostOrigin = (host: string): string | undefined => URL.parse(`http://${host}`)?.origin

const bracketed = (host: string): string => (host.includes(":") && !host.startsWith("[") ? `[${host}]` : host.toLowerCase())

const foreignHost = (): SecretError =>
  new SecretError("forbidden", "this server does not answer to that Host; its operator sets SOTTO_PUBLIC_URL to the name in use")

const foreignOrigin = (): SecretError => new SecretError("forbidden", "writes from another origin are refused")
