import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

interface OwnPackage {
  folder: string
  version: string
}

/** The package's own file lies above the source as above the bundle, whose folder has a smaller one. */
const ownPackage = (folder: string = import.meta.dirname): OwnPackage => {
  const path = join(folder, "package.json")
  const { version } = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { version?: string }) : {}
  return version === undefined ? ownPackage(dirname(folder)) : { folder, version }
}

export const packageVersion = (): string => ownPackage().version

/** Where the console stands once it is built. */
export const consoleFolder = (): string => join(ownPackage().folder, "dist/console")
