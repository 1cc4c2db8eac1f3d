import { aliasCandidates, keyOfAlias } from "../../core/references/keepass-reference.ts"
import { unavailable } from "../answers.ts"

type Environment = Readonly<Record<string, string | undefined>>

export interface KeepassAlias {
  /** Absolute. */
  path?: string
  /** Names of variables: of the master password, and of the path of the key file. */
  passwordEnv?: string
  keyfileEnv?: string
}

/** What the settings say below `providers.keepass`. */
export interface KeepassConfig {
  aliases?: Readonly<Record<string, KeepassAlias>>
}

/** Where a database lies, and which variables open it. */
export interface KeepassLocation {
  /** As variables have it: `TEAM_APP`. */
  key: string
  path: string
  /** Names of variables: of the master password, and of the path of the key file. */
  passwordEnv?: string
  keyfileEnv?: string
}

/** Ours before Loom's, so that its users can move without editing anything. */
const PREFIXES = ["SOTTO_KEEPASS_DB_", "LOOM_KEEPASS_DB_"]

/** null where nobody says where the database lies. Variables go before the files of settings; an empty one says nothing. */
const locationOf = (alias: string, { aliases = {} }: KeepassConfig, env: Environment): KeepassLocation | null => {
  const key = keyOfAlias(alias)
  const configured = aliases[alias] ?? Object.entries(aliases).find(([name]) => keyOfAlias(name) === key)?.[1] ?? {}
  const overlay = (part: string): string | undefined => PREFIXES.map((prefix) => env[`${prefix}${key}_${part}`]).find((value) => value)
  const path = overlay("PATH") ?? configured.path
  if (path === undefined || path === "") return null
  const passwordEnv = overlay("PASSWORD_ENV") ?? configured.passwordEnv
  const keyfileEnv = overlay("KEYFILE_ENV") ?? configured.keyfileEnv
  return { key, path, ...(passwordEnv !== undefined && { passwordEnv }), ...(keyfileEnv !== undefined && { keyfileEnv }) }
}

/**
 * The database that an alias stands for: the longest part of it, from its beginning, that is configured.
 * @throws SecretError `SECRETS_PROVIDER_UNAVAILABLE` that names what was looked for
 */
export const databaseOf = (alias: string, config: KeepassConfig, env: Environment): KeepassLocation => {
  const candidates = aliasCandidates(alias)
  for (const candidate of candidates) {
    const location = locationOf(candidate, config, env)
    if (location !== null) return location
  }
  const keys = [...new Set(candidates.map(keyOfAlias))]
  throw unavailable("not_configured", `no KeePass database is configured for ${keys.join(" or ")}`, `Set SOTTO_KEEPASS_DB_${keys[0]}_PATH and SOTTO_KEEPASS_DB_${keys[0]}_PASSWORD_ENV, or name the alias in ~/.sotto/config.yml.`)
}

export interface KnownDatabase {
  alias: string
  path: string
}

/** Of the files of settings and of variables alone, which know keys and no aliases. */
export const knownDatabases = (config: KeepassConfig, env: Environment): KnownDatabase[] => {
  const named = Object.keys(config.aliases ?? {})
  const keys = new Set(named.map(keyOfAlias))
  const pattern = /^(?:SOTTO|LOOM)_KEEPASS_DB_([A-Z0-9_]+)_PATH$/
  const fromEnv = Object.keys(env).flatMap((name) => pattern.exec(name)?.[1] ?? []).filter((key) => !keys.has(key))
  return [...named, ...new Set(fromEnv)].flatMap((alias) => {
    const location = locationOf(alias, config, env)
    return location === null ? [] : [{ alias, path: location.path }]
  }).toSorted((a, b) => (a.alias < b.alias ? -1 : 1))
}
