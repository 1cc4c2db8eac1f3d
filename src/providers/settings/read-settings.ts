import { existsSync, readFileSync, realpathSync, statSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, isAbsolute, join, resolve, sep } from "node:path"
import { SecretError } from "../../base/errors.ts"
import { argumentError } from "../../core/use-case.ts"
import { BUILT_IN_SCHEMES } from "../built-in-providers.ts"
import type { KeepassAlias } from "../keepass/keepass-location.ts"
import type { SettingsFile } from "./settings-shape.ts"

/** What the files of settings say together. */
export interface ProviderSettings {
  keepass: { aliases: Record<string, KeepassAlias> }
  op: { serviceAccountTokenEnv?: string }
  file: { folders: string[] }
  /** From scheme to the absolute path of a module. */
  modules: Record<string, string>
}

interface Layer {
  path: string
  /** A repository's file: it may come from anybody. */
  isRepository: boolean
  /** What paths in it are relative to, and of a repository's must stay below. */
  folder: string
  /** What ~/ stands for. */
  home: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Settings of providers, from the weakest file to the strongest: the user's, then the repository's, whose keys are merged one by
 * one. The original's own files are read first of each kind.
 * @param folder where the search for a repository's file begins, upwards
 * @throws SecretError `invalid_argument` for a file that is no YAML, has other keys, or names what it may not
 */
export const readSettings = async (env: Environment, folder: string): Promise<ProviderSettings> => {
  const settings: ProviderSettings = { keepass: { aliases: {} }, op: {}, file: { folders: [] }, modules: {} }
  for (const layer of layersOf(env, folder)) {
    const file = await readLayer(layer)
    if (file !== null) merge(settings, layer, file)
  }
  return settings
}

const layersOf = (env: Environment, folder: string): Layer[] => {
  const home = env.HOME || homedir()
  const userFiles = [join(home, ".config/loom/config.yml"), join(env.SOTTO_HOME || join(home, ".sotto"), "config.yml")]
  const users = userFiles.map((path) => ({ path, isRepository: false, folder: dirname(path), home }))
  const repositories = [".loom/config.yml", ".sotto/config.yml"].flatMap((name) => {
    const root = rootWith(name, folder)
    const path = root === null ? null : join(root, name)
    return root === null || path === null || userFiles.includes(path) ? [] : [{ path, isRepository: true, folder: root, home }]
  })
  return [...users, ...repositories]
}

/** The folder, or the first above it, that has the file. */
const rootWith = (name: string, folder: string): string | null => {
  if (existsSync(join(folder, name))) return folder
  return folder === dirname(folder) ? null : rootWith(name, dirname(folder))
}

const readLayer = async ({ path, isRepository }: Layer): Promise<SettingsFile | null> => {
  if (!existsSync(path)) return null
  if (!isRepository) assertOwn(path)
  const { parseSettings } = await import("./settings-shape.ts")
  const parsed = parseSettings((await parseYaml(path)) ?? {})
  if (parsed.success) return parsed.data
  const { details } = argumentError(parsed.error.issues)
  throw new SecretError("invalid_argument", `${path}: ${(details.issues as string[]).join("; ")}`, { details })
}

const OTHERS_WRITE = 0o022

/** Who can write the user's file decides which modules run and which folders are read. */
const assertOwn = (path: string): void => {
  const { mode, uid } = statSync(path)
  const isOurs = process.getuid === undefined || uid === process.getuid() || uid === 0
  if (isOurs && (mode & OTHERS_WRITE) === 0) return
  throw new SecretError("unsafe_file", `${path} can be written by others, and so its settings are not safe`, { details: { path }, help: `Run: chmod go-w '${path}'` })
}

const parseYaml = async (path: string): Promise<unknown> => {
  const { parseDocument } = await import("yaml")
  const document = parseDocument(readFileSync(path, "utf8"), { schema: "core", merge: false })
  try {
    if (document.errors.length === 0) return document.toJS({ maxAliasCount: 0 })
  } catch {
    // an alias: a few bytes of them stand for any number of others
  }
  throw new SecretError("invalid_argument", `${path} is not YAML, or has anchors in it`)
}

const merge = (settings: ProviderSettings, layer: Layer, { providers = {} }: SettingsFile): void => {
  for (const [alias, given] of Object.entries(providers.keepass?.aliases ?? {})) mergeAlias(settings.keepass.aliases, layer, alias, given)
  if (providers.op?.serviceAccountTokenEnv !== undefined) settings.op.serviceAccountTokenEnv = providers.op.serviceAccountTokenEnv
  mergeUsersOwn(settings, layer, providers)
}

const mergeAlias = (aliases: Record<string, KeepassAlias>, layer: Layer, alias: string, { path, ...variables }: { [Key in keyof KeepassAlias]?: string | undefined }): void => {
  aliases[alias] = { ...aliases[alias], ...defined(variables), ...(path !== undefined && { path: pathOf(layer, path) }) }
}

/** What would let a repository read files or run code. */
const mergeUsersOwn = (settings: ProviderSettings, layer: Layer, { file, modules }: NonNullable<SettingsFile["providers"]>): void => {
  if (layer.isRepository && (file?.folders ?? modules) !== undefined)
    throw new SecretError("invalid_argument", `${layer.path} names folders or modules, which only the user's own file may`, {
      help: "Write providers.file.folders and providers.modules into ~/.sotto/config.yml.",
    })
  settings.file.folders.push(...(file?.folders ?? []).map((path) => pathOf(layer, path)))
  for (const [scheme, path] of Object.entries(modules ?? {})) settings.modules[freeScheme(layer, scheme)] = pathOf(layer, path)
}

const freeScheme = ({ path }: Layer, scheme: string): string => {
  if (!BUILT_IN_SCHEMES.includes(scheme)) return scheme
  throw new SecretError("invalid_argument", `${path}: providers.modules names ${scheme}, which is a scheme of Sotto's own`)
}

const defined = <T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [Key in keyof T]?: Exclude<T[Key], undefined> }

/** @throws SecretError `invalid_argument` for a path that leads out of the repository that names it */
const pathOf = (layer: Layer, path: string): string => {
  if (!layer.isRepository) return path.startsWith("~/") ? join(layer.home, path.slice(2)) : resolve(layer.folder, path)
  const absolute = resolve(dirname(layer.path), path)
  const root = realpathSync(layer.folder) + sep
  if (isAbsolute(path) || !realOf(absolute).startsWith(root))
    throw new SecretError("invalid_argument", `${layer.path} names a path outside its repository`, {
      help: "Paths elsewhere belong into ~/.sotto/config.yml, or into a variable.",
    })
  return absolute
}

/** Where the path, or as much of it as exists, really leads. */
const realOf = (path: string): string => {
  if (existsSync(path)) return realpathSync(path)
  const above = dirname(path)
  return above === path ? path : join(realOf(above), path.slice(above.length))
}
