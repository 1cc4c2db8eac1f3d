import { existsSync, globSync, readFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { build } from "esbuild"

// What the command line carries inside itself; everything else stays a package that is loaded when a command needs it.
const BUNDLED = new Set(["zod", "fastify-type-provider-zod", "@noble/hashes"])

const MODULE_URL = 'const sottoModuleUrl = require("node:url").pathToFileURL(__filename).href;'

// A thread is started from the file beside the one that starts it, which in the bundle is `dist/cli`.
const threads = (root: string): Record<string, string> =>
  Object.fromEntries(globSync("src/*/*-worker.ts", { cwd: root }).map((path) => [basename(path, ".ts"), join(root, path)]))

/**
 * Bundles `src/cli/main.ts` into one CommonJS file (and a file for each thread): loaded as ES modules, the same code takes
 * twice the time to start. What the source imports late is in the file and runs late; packages stay outside.
 */
export const bundleCommandLine = async (root: string, outdir: string = join(root, "dist/cli")): Promise<void> => {
  const entry = join(root, "src/cli/main.ts")
  if (!existsSync(entry)) return
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: Record<string, string> }
  await build({
    entryPoints: { main: entry, ...threads(root) },
    outdir,
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    platform: "node",
    format: "cjs",
    target: "node22.12",
    supported: { "dynamic-import": false },
    define: { "import.meta.dirname": "__dirname", "import.meta.filename": "__filename", "import.meta.url": "sottoModuleUrl" },
    external: Object.keys(manifest.dependencies).filter((name) => !BUNDLED.has(name)),
    banner: { js: MODULE_URL },
    logLevel: "warning",
  })
  await writeFile(join(outdir, "package.json"), '{ "type": "commonjs" }\n')
}
