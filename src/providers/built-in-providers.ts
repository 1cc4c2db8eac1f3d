import { SecretError } from "../base/errors.ts"
import type { Provider } from "../core/ports/provider.ts"
import type { ProviderTable } from "../core/references/plan-references.ts"

type Load = () => Promise<Provider>

/** Adding a provider is a file and a line here. `sotto` needs a store or a server and `box` a key, so whoever joins the parts brings it. */
const BUILT_IN: Readonly<Record<string, Load>> = {
  env: async () => (await import("./env.ts")).envProvider,
  file: async () => (await import("./file.ts")).fileProvider,
  keepass: async () => (await import("./keepass/keepass-provider.ts")).keepassProvider,
  op: async () => (await import("./op/op-provider.ts")).createOpProvider(async (token) => (await import("./op/connect-op.ts")).connectOp(token)),
}

export const BUILT_IN_SCHEMES: readonly string[] = [...Object.keys(BUILT_IN), "sotto", "box"]

/**
 * The built-in providers and those of one's own.
 * @param modules from scheme to the absolute path of a module that exports `provider`
 */
export const createProviderTable = (
  joined: Readonly<Record<string, Load>> = {},
  modules: Readonly<Record<string, string>> = {},
): ProviderTable => {
  const loaded = new Map<string, Promise<Provider>>()
  const load = (scheme: string): Promise<Provider> | null => {
    const own = Object.hasOwn(modules, scheme) ? () => loadModule(scheme, modules[scheme] as string) : undefined
    const start = pick(BUILT_IN, scheme) ?? pick(joined, scheme) ?? own
    return start === undefined ? null : start()
  }
  return async (scheme) => {
    const known = loaded.get(scheme) ?? load(scheme)
    if (known !== null) loaded.set(scheme, known)
    return known
  }
}

const pick = (table: Readonly<Record<string, Load>>, scheme: string): Load | undefined => (Object.hasOwn(table, scheme) ? table[scheme] : undefined)

/** By require, which also loads ES modules: the bundle of the command line is CommonJS and has no import(). */
const modulesExports = async (path: string): Promise<{ provider?: Provider } | null> => {
  const { createRequire } = await import("node:module")
  try {
    return createRequire(path)(path) as { provider?: Provider }
  } catch {
    return null // what it threw may hold anything
  }
}

const loadModule = async (scheme: string, path: string): Promise<Provider> => {
  const provider = (await modulesExports(path))?.provider
  if (typeof provider?.parse === "function" && typeof provider.open === "function" && provider.scheme === scheme) return provider
  throw new SecretError("SECRETS_PROVIDER_UNAVAILABLE", `the module for ${scheme}:// cannot be loaded, or exports no provider of that scheme`, {
    details: { scheme, reason: "misconfigured" },
    help: 'Export it as `provider`, made with defineProvider of "sotto/providers".',
  })
}
