import { isSecretError, type SecretError } from "../base/errors.ts"
import type { Provider } from "../core/ports/provider.ts"
import type { ProviderTable } from "../core/references/plan-references.ts"
import type { Resolving } from "../core/references/resolve-references.ts"
import { createProviderTable } from "../providers/built-in-providers.ts"
import type { SecretReader } from "../providers/sotto.ts"
import type { ProviderSettings } from "../providers/settings/read-settings.ts"
import type { Backend } from "./backend.ts"
import type { Call } from "./command.ts"
import { openBackend } from "./open-backend.ts"

/** Providers as this command line has them: `sotto://` leads to the store or to the server of SOTTO_URL. */
export interface OpenedProviders {
  table: ProviderTable
  setting: Resolving["setting"]
}

/** What needs no file of settings, which costs a YAML parser. */
const WITHOUT_SETTINGS = new Set(["env", "sotto"])

/** @param schemes of the references at hand */
export const openProviders = async (call: Call, schemes: readonly string[]): Promise<OpenedProviders> => {
  const needed = schemes.some((scheme) => !WITHOUT_SETTINGS.has(scheme))
  const settings = needed ? await readSettingsOf(call) : null
  return {
    table: createProviderTable({ sotto: async () => sottoProvider(call) }, settings?.modules ?? {}),
    setting: (scheme) => ({ env: call.env, config: configOf(settings, scheme) }),
  }
}

const readSettingsOf = async (call: Call): Promise<ProviderSettings> => {
  const { readSettings } = await import("../providers/settings/read-settings.ts")
  return readSettings(call.env, process.cwd())
}

const configOf = (settings: ProviderSettings | null, scheme: string): unknown =>
  scheme === "keepass" || scheme === "op" || scheme === "file" ? settings?.[scheme] : undefined

const sottoProvider = async (call: Call): Promise<Provider> => {
  const { createSottoProvider } = await import("../providers/sotto.ts")
  return createSottoProvider(async () => readerOver(await openBackend(call)))
}

const readerOver = (backend: Backend): SecretReader => ({
  read: (workspace, secrets) => Promise.all(secrets.map((secret) => readOne(backend, workspace, secret))),
  close: () => backend.close(),
})

const readOne = async (backend: Backend, workspace: string, { name, version }: { name: string; version?: number }): Promise<string | SecretError> => {
  try {
    return (await backend.get({ workspace, name, ...(version !== undefined && { version }) })).value
  } catch (error) {
    if (isSecretError(error)) return error
    throw error
  }
}
