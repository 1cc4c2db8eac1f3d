import { existsSync } from "node:fs"
import { join } from "node:path"
import { SecretError } from "../base/errors.ts"
import { keyOfAlias } from "../core/references/keepass-reference.ts"
import type { KdbxKeys } from "../providers/keepass/kdbx.ts"
import { readKeys } from "../providers/keepass/keepass-files.ts"
import { databaseOf, type KeepassConfig, type KeepassLocation } from "../providers/keepass/keepass-location.ts"
import { readSettings } from "../providers/settings/read-settings.ts"
import { gitOutput } from "../runner/jobs/workspace-copy.ts"
import type { Call } from "./command.ts"
import { promptHidden } from "./prompt.ts"

export const keepassConfig = async ({ env }: Call): Promise<KeepassConfig> => (await readSettings(env, process.cwd())).keepass

/** --vault-path, else what the repository is called where it comes from. */
export const aliasOf = async ({ options }: Call): Promise<string> => {
  const named = options.text("vault-path")
  if (named !== undefined && named !== "") return named
  const origin = originPath((await gitOutput(process.cwd(), ["config", "--get", "remote.origin.url"]))?.trim() ?? "")
  if (origin !== null) return origin
  throw new SecretError("invalid_argument", "--vault-path is missing, and there is no git origin to take it from", { help: "Name the vault: --vault-path team/app" })
}

/** `group/project/repo` of a URL or of `user@host:path`. */
export const originPath = (url: string): string | null => {
  const [, path = ""] = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/]+\/|[^/:@]+@[^/:]+:|[^/:]+:)(.+)$/i.exec(url) ?? []
  const name = path.replace(/\/+$/, "").replace(/\.git$/, "").replace(/^\/+/, "")
  return name === "" || /[#\s]/.test(name) ? null : name
}

export const defaultPath = (alias: string): string => join(".sotto", "keepass", `${keyOfAlias(alias)}.kdbx`)

/** From the command line, then from variables and settings, then where `vault create` puts it. */
export const locationOf = async (call: Call, alias: string): Promise<KeepassLocation> => {
  const { options, env } = call
  const [path, passwordEnv, keyfileEnv] = ["database-path", "password-from-env", "keyfile-from-env"].map((option) => options.text(option))
  const known = configured(alias, await keepassConfig(call), env)
  const place = path ?? known?.path ?? (existsSync(defaultPath(alias)) ? defaultPath(alias) : undefined)
  if (place === undefined) return databaseOf(alias, {}, {}) // says what could be set
  const named = passwordEnv !== undefined || keyfileEnv !== undefined ? { passwordEnv, keyfileEnv } : { passwordEnv: known?.passwordEnv, keyfileEnv: known?.keyfileEnv }
  return { key: keyOfAlias(alias), path: place, ...(named.passwordEnv !== undefined && { passwordEnv: named.passwordEnv }), ...(named.keyfileEnv !== undefined && { keyfileEnv: named.keyfileEnv }) }
}

const configured = (alias: string, config: KeepassConfig, env: Call["env"]): KeepassLocation | null => {
  try {
    return databaseOf(alias, config, env)
  } catch {
    return null
  }
}

/** What opens a database: from the variables that are named, else the person's password. */
export const keysOf = async (call: Call, location: KeepassLocation): Promise<KdbxKeys> => {
  if (location.passwordEnv !== undefined || location.keyfileEnv !== undefined || !call.screen.isTerminal.stdin) return readKeys(location, call.env)
  return { password: await promptHidden(call.screen, `Password of ${location.path}: `), keyFile: null }
}

/** What shall open one: at least one of the two, and a password that was typed was typed twice. */
export const newKeysOf = async (call: Call, [passwordOption, keyfileOption]: readonly [string, string]): Promise<KdbxKeys> => {
  const { options, screen, env } = call
  const [passwordEnv, keyfileEnv] = [options.text(passwordOption), options.text(keyfileOption)]
  if (passwordEnv !== undefined || keyfileEnv !== undefined)
    return readKeys({ key: "", path: "", ...(passwordEnv !== undefined && { passwordEnv }), ...(keyfileEnv !== undefined && { keyfileEnv }) }, env)
  if (!screen.isTerminal.stdin)
    throw new SecretError("invalid_argument", "nothing is named that shall open the database", { help: `Name the variable that holds a password: --${passwordOption} NAME, or one that holds the path of a key file: --${keyfileOption} NAME` })
  const password = await promptHidden(screen, "Password of the database: ")
  if (password === "") throw new SecretError("invalid_argument", "the password is empty")
  if ((await promptHidden(screen, "Again: ")) !== password) throw new SecretError("invalid_argument", "the two were not the same")
  return { password, keyFile: null }
}
