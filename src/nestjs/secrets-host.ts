import type { OnApplicationShutdown } from "@nestjs/common"
import { SecretError } from "../base/errors.ts"
import type { StoreContext } from "../core/context.ts"
import { NEVER_FOR_AGENTS, type Actor } from "../core/principal.ts"
import { contextOf } from "../core/store-context.ts"
import { openEnvironment } from "../store/open-environment.ts"
import { openStore } from "../store/open-store.ts"
import { readStoreSettings } from "../store/settings.ts"
import type { Caller, Feature, SecretsModuleOptions } from "./options.ts"

interface Opened {
  ctx: StoreContext
  close?: () => Promise<void>
}

/** The store of an app, and who may use it over HTTP. */
export class SecretsHost implements OnApplicationShutdown {
  readonly options: SecretsModuleOptions
  readonly #opened: Opened | null

  constructor(options: SecretsModuleOptions, opened: Opened | null) {
    this.options = options
    this.#opened = opened
  }

  get isEnabled(): boolean {
    return this.#opened !== null
  }

  /** The store as whoever opened it. @throws SecretError `not_supported` where the feature is switched off */
  get ctx(): StoreContext {
    if (this.#opened === null) throw new SecretError("not_supported", "secrets are switched off in this app")
    return this.#opened.ctx
  }

  /** The store as the caller of a request may use it. @throws SecretError `unauthorized` */
  async ctxOf(request: unknown): Promise<StoreContext> {
    const caller = await this.options.authorize?.(request)
    if (caller === null || caller === undefined) throw new SecretError("unauthorized", "Unauthorized")
    return { ...this.ctx, actor: actorOf(caller) }
  }

  /** After the last request and the last step of a workflow. */
  async onApplicationShutdown(): Promise<void> {
    await this.#opened?.close?.()
  }
}

/** What the app says of a caller. @throws TypeError for what is none: the app's mistake, which lets nobody in */
export const actorOf = ({ id, name = id, kind = "person", owner, grants }: Caller): Actor => {
  if (typeof id !== "string" || id === "" || !Array.isArray(grants)) throw new TypeError("authorize gives { id, grants }, or null for nobody")
  const held = kind === "agent" ? grants.map(withoutHumanPermissions) : grants
  return { principal: { kind, id, name }, grants: held, ...(owner !== undefined && { owner }) }
}

const withoutHumanPermissions = ({ pattern, permissions }: Caller["grants"][number]) => ({
  pattern,
  permissions: permissions.filter((each) => !NEVER_FOR_AGENTS.includes(each)),
})

/** Opens what the options name. Nothing is opened for a feature that is switched off. */
export const openHost = async (options: SecretsModuleOptions = {}, { enabled }: Feature = { enabled: true }): Promise<SecretsHost> =>
  new SecretsHost(options, enabled ? await open(options) : null)

const open = async ({ store, authorize: _authorize, formsUrl: _formsUrl, ...options }: SecretsModuleOptions): Promise<Opened> => {
  if (store !== undefined) return { ctx: contextOf(store) }
  const { database, keys, ...others } = options
  if (database !== undefined && keys !== undefined) {
    const own = await openStore({ database, keys, audit: { reads: "on" }, ...others })
    return { ctx: contextOf(own), close: () => own.close() }
  }
  if (database !== undefined || keys !== undefined) throw new SecretError("invalid_argument", "database and keys go together")
  const { ctx, close } = await openEnvironment(readStoreSettings(process.env), { askPassphrase, onKeyFileMade })
  return { ctx, close }
}

const askPassphrase = async (): Promise<string> => {
  const given = process.env.SOTTO_KEYS_PASSPHRASE
  if (given !== undefined && given !== "") return given
  throw new SecretError("invalid_keys", "the key file is sealed with a passphrase", { help: "Set SOTTO_KEYS_PASSPHRASE." })
}

const onKeyFileMade = (path: string): void => {
  process.emitWarning(`A key ring was made: ${path}. Back this file up, apart from the database: without it nothing in the store can be read.`, { code: "SOTTO_KEY_RING_MADE" })
}
