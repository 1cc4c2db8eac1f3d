import { globSync, readFileSync } from "node:fs"
import { cp, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { build, type Plugin } from "esbuild"

// Packages without a CommonJS form are taken in; every other import stays what it is.
const MODULES_ONLY = ["@noble/curves", "@noble/hashes", "hpke"]

const isModuleOnly = (specifier: string): boolean => MODULES_ONLY.some((name) => specifier === name || specifier.startsWith(`${name}/`))

const keepImports: Plugin = {
  name: "keep-imports",
  setup: (hooks) =>
    hooks.onResolve({ filter: /./ }, ({ path, importer, kind }) => {
      const isOurs = !importer.includes("node_modules")
      return kind === "entry-point" || !isOurs || isModuleOnly(path) ? undefined : { path, external: true }
    }),
}

const MODULE_URL = 'const sottoModuleUrl = require("node:url").pathToFileURL(__filename).href;'

const transform = (dist: string, paths: readonly string[], banner: string): Promise<unknown> =>
  build({
    entryPoints: paths.map((path) => join(dist, path)),
    outdir: join(dist, "cjs"),
    outbase: dist,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22.12",
    supported: { "dynamic-import": false },
    define: { "import.meta.dirname": "__dirname", "import.meta.filename": "__filename", "import.meta.url": "sottoModuleUrl" },
    banner: { js: banner },
    plugins: [keepImports],
    logLevel: "warning",
    logOverride: { "empty-import-meta": "error" },
  })

/**
 * Writes `dist/cjs`: each emitted module once more as CommonJS, with its declarations, for `require` where the loader
 * knows no ES modules (Jest). Dynamic imports become `require` calls, which stay as late as they were.
 */
export const emitCommonJs = async (root: string): Promise<void> => {
  const dist = join(root, "dist")
  const emitted = globSync("**/*.{js,d.ts}", { cwd: dist, exclude: ["cjs/**", "cli/**", "console/**"] })
  const modules = emitted.filter((path) => path.endsWith(".js"))
  const asksForUrl = (path: string): boolean => readFileSync(join(dist, path), "utf8").includes("import.meta.url")
  await transform(dist, modules.filter(asksForUrl), MODULE_URL)
  await transform(dist, modules.filter((path) => !asksForUrl(path)), "")
  const declarations = emitted.filter((path) => path.endsWith(".d.ts"))
  await Promise.all(declarations.map((path) => cp(join(dist, path), join(dist, "cjs", path))))
  await writeFile(join(dist, "cjs", "package.json"), '{ "type": "commonjs" }\n')
}
