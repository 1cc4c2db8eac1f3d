import type { FastifyReply, FastifyRequest } from "fastify"
import type { ServerSettings } from "./settings.ts"

const isSecure = ({ publicUrl }: ServerSettings): boolean => publicUrl?.protocol === "https:"

/**
 * Cookies ignore ports, so on loopback the port stands in the name: two servers of one machine do not take each other's.
 * Behind TLS the browser guards the name by itself.
 */
export const cookieName = (settings: ServerSettings, { headers }: FastifyRequest): string => {
  if (isSecure(settings)) return "__Host-sotto"
  return `sotto_${URL.parse(`http://${headers.host ?? ""}`)?.port || "80"}`
}

const options = (settings: ServerSettings) =>
  ({ path: "/", httpOnly: true, sameSite: "strict", secure: isSecure(settings) }) as const

/** The cookie of one request's form; it is sent to that form alone. */
export const formCookieName = (settings: ServerSettings, { headers }: FastifyRequest): string =>
  isSecure(settings) ? "__Secure-sotto_form" : `sotto_form_${URL.parse(`http://${headers.host ?? ""}`)?.port || "80"}`

export const formCookieOptions = (settings: ServerSettings, path: string) => ({ ...options(settings), path })

export const setSessionCookie = (
  settings: ServerSettings,
  request: FastifyRequest,
  reply: FastifyReply,
  session: { cookie: string; maxAgeMs: number },
): void => {
  const maxAge = Math.floor(session.maxAgeMs / 1_000)
  reply.setCookie(cookieName(settings, request), session.cookie, { ...options(settings), maxAge })
}

export const clearSessionCookie = (settings: ServerSettings, request: FastifyRequest, reply: FastifyReply): void => {
  reply.clearCookie(cookieName(settings, request), options(settings))
}
