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

interface HotBundle {
  /** What it has from the beginning and other bundles load late. */
  early: readonly string[]
  /** The bundle that starts over where it needs anything else. */
  else: string
}

const STORE = ["src/cli/store-backend.ts", "src/core/get.ts", "src/storage/sqlite.ts"]

/** Commands that are started so often that each has a bundle of its own; bin/sotto.js knows their names too. */
const HOT: Readonly<Record<string, HotBundle>> = {
  get: { early: ["src/cli/commands/get.ts", ...STORE], else: "main" },
  run: { early: ["src/cli/commands/run.ts"], else: "run-with-secrets" },
  "run-with-secrets": {
    early: [
      "src/cli/commands/run.ts",
      "src/cli/open-providers.ts",
      "src/core/references/resolve-references.ts",
      "src/core/get-many.ts",
      "src/providers/env.ts",
      "src/providers/sotto.ts",
      "src/redact/create-redactor.ts",
      "src/runner/run-on-terminal.ts",
      "src/runner/run-with-pipes.ts",
      "src/runner/trust.ts",
      ...STORE,
    ],
    else: "main",
  },
}

const LATE_IMPORT = /\bimport\("(\.[^"]+)"\)/g

/**
 * In a hot bundle no module waits to be loaded, so esbuild need not wrap each in a function: that is a sixth of such a start. What
 * the command uses is there from the beginning; whoever asks for anything else is sent to another bundle, which starts over.
 */
const noLateImports = (root: string, early: readonly string[]): Plugin => ({
  name: "no-late-imports",
  setup: (hooks) => {
    hooks.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const lines: string[] = []
      const text = (await readFile(path, "utf8")).replaceAll(LATE_IMPORT, (_, specifier: string) => {
        if (!early.some((each) => join(root, each) === resolve(dirname(path), specifier))) return "startOver()"
        lines.push(`import * as early${lines.length} from ${JSON.stringify(specifier)}`)
        return `Promise.resolve(early${lines.length - 1})`
      })
      return { contents: [...lines, text].join("\n"), loader: "ts" }
    })
  },
})

// It never comes back: the other bundle ends the process.
const startOver = (bundle: string): string => `const startOver = () => (require("./${bundle}.js"), new Promise(() => {}));`

const shared = (root: string): BuildOptions => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, object | undefined>
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
    ...Object.entries(HOT).map(([name, { early, else: other }]) =>
      build({ ...options, entryPoints: { [name]: entry }, banner: { js: MODULE_URL + startOver(other) }, plugins: [noLateImports(root, early)] }),
    ),
  ])
  await writeFile(join(outdir, "package.json"), '{ "type": "commonjs" }\n')
}
