import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"

/**
 * Peers are nobody's dependency but a bench's: each folder of them is installed when it is first needed, as its own package.json says,
 * with no script of theirs run.
 * @param folder below bench/ @param needed a file that is there once they are installed
 * @returns the path of that file
 */
export const installPeers = (folder: string, needed: string): string => {
  const cwd = join(import.meta.dirname, folder)
  const path = join(cwd, "node_modules", needed)
  if (existsSync(path)) return path
  const options = ["--ignore-scripts", "--omit=peer", "--no-audit", "--no-fund", "--no-save", "--package-lock=false"]
  const { status } = spawnSync("npm", ["install", ...options], { cwd, stdio: ["ignore", 2, 2] })
  if (status === 0 && existsSync(path)) return path
  throw new Error(`the peers in bench/${folder} could not be installed; name the other benches to leave this one out`)
}
