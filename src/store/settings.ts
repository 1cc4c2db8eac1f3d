import { homedir } from "node:os"
import { join, resolve } from "node:path"
import { SecretError } from "../base/errors.ts"
import { LIMITS } from "../core/limits.ts"

export type Environment = Readonly<Record<string, string | undefined>>

/** How a process opens the store, as its environment says. */
export interface StoreSettings {
  /** Folder of the embedded database and config. */
  home: string
  database: string
  keys: { text: string } | { file: string }
  defaultTtlMs: number | null
  history: number
  auditReads: boolean
}

/**
 * Reads SOTTO_HOME, SOTTO_DATABASE_URL, SOTTO_KEYS, SOTTO_KEYS_FILE, SOTTO_DEFAULT_TTL_MS, SOTTO_HISTORY and
 * SOTTO_AUDIT_READS, with the peer's SECRET_STORE_KEYS and SECRET_STORE_DEFAULT_TTL_MS as a fallback.
 * @throws SecretError `invalid_keys`, `invalid_argument`
 */
export const readStoreSettings = (env: Environment): StoreSettings => {
  const home = resolve(filled(env.SOTTO_HOME) ?? join(homeFolder(env), ".sotto"))
  return {
    home,
    database: filled(env.SOTTO_DATABASE_URL) ?? `file:${join(home, "sotto.db")}`,
    keys: keysOf(env),
    defaultTtlMs: defaultTtl(filled(env.SOTTO_DEFAULT_TTL_MS) ?? filled(env.SECRET_STORE_DEFAULT_TTL_MS)),
    history: history(filled(env.SOTTO_HISTORY)),
    auditReads: isOn("SOTTO_AUDIT_READS", filled(env.SOTTO_AUDIT_READS) ?? "on"),
  }
}

/** A variable that is set to nothing counts as not set. */
const filled = (text: string | undefined): string | undefined => (text === undefined || text.trim() === "" ? undefined : text.trim())

const homeFolder = (env: Environment): string => filled(env.HOME) ?? homedir()

const keysOf = (env: Environment): StoreSettings["keys"] => {
  const text = filled(env.SOTTO_KEYS)
  const file = filled(env.SOTTO_KEYS_FILE)
  if (text !== undefined && file !== undefined)
    throw new SecretError("invalid_keys", "SOTTO_KEYS and SOTTO_KEYS_FILE are both set", { help: "Unset one of them." })
  if (text !== undefined) return { text }
  if (file !== undefined) return { file: resolve(file) }
  const fallback = filled(env.SECRET_STORE_KEYS)
  if (fallback !== undefined) return { text: fallback }
  return { file: join(filled(env.XDG_CONFIG_HOME) ?? join(homeFolder(env), ".config"), "sotto", "keyring") }
}

const WHOLE = /^[1-9][0-9]*$/

const defaultTtl = (text: string | undefined): number | null => {
  if (text === undefined) return null
  if (WHOLE.test(text) && Number(text) <= LIMITS.ttlMaxMs) return Number(text)
  throw new SecretError("invalid_keys", "SOTTO_DEFAULT_TTL_MS must be a positive whole number of milliseconds")
}

const history = (text: string | undefined): number => {
  if (text === undefined) return LIMITS.historyDefault
  if (WHOLE.test(text) && Number(text) <= LIMITS.historyMax) return Number(text)
  throw new SecretError("invalid_argument", `SOTTO_HISTORY must be a whole number from 1 to ${LIMITS.historyMax}`)
}

const isOn = (name: string, text: string): boolean => {
  if (text === "on" || text === "off") return text === "on"
  throw new SecretError("invalid_argument", `${name} must be on or off`)
}
