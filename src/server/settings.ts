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
  boxes: BoxesSettings
  log: LogSettings
}

export interface BoxesSettings {
  /** Whether boxes are served. Default off. */
  isOn: boolean
  /** Whether whoever reaches the server may open a box. Default `deny`: with a code alone. */
  anonymous: "allow" | "deny"
  /** Whose pages may call from a browser: origins, or `*`. Default none but the server's own. */
  origins: readonly string[]
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
  boxes: { isOn: false, anonymous: "deny", origins: [] },
  log: { level: "info" },
}

const ADMIN_TOKEN_MIN_CHARACTERS = 32

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads SOTTO_HOST, SOTTO_PORT, SOTTO_PUBLIC_URL, SOTTO_TRUST_PROXY, SOTTO_RATE_LIMIT (a number, or `off`),
 * SOTTO_ADMIN_TOKEN, SOTTO_BOXES (on or off), SOTTO_BOXES_ANONYMOUS (allow or deny), SOTTO_BOXES_ORIGINS (origins, comma-separated,
 * or `*`) and SOTTO_LOG_LEVEL. @throws SecretError `invalid_argument`; it never repeats a token
 */
export const readServerSettings = (env: Environment): ServerSettings => ({
  host: filled(env.SOTTO_HOST) ?? DEFAULT_SETTINGS.host,
  port: wholeNumber("SOTTO_PORT", filled(env.SOTTO_PORT), 65_535) ?? DEFAULT_SETTINGS.port,
  publicUrl: parsePublicUrl(filled(env.SOTTO_PUBLIC_URL)),
  trustProxy: filled(env.SOTTO_TRUST_PROXY) ?? null,
  requestsPerMinute: rateLimit(filled(env.SOTTO_RATE_LIMIT)),
  adminToken: assertAdminToken(filled(env.SOTTO_ADMIN_TOKEN) ?? null),
  boxes: {
    isOn: oneOf("SOTTO_BOXES", filled(env.SOTTO_BOXES) ?? "off", ["on", "off"]) === "on",
    anonymous: oneOf("SOTTO_BOXES_ANONYMOUS", filled(env.SOTTO_BOXES_ANONYMOUS) ?? DEFAULT_SETTINGS.boxes.anonymous, ["allow", "deny"]),
    origins: originsOf(filled(env.SOTTO_BOXES_ORIGINS)),
  },
  log: { level: oneOf("SOTTO_LOG_LEVEL", filled(env.SOTTO_LOG_LEVEL) ?? DEFAULT_SETTINGS.log.level, LEVELS) },
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

const oneOf = <Word extends string>(name: string, text: string, words: readonly Word[]): Word => {
  const word = words.find((each) => each === text)
  if (word === undefined) throw invalid(`${name} must be one of ${words.join(", ")}`)
  return word
}

const originsOf = (text: string | undefined): string[] => {
  const origins = (text ?? "").split(",").map((origin) => origin.trim()).filter((origin) => origin !== "")
  for (const origin of origins)
    if (origin !== "*" && URL.parse(origin)?.origin !== origin) throw invalid("SOTTO_BOXES_ORIGINS must be origins such as https://app.example.com, with commas between, or *")
  return origins
}

/** @throws SecretError `invalid_argument` for one that could be guessed */
export const assertAdminToken = (token: string | null): string | null => {
  if (token === null || token.length >= ADMIN_TOKEN_MIN_CHARACTERS) return token
  throw new SecretError("invalid_argument", `SOTTO_ADMIN_TOKEN must have at least ${ADMIN_TOKEN_MIN_CHARACTERS} characters`, {
    help: "Make one with: openssl rand -hex 32",
  })
}
