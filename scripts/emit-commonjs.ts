import { globSync } from "node:fs"
import { cp, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { build, type Plugin } from "esbuild"

// Packages without a CommonJS form are taken in; every other import stays what it is.
const MODULES_ONLY = ["@noble/hashes"]

const isModuleOnly = (specifier: string): boolean => MODULES_ONLY.some((name) => specifier === name || specifier.startsWith(`${name}/`))

const keepImports: Plugin = {
  name: "keep-imports",
  setup: (hooks) =>
    hooks.onResolve({ filter: /./ }, ({ path, importer, kind }) => {
      const isOurs = !importer.includes("node_modules")
      return kind === "entry-point" || !isOurs || isModuleOnly(path) ? undefined : { path, external: true }
    }),
}

/**
 * Writes `dist/cjs`: each emitted module once more as CommonJS, with its declarations, for `require` where the loader
 * knows no ES modules (Jest). Dynamic imports become `require` calls, which stay as late as they were.
 */
export const emitCommonJs = async (root: string): Promise<void> => {
  const dist = join(root, "dist")
  const target = join(dist, "cjs")
  const emitted = globSync("**/*.{js,d.ts}", { cwd: dist, exclude: ["cjs/**", "cli/**"] })
  await build({
    entryPoints: emitted.filter((path) => path.endsWith(".js")).map((path) => join(dist, path)),
    outdir: target,
    outbase: dist,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22.12",
    supported: { "dynamic-import": false },
    define: { "import.meta.dirname": "__dirname", "import.meta.filename": "__filename" },
    plugins: [keepImports],
    logLevel: "warning",
    logOverride: { "empty-import-meta": "error" },
  })
  const declarations = emitted.filter((path) => path.endsWith(".d.ts"))
  await Promise.all(declarations.map((path) => cp(join(dist, path), join(target, path))))
  await writeFile(join(target, "package.json"), '{ "type": "commonjs" }\n')
}
