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
const WITHOUT_SETTINGS = new Set(["env", "sotto", "box"])

/** @param schemes of the references at hand */
export const openProviders = async (call: Call, schemes: readonly string[]): Promise<OpenedProviders> => {
  const needed = schemes.some((scheme) => !WITHOUT_SETTINGS.has(scheme))
  const settings = needed ? await readSettingsOf(call) : null
  return {
    table: createProviderTable({ sotto: async () => sottoProvider(call), box: async () => boxProvider(call) }, settings?.modules ?? {}),
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

const boxProvider = async ({ env }: Call): Promise<Provider> => {
  const { createBoxProvider } = await import("../providers/box.ts")
  return createBoxProvider(async () => (await import("./read-box.ts")).createBoxReader(env))
}

type Wanted = Parameters<SecretReader["read"]>[1][number]

/** How many names one request takes. */
const PORTION = 1_000

const readerOver = (backend: Backend): SecretReader => ({
  read: async (workspace, secrets) => {
    const together = await readTogether(backend, workspace, secrets)
    return Promise.all(secrets.map(async (secret) => together.get(secret) ?? readOne(backend, workspace, secret)))
  },
  close: () => backend.close(),
})

/** Current values in as few requests as can be. Who is not among them is asked for alone, which tells why. */
const readTogether = async (backend: Backend, workspace: string, secrets: readonly Wanted[]): Promise<Map<Wanted, string>> => {
  const current = secrets.filter(({ version }) => version === undefined)
  const found = new Map<Wanted, string>()
  if (current.length < 2) return found
  for (let at = 0; at < current.length; at += PORTION) {
    const portion = current.slice(at, at + PORTION)
    const read = await backend.getMany(workspace, portion.map(({ name }) => name))
    const values = new Map(read.secrets.map(({ name, value }) => [name, value]))
    for (const secret of portion) {
      const value = values.get(secret.name)
      if (value !== undefined) found.set(secret, value)
    }
  }
  return found
}

const readOne = async (backend: Backend, workspace: string, { name, version }: Wanted): Promise<string | SecretError> => {
  try {
    return (await backend.get({ workspace, name, ...(version !== undefined && { version }) })).value
  } catch (error) {
    if (isSecretError(error)) return error
    throw error
  }
}
