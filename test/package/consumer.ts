import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { ROOT } from "../architecture/manifest.ts"

/** An empty project that has installed the packed package, as a stranger would. */
export interface Consumer {
  folder: string
  write: (name: string, text: string) => void
  /** Runs the pinned Node there and returns what it printed. */
  node: (...args: string[]) => string
  remove: () => void
}

const run = (folder: string, command: string, args: readonly string[]): string => {
  const { npm_config_prefix: _prefix, ...env } = process.env
  const result = spawnSync(command, args, { cwd: folder, encoding: "utf8", env })
  if (result.status === 0) return result.stdout
  throw new Error(`${command} ${args.join(" ")} ended with ${String(result.status)}\n${result.stdout}${result.stderr}`)
}

const pack = (folder: string): string => {
  const printed = run(ROOT, "npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder])
  const [packed] = JSON.parse(printed) as [{ filename: string }]
  return join(folder, packed.filename)
}

/** Packs what `npm run build` left in `dist` and installs it, beside other packages, into an empty project in a temporary folder. */
export const installPackage = (beside: readonly string[] = []): Consumer => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-package-"))
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  write("package.json", '{ "name": "stranger", "private": true }')
  run(folder, "npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", pack(folder), ...beside])
  return {
    folder,
    write,
    node: (...args) => run(folder, process.execPath, args),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
