import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { build } from "esbuild"

const root = join(import.meta.dirname, "..")
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: Record<string, string> }

// What the command line carries inside itself; everything else stays a package that is loaded when a command needs it.
const BUNDLED = new Set(["zod", "yaml", "fastify-type-provider-zod"])

const emit = (): void => {
  const run = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
    cwd: root,
    stdio: "inherit",
  })
  if (run.status !== 0) process.exit(run.status ?? 1)
}

const bundleCommandLine = async (): Promise<void> => {
  const entry = join(root, "src/cli/main.ts")
  if (!existsSync(entry)) return
  await build({
    entryPoints: [entry],
    outdir: join(root, "dist/cli"),
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node22.12",
    external: Object.keys(manifest.dependencies).filter((name) => !BUNDLED.has(name)),
    chunkNames: "chunk-[hash]",
    logLevel: "warning",
  })
}

await rm(join(root, "dist"), { recursive: true, force: true })
emit()
await bundleCommandLine()
