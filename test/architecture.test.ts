import { existsSync, globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { nodeModulesInBrowserBundle } from "./architecture/browser-bundle.ts"
import { BROWSER_ENTRIES, LAYERS, LAZY } from "./architecture/layers.ts"
import { publishedEntries, publishedPackages, readManifest, ROOT } from "./architecture/manifest.ts"
import {
  consoleFaults, cycles, eagerPackages, layerFaults, nodeFaults, strayIndexes, textFaults, undeclaredPackages,
} from "./architecture/rules.ts"
import { parseSourceFile } from "./architecture/source-file.ts"

const manifest = readManifest()
const entries = publishedEntries(manifest)
const files = globSync("src/**/*.{ts,tsx}", { cwd: ROOT })
  .map((path) => path.replaceAll("\\", "/"))
  .map((path) => parseSourceFile({ path, text: readFileSync(join(ROOT, path), "utf8") }))

const tree = (sources: Record<string, string>) => Object.entries(sources).map(([path, text]) => parseSourceFile({ path, text }))

describe("the house", () => {
  it("has files to check", () => {
    expect(files.length).toBeGreaterThan(5)
  })

  it("imports downwards only", () => {
    expect(layerFaults(files)).toEqual([])
  })

  it("has no import cycles, not even of types", () => {
    expect(cycles(files)).toEqual([])
  })

  it("uses Node's modules in crypto and from layer 4 up", () => {
    expect(nodeFaults(files)).toEqual([])
  })

  it("has a console that knows a server by its client alone", () => {
    expect(consoleFaults(files)).toEqual([])
  })

  it("has no default exports, no export * and no module-level state", () => {
    expect(textFaults(files)).toEqual([])
  })

  it("has an index.ts only where the package publishes an entry", () => {
    expect(strayIndexes(files, [...entries.values()])).toEqual([])
  })

  it("declares every package that it imports", () => {
    const isConsole = ({ path }: { path: string }): boolean => path.startsWith("src/console/")
    expect(undeclaredPackages(files.filter((file) => !isConsole(file)), publishedPackages(manifest))).toEqual([])
    // it is published as what Vite made of it, with its packages inside
    expect(undeclaredPackages(files.filter(isConsole), new Set(Object.keys(manifest.devDependencies)))).toEqual([])
  })

  it.each([...entries])("publishes %s from a file that exists", (_subpath, path) => {
    expect(existsSync(join(ROOT, path))).toBe(true)
  })

  it.each(Object.entries(LAZY).filter(([entry]) => existsSync(join(ROOT, entry))))("%s loads heavy packages late", (entry, heavy) => {
    const eager = eagerPackages(files, entry)
    expect(heavy.filter((name) => eager.has(name)).map((name) => `${name} by ${eager.get(name) ?? ""}`)).toEqual([])
  })

  it.each(BROWSER_ENTRIES.filter((entry) => existsSync(join(ROOT, entry))))("%s loads in a browser", async (entry) => {
    expect(await nodeModulesInBrowserBundle({ entry: join(ROOT, entry) })).toEqual([])
  })

  it("knows every folder of src", () => {
    const folders = new Set(files.map((file) => file.path.split("/")[1] ?? ""))
    expect([...folders].filter((folder) => !(folder in LAYERS))).toEqual([])
  })
})

describe("the rules of the house", () => {
  it.each([
    ["up", 'import { a } from "../core/b.ts"'],
    ["sideways", 'import { a } from "../redact/b.ts"'],
    ["up in a type", 'import type { A } from "../core/b.ts"'],
    ["up in an inline type", 'export type B = import("../core/b.ts").A'],
    ["up at run time", 'export const a = () => import("../core/b.ts")'],
    ["up by passing on", 'export { a } from "../core/b.ts"'],
    ["out of src", 'import { a } from "../../test/b.ts"'],
    ["to nothing", 'import { a } from "../base/missing.ts"'],
  ])("refuse an import that goes %s", (_way, text) => {
    const others = { "src/core/b.ts": "export const a = 1", "src/redact/b.ts": "export const a = 1" }
    expect(layerFaults(tree({ "src/crypto/a.ts": text, ...others }))).toHaveLength(1)
  })

  it("accept an import that goes down or stays", () => {
    const down = { "src/core/a.ts": 'import { b } from "../base/b.ts"\nimport { c } from "./c.ts"' }
    expect(layerFaults(tree({ ...down, "src/base/b.ts": "export const b = 1", "src/core/c.ts": "export const c = 1" }))).toEqual([])
  })

  it("refuse a folder that has no layer", () => {
    expect(layerFaults(tree({ "src/misc/a.ts": 'import "zod/mini"' }))).toEqual(["src/misc/a.ts is in no layer"])
  })

  it("refuse a console that takes from the server, or a module of Node's", () => {
    const reaching = { "src/console/a.ts": 'import { b } from "../server/b.ts"\nimport "node:fs"', "src/server/b.ts": "export const b = 1" }
    expect(consoleFaults(tree(reaching))).toEqual(["src/console/a.ts imports src/server/b.ts"])
    expect(nodeFaults(tree(reaching))).toEqual(["src/console/a.ts imports node:fs"])
  })

  it("leave tests alone", () => {
    const files = tree({ "src/base/a.test.ts": 'import "../cli/main.ts"\nimport "node:fs"\nlet a = 1' })
    expect([...layerFaults(files), ...nodeFaults(files), ...textFaults(files)]).toEqual([])
  })

  it("find cycles through types and dynamic imports", () => {
    const ring = {
      "src/core/a.ts": 'import type { B } from "./b.ts"',
      "src/core/b.ts": 'export const c = () => import("./c.ts")',
      "src/core/c.ts": 'export { a } from "./a.ts"',
    }
    expect(cycles(tree(ring))).toEqual(["src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts"])
  })

  it("refuse Node's modules below layer 4, and accept them in crypto and above", () => {
    const text = 'import { a } from "node:fs"'
    const found = nodeFaults(tree({ "src/core/a.ts": text, "src/crypto/a.ts": text, "src/storage/a.ts": text }))
    expect(found).toEqual(["src/core/a.ts imports node:fs"])
  })

  it.each([
    ["default export", "export default 1"],
    ["default export", "const a = 1\nexport { a as default }"],
    ["export *", 'export * from "./b.ts"'],
    ["export *", 'export * as b from "./b.ts"'],
    ["module-level let", "let a = 1"],
    ["module-level let", "export let a = 1"],
    ["module-level var", "var a = 1"],
    ["module-level empty Map", "const cache = new Map<string, string>()"],
  ])("refuse a %s: %s", (fault, text) => {
    const found = textFaults(tree({ "src/core/a.ts": text }))
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(fault)
  })

  it("accept constants, filled tables and state inside functions", () => {
    const text = "const a = 1\nexport const t = new Map([[1, 2]])\nexport const createB = () => { let b = 0; return () => b++ }"
    expect(textFaults(tree({ "src/core/a.ts": text }))).toEqual([])
  })

  it("refuse an index.ts that is no entry", () => {
    expect(strayIndexes(tree({ "src/core/index.ts": "", "src/store/index.ts": "" }), ["src/store/index.ts"])).toEqual(["src/core/index.ts"])
  })

  it("refuse a package that nobody declared", () => {
    const found = undeclaredPackages(tree({ "src/core/a.ts": 'import "@a/b/c"\nimport "zod/mini"\nimport "left"' }), new Set(["zod", "@a/b"]))
    expect(found).toEqual(["src/core/a.ts imports left, which package.json does not declare"])
  })

  it("see what an entry loads at once, and not what it loads late or for its types", () => {
    const files = tree({
      "src/cli/main.ts": 'import { a } from "./a.ts"\nexport const b = () => import("./b.ts")\nimport type { P } from "yaml"',
      "src/cli/a.ts": 'import { Pool } from "pg"',
      "src/cli/b.ts": 'import fastify from "fastify"',
    })
    expect([...eagerPackages(files, "src/cli/main.ts")]).toEqual([["pg", "src/cli/a.ts"]])
  })

  it("see a Node module in a browser bundle, with or without its prefix", async () => {
    const contents = 'import { randomBytes } from "node:crypto"\nimport fs from "fs"\nconsole.log(randomBytes, fs)'
    expect(await nodeModulesInBrowserBundle({ stdin: { contents, sourcefile: "a.ts" } })).toEqual([
      "a.ts imports node:crypto",
      "a.ts imports fs",
    ])
  })
})
