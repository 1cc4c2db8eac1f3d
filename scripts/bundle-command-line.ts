import { existsSync, globSync, readFileSync } from "node:fs"
import { readFile, writeFile } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { build, type BuildOptions, type Plugin } from "esbuild"

// What the command line carries inside itself; everything else stays a package that is loaded when a command needs it.
const BUNDLED = new Set(["zod", "fastify-type-provider-zod", "@noble/hashes"])

const MODULE_URL = 'const sottoModuleUrl = require("node:url").pathToFileURL(__filename).href;'

// A thread is started from the file beside the one that starts it, which in the bundle is `dist/cli`.
const threads = (root: string): Record<string, string> =>
  Object.fromEntries(globSync("src/*/*-worker.ts", { cwd: root }).map((path) => [basename(path, ".ts"), join(root, path)]))

/**
 * Commands that are started so often that each has a bundle of its own, with the modules that it otherwise loads late. bin/sotto.js
 * knows their names too.
 */
const HOT: Readonly<Record<string, readonly string[]>> = {
  get: ["src/cli/commands/get.ts", "src/cli/store-backend.ts", "src/core/get.ts", "src/storage/sqlite.ts"],
}

const LATE_IMPORT = /\bimport\("(\.[^"]+)"\)/g

/**
 * In a hot bundle no module waits to be loaded, so esbuild need not wrap each in a function: that is a sixth of such a start. What
 * the command uses is there from the beginning; whoever asks for anything else is sent to main.js, which starts over.
 */
const noLateImports = (root: string, hot: readonly string[]): Plugin => ({
  name: "no-late-imports",
  setup: (hooks) => {
    hooks.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const early: string[] = []
      const text = (await readFile(path, "utf8")).replaceAll(LATE_IMPORT, (_, specifier: string) => {
        if (!hot.some((each) => join(root, each) === resolve(dirname(path), specifier))) return "startOverInMain()"
        early.push(`import * as early${early.length} from ${JSON.stringify(specifier)}`)
        return `Promise.resolve(early${early.length - 1})`
      })
      return { contents: [...early, text].join("\n"), loader: "ts" }
    })
  },
})

// It never comes back: main.js ends the process.
const START_OVER = 'const startOverInMain = () => (require("./main.js"), new Promise(() => {}));'

const shared = (root: string): BuildOptions => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, Record<string, string> | undefined>
  const packages = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies }
  return {
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    platform: "node",
    format: "cjs",
    target: "node22.12",
    supported: { "dynamic-import": false },
    define: { "import.meta.dirname": "__dirname", "import.meta.filename": "__filename", "import.meta.url": "sottoModuleUrl" },
    external: Object.keys(packages).filter((name) => !BUNDLED.has(name)),
    logLevel: "warning",
  }
}

/**
 * Bundles `src/cli/main.ts` into one CommonJS file (and a file for each thread): loaded as ES modules, the same code takes
 * twice the time to start. What the source imports late is in the file and runs late; packages stay outside.
 */
export const bundleCommandLine = async (root: string, outdir: string = join(root, "dist/cli")): Promise<void> => {
  const entry = join(root, "src/cli/main.ts")
  if (!existsSync(entry)) return
  const options = { ...shared(root), outdir }
  await Promise.all([
    build({ ...options, entryPoints: { main: entry, ...threads(root) }, banner: { js: MODULE_URL } }),
    ...Object.entries(HOT).map(([command, hot]) =>
      build({ ...options, entryPoints: { [command]: entry }, banner: { js: MODULE_URL + START_OVER }, plugins: [noLateImports(root, hot)] }),
    ),
  ])
  await writeFile(join(outdir, "package.json"), '{ "type": "commonjs" }\n')
}
