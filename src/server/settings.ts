import { SecretError } from "../base/errors.ts"

export interface ServerSettings {
  /** Where it listens. Default 127.0.0.1. */
  host: string
  /** Default 7766; 0 takes a free one. */
  port: number
  /** How the outside reaches it: an origin, `https://secrets.example.com`. */
  publicUrl: URL | null
  /** Addresses, networks or names (`loopback`) of proxies that may say who the client is; comma-separated. */
  trustProxy: string | null
  /** Requests a minute for each principal and for each address; null for no limit. */
  requestsPerMinute: number | null
  /** A token with every permission, given by the operator. At least 32 characters. */
  adminToken: string | null
  log: LogSettings
}

export interface LogSettings {
  /** Default `info`. */
  level: "silent" | "error" | "warn" | "info" | "debug"
  /** Default: standard output. */
  destination?: { write(line: string): void }
}

export const DEFAULT_SETTINGS: ServerSettings = {
  host: "127.0.0.1",
  port: 7766,
  publicUrl: null,
  trustProxy: null,
  requestsPerMinute: 6_000,
  adminToken: null,
  log: { level: "info" },
}

const ADMIN_TOKEN_MIN_CHARACTERS = 32

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads SOTTO_HOST, SOTTO_PORT, SOTTO_PUBLIC_URL, SOTTO_TRUST_PROXY, SOTTO_RATE_LIMIT (a number, or `off`),
 * SOTTO_ADMIN_TOKEN and SOTTO_LOG_LEVEL. @throws SecretError `invalid_argument`; it never repeats a token
 */
export const readServerSettings = (env: Environment): ServerSettings => ({
  host: filled(env.SOTTO_HOST) ?? DEFAULT_SETTINGS.host,
  port: wholeNumber("SOTTO_PORT", filled(env.SOTTO_PORT), 65_535) ?? DEFAULT_SETTINGS.port,
  publicUrl: parsePublicUrl(filled(env.SOTTO_PUBLIC_URL)),
  trustProxy: filled(env.SOTTO_TRUST_PROXY) ?? null,
  requestsPerMinute: rateLimit(filled(env.SOTTO_RATE_LIMIT)),
  adminToken: assertAdminToken(filled(env.SOTTO_ADMIN_TOKEN) ?? null),
  log: { level: logLevel(filled(env.SOTTO_LOG_LEVEL)) },
})

const filled = (text: string | undefined): string | undefined => (text === undefined || text.trim() === "" ? undefined : text.trim())

const invalid = (message: string): SecretError => new SecretError("invalid_argument", message)

const wholeNumber = (name: string, text: string | undefined, max: number): number | undefined => {
  if (text === undefined) return undefined
  if (/^[0-9]{1,9}$/.test(text) && Number(text) <= max) return Number(text)
  throw invalid(`${name} must be a whole number from 0 to ${max}`)
}

/** An origin and nothing more: Sotto serves the root of a host. */
const parsePublicUrl = (text: string | undefined): URL | null => {
  if (text === undefined) return null
  const url = URL.parse(text)
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href
  if (!isOrigin) throw invalid("SOTTO_PUBLIC_URL must be an origin such as https://secrets.example.com")
  return url
}

const rateLimit = (text: string | undefined): number | null => {
  if (text === "off") return null
  const perMinute = wholeNumber("SOTTO_RATE_LIMIT", text, 999_999_999)
  if (perMinute === 0) throw invalid("SOTTO_RATE_LIMIT must be a number of requests a minute, or off")
  return perMinute ?? DEFAULT_SETTINGS.requestsPerMinute
}

const LEVELS = ["silent", "error", "warn", "info", "debug"] as const

const logLevel = (text: string | undefined): LogSettings["level"] => {
  const level = LEVELS.find((each) => each === (text ?? DEFAULT_SETTINGS.log.level))
  if (level === undefined) throw invalid(`SOTTO_LOG_LEVEL must be one of ${LEVELS.join(", ")}`)
  return level
}

/** @throws SecretError `invalid_argument` for one that could be guessed */
export const assertAdminToken = (token: string | null): string | null => {
  if (token === null || token.length >= ADMIN_TOKEN_MIN_CHARACTERS) return token
  throw new SecretError("invalid_argument", `SOTTO_ADMIN_TOKEN must have at least ${ADMIN_TOKEN_MIN_CHARACTERS} characters`, {
    help: "Make one with: openssl rand -hex 32",
  })
}
