import type { Kdbx } from "kdbxweb"
import { isSecretError } from "../../base/errors.ts"
import type { GuardedVariable, ProviderAnswer, ProviderSetting } from "../../core/ports/provider.ts"
import { parseKeepassReference, type KeepassReference } from "../../core/references/keepass-reference.ts"
import { found, unavailable } from "../answers.ts"
import { defineProvider } from "../define-provider.ts"
import { unlock } from "./kdbx.ts"
import { findEntry, readField } from "./kdbx-entries.ts"
import { readDatabase, readKeys } from "./keepass-files.ts"
import { databaseOf, type KeepassConfig, type KeepassLocation } from "./keepass-location.ts"

/** `keepass://alias#entry/path:field`. Each database is unlocked once in a run, several at the same time. */
export const keepassProvider = defineProvider({
  scheme: "keepass",
  parse: parseKeepassReference,
  guardedVariables: (references, { config, env }) => references.flatMap(({ alias }) => guardedOf(alias, configOf(config), env)),
  open: async (setting) => {
    const session = new Session(setting)
    return {
      get calls() {
        return session.unlocks
      },
      resolve: (references) => Promise.all(references.map((reference) => session.answer(reference))),
      close: async () => session.forget(),
    }
  },
})

const configOf = (config: unknown): KeepassConfig => config ?? {}

const guardedOf = (alias: string, config: KeepassConfig, env: ProviderSetting["env"]): GuardedVariable[] => {
  try {
    const { passwordEnv, keyfileEnv } = databaseOf(alias, config, env)
    return [
      ...(passwordEnv === undefined ? [] : [{ name: passwordEnv, isSecret: true }]),
      ...(keyfileEnv === undefined ? [] : [{ name: keyfileEnv, isSecret: false }]), // a path, which is no secret and leads to one
    ].filter(({ name }) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
  } catch {
    return [] // nothing is configured: resolving says so
  }
}

class Session {
  readonly #setting: ProviderSetting
  readonly #databases = new Map<string, Promise<Kdbx>>()
  unlocks = 0

  constructor(setting: ProviderSetting) {
    this.#setting = setting
  }

  async answer({ alias, entry, field }: KeepassReference): Promise<ProviderAnswer> {
    try {
      const database = await this.#open(databaseOf(alias, configOf(this.#setting.config), this.#setting.env))
      return found(readField(findEntry(database, entry.join("/")), field))
    } catch (error) {
      return { problem: isSecretError(error) ? error : unavailable("failed", "the KeePass database could not be read") }
    }
  }

  forget(): void {
    this.#databases.clear()
  }

  #open(location: KeepassLocation): Promise<Kdbx> {
    const known = this.#databases.get(location.key) ?? this.#unlock(location)
    this.#databases.set(location.key, known)
    return known
  }

  async #unlock(location: KeepassLocation): Promise<Kdbx> {
    const keys = await readKeys(location, this.#setting.env)
    const bytes = await readDatabase(location.path)
    this.unlocks++
    return unlock(bytes, keys)
  }
}
