import { existsSync, globSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { build } from "esbuild"

// What the command line carries inside itself; everything else stays a package that is loaded when a command needs it.
const BUNDLED = new Set(["zod", "yaml", "fastify-type-provider-zod"])

// A CommonJS package inside an ES module asks for Node's own modules through `require`.
const BANNER = 'import { createRequire as createSottoRequire } from "node:module"; const require = createSottoRequire(import.meta.url);'

// A thread is started from the file beside the one that starts it, which in the bundle is `dist/cli`.
const threads = (root: string): Record<string, string> =>
  Object.fromEntries(globSync("src/*/*-worker.ts", { cwd: root }).map((path) => [basename(path, ".ts"), join(root, path)]))

/** Bundles `src/cli/main.ts` to `dist/cli`; what the source imports late becomes a chunk that is loaded late. */
export const bundleCommandLine = async (root: string): Promise<void> => {
  const entry = join(root, "src/cli/main.ts")
  if (!existsSync(entry)) return
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: Record<string, string> }
  await build({
    entryPoints: { main: entry, ...threads(root) },
    outdir: join(root, "dist/cli"),
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node22.12",
    external: Object.keys(manifest.dependencies).filter((name) => !BUNDLED.has(name)),
    chunkNames: "chunk-[hash]",
    banner: { js: BANNER },
    logLevel: "warning",
  })
}
