import { posix } from "node:path"
import { CONSOLE_IMPORTS, LAYERS, mayUseNode } from "./layers.ts"
import type { SourceFile, SourceImport } from "./source-file.ts"

const folderOf = (path: string): string => path.split("/")[1] ?? ""

const isRelative = (specifier: string): boolean => specifier.startsWith(".")

const isTest = (file: SourceFile): boolean => /\.test\.tsx?$/.test(file.path)

const targetOf = (file: SourceFile, specifier: string): string => posix.join(posix.dirname(file.path), specifier)

/** `@scope/name` or `name` of a bare specifier. */
const packageOf = (specifier: string): string => specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")

const perImport = (files: readonly SourceFile[], rule: (file: SourceFile, each: SourceImport) => string | undefined): string[] =>
  files.flatMap((file) => file.imports.map((each) => rule(file, each)).filter((fault) => fault !== undefined))

/** Imports that go up, sideways, out of `src`, or to nothing. Tests may import anything. */
export const layerFaults = (files: readonly SourceFile[]): string[] => {
  const known = new Set(files.map((file) => file.path))
  return perImport(files.filter((file) => !isTest(file)), (file, { specifier }) => {
    if (specifier.endsWith(".css")) return undefined
    const from = LAYERS[folderOf(file.path)]
    if (from === undefined) return `${file.path} is in no layer`
    if (!isRelative(specifier)) return undefined
    const target = targetOf(file, specifier)
    if (!known.has(target)) return `${file.path} imports ${target}, which is no source file`
    const to = LAYERS[folderOf(target)] ?? Number.POSITIVE_INFINITY
    return folderOf(file.path) === folderOf(target) || to < from ? undefined : `${file.path} (${from}) imports ${target} (${to})`
  })
}

/** `node:` modules below layer 4, apart from `crypto`. */
export const nodeFaults = (files: readonly SourceFile[]): string[] =>
  perImport(files.filter((file) => !isTest(file)), (file, { specifier }) =>
    specifier.startsWith("node:") && !mayUseNode(folderOf(file.path)) ? `${file.path} imports ${specifier}` : undefined,
  )

/** What the console takes from parts that are not for it. */
export const consoleFaults = (files: readonly SourceFile[]): string[] =>
  perImport(files.filter((file) => folderOf(file.path) === "console" && !isTest(file)), (file, { specifier }) => {
    const target = targetOf(file, specifier)
    const isFree = !isRelative(specifier) || folderOf(target) === "console" || CONSOLE_IMPORTS.some((folder) => target.startsWith(folder))
    return isFree ? undefined : `${file.path} imports ${target}`
  })

/** Where a module is loaded that the user's own settings name. */
const LOADS_USERS_MODULES: readonly string[] = ["src/providers/built-in-providers.ts"]

/** Packages that are imported and not declared. `virtual:` is what the build itself makes. */
export const undeclaredPackages = (files: readonly SourceFile[], declared: ReadonlySet<string>): string[] =>
  perImport(files.filter((file) => !isTest(file)), (file, { specifier }) =>
    specifier.startsWith("virtual:") || isRelative(specifier) || specifier.startsWith("node:") || LOADS_USERS_MODULES.includes(file.path) || declared.has(packageOf(specifier))
      ? undefined
      : `${file.path} imports ${specifier}, which package.json does not declare`,
  )

/** Default exports, `export *` and module-level state. */
export const textFaults = (files: readonly SourceFile[]): string[] =>
  files.filter((file) => !isTest(file)).flatMap((file) => file.faults.map((fault) => `${file.path}: ${fault}`))

/** `index.ts` anywhere but at a published entry. */
export const strayIndexes = (files: readonly SourceFile[], entries: readonly string[]): string[] =>
  files.map((file) => file.path).filter((path) => /\/index\.tsx?$/.test(path) && !entries.includes(path))

const targetsOf = (file: SourceFile, kinds: readonly SourceImport["kind"][]): string[] =>
  file.imports.filter((each) => isRelative(each.specifier) && kinds.includes(each.kind)).map((each) => targetOf(file, each.specifier))

/** Every cycle that a walk along imports of any kind comes upon, as a path from a file to itself. */
export const cycles = (files: readonly SourceFile[]): string[] => {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const done = new Set<string>()
  const walk = (path: string, trail: readonly string[]): string[] => {
    if (trail.includes(path)) return [[...trail.slice(trail.indexOf(path)), path].join(" -> ")]
    const file = byPath.get(path)
    if (file === undefined || done.has(path)) return []
    const found = targetsOf(file, ["static", "dynamic", "type"]).flatMap((target) => walk(target, [...trail, path]))
    done.add(path)
    return found
  }
  return files.flatMap((file) => walk(file.path, []))
}

/** Packages that loading `entry` loads at once, with the file that does. */
export const eagerPackages = (files: readonly SourceFile[], entry: string): Map<string, string> => {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const found = new Map<string, string>()
  const seen = new Set<string>()
  const visit = (path: string): void => {
    const file = byPath.get(path)
    if (file === undefined || seen.has(path)) return
    seen.add(path)
    for (const { specifier, kind } of file.imports) {
      if (kind === "static" && !isRelative(specifier)) found.set(packageOf(specifier), path)
    }
    targetsOf(file, ["static"]).forEach(visit)
  }
  visit(entry)
  return found
}
