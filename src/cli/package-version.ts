import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

/** Out of the package's own file, which lies above the source as above the bundle. */
export const packageVersion = (folder: string = import.meta.dirname): string => {
  const path = join(folder, "package.json")
  const { version } = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { version?: string }) : {}
  return version ?? packageVersion(dirname(folder))
}
