import { existsSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { publishedEntries, readManifest, ROOT } from "./architecture/manifest.ts"
import { type Consumer, installPackage } from "./package/consumer.ts"
import { compileExample, playExample } from "./nestjs/play-example.ts"
import { USES } from "./package/uses.ts"

const manifest = readManifest()
const specifiers = [...publishedEntries(manifest).keys()].map((subpath) => manifest.name + subpath.slice(1))

/** An older NestJS, in CommonJS; the repository's own tests run on the present one. */
const NEST_11 = ["@nestjs/common@11.2.10", "@nestjs/core@11.2.10", "@nestjs/platform-express@11.2.10", "reflect-metadata@0.2.2", "rxjs@7.8.2"]

const NAMES = `
  const names = {}
  for (const specifier of ${JSON.stringify(specifiers)}) {
    const entry = await load(specifier)
    const exported = Object.keys(entry).filter((name) => name !== "default" && name !== "module.exports").sort()
    for (const name of exported) assert.notEqual(entry[name], undefined, specifier + " exports an undefined " + name)
    names[specifier] = exported
  }
  console.log(JSON.stringify(names))`

const asModule = (body: string): string =>
  `import assert from "node:assert"\nconst load = (specifier) => import(specifier)\n${body}\n`

const asCommonJs = (body: string): string =>
  `const assert = require("node:assert")\nconst load = async (specifier) => require(specifier)\nvoid (async () => {${body}\n})()\n`

const typeUses = specifiers.map((specifier, at) => `import * as entry${at} from "${specifier}"\nexport const names${at} = Object.keys(entry${at})`)

describe("the published package", () => {
  let consumer: Consumer
  const run = (name: string, text: string, ...flags: string[]): string => {
    consumer.write(name, text)
    return consumer.node(...flags, name)
  }

  beforeAll(() => {
    if (!existsSync(join(ROOT, "dist/store/index.js"))) throw new Error("there is nothing to pack yet: npm run build")
    consumer = installPackage(NEST_11)
  })

  afterAll(() => consumer?.remove())

  it("has a use in this test for every subpath", () => {
    expect(Object.keys(USES).sort()).toEqual([...specifiers].sort())
  })

  it("exports the same names to ES modules, to require, and to a require that knows no ES modules", () => {
    const names = run("names.mjs", asModule(NAMES))
    expect(Object.values(JSON.parse(names) as Record<string, string[]>).every((exported) => exported.length > 0)).toBe(true)
    expect(run("names.cjs", asCommonJs(NAMES))).toBe(names)
    expect(run("names.cjs", asCommonJs(NAMES), "--no-experimental-require-module")).toBe(names)
  })

  it.each(Object.entries(USES).filter(([, body]) => body !== ""))("%s works from ES modules and from CommonJS", (_specifier, body) => {
    const ending = '\nconsole.log("works")'
    expect(run("use.mjs", asModule(body + ending))).toContain("works")
    expect(run("use.cjs", asCommonJs(body + ending), "--no-experimental-require-module")).toContain("works")
  })

  it("knows an error of its CommonJS copy in its ES module copy, and the other way round", () => {
    const body = `
      const one = await import("sotto")
      const { createRequire } = await import("node:module")
      const other = createRequire(process.cwd() + "/").call(undefined, "sotto")
      assert.ok(one.isSecretStoreError(new other.SecretError("expired")))
      assert.ok(other.isSecretStoreError(new one.SecretError("expired")))
      console.log("works")`
    expect(run("copies.mjs", asModule(body))).toContain("works")
  })

  it("has types that compile in both kinds of file", () => {
    consumer.write("types.mts", typeUses.join("\n"))
    consumer.write("types.cts", typeUses.join("\n"))
    const types = ["--typeRoots", join(ROOT, "node_modules/@types"), "--types", "node"]
    const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024", "--skipLibCheck", "false", ...types]
    expect(consumer.node(join(ROOT, "node_modules/typescript/bin/tsc"), ...flags, "types.mts", "types.cts")).toBe("")
  })

  it.each(["module", "commonjs"] as const)("runs examples/nestjs on NestJS 11 as %s", async (kind) => {
    const folder = join(consumer.folder, kind)
    compileExample(folder, kind)
    expect(await playExample(folder)).toEqual({ missing: 503, documents: "Webhooks are signed.", nobody: 401, isSigned: true, leaks: false })
  })

  it("brings a command", () => {
    expect(consumer.node("node_modules/sotto/bin/sotto.js", "--version")).toContain(manifest.version)
  })

  it("says which Node it needs", () => {
    expect(manifest.engines.node).toBe(">=22.12")
  })
})
