import { spawnSync } from "node:child_process"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { buildConsole } from "./build-console.ts"
import { bundleCommandLine } from "./bundle-command-line.ts"
import { emitCommonJs } from "./emit-commonjs.ts"

const root = join(import.meta.dirname, "..")

const emitModules = (): void => {
  const compiler = join(root, "node_modules/typescript/bin/tsc")
  const run = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" })
  if (run.status !== 0) process.exit(run.status ?? 1)
}

await rm(join(root, "dist"), { recursive: true, force: true })
emitModules()
await Promise.all([emitCommonJs(root), bundleCommandLine(root), buildConsole(root)])
