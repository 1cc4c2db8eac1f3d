import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { factsOf, GROUP_AND_OTHERS, isOurs, readPlainFile, syncFolder, writeNewFile } from "./careful-file.ts"

export const PRIVATE_FOLDER = 0o700
const VERSION = /^\.sotto-[0-9a-f]{12}$/
/** What stands in the folder and leads into the version that counts. */
export const LINKS: Readonly<Record<string, string>> = { env: "current/env", secrets: "current/secrets" }

/** null where `current` leads to no version: it is absent, or somebody put something else there. */
export const currentVersion = (folder: string): string | null => {
  const facts = factsOf(join(folder, "current"))
  const version = facts?.isSymbolicLink() === true ? readlinkSync(join(folder, "current")) : ""
  return VERSION.test(version) && factsOf(join(folder, version))?.isDirectory() === true ? version : null
}

export const currentFile = (folder: string, name: string): Uint8Array | null => {
  const version = currentVersion(folder)
  return version === null ? null : (readPlainFile(join(folder, version, name))?.bytes ?? null)
}

/** By name below the version. What is not as the daemon makes it stands under a name that no delivery has, so that the version is written anew. */
export const filesIn = (version: string): Map<string, Uint8Array> => {
  const files = new Map<string, Uint8Array>()
  const names = readdirSync(version).filter((name) => name !== "secrets")
  const secrets = isFolderOfOurs(join(version, "secrets")) ? readdirSync(join(version, "secrets")).map((name) => `secrets/${name}`) : []
  for (const name of [...names, ...secrets]) {
    const facts = factsOf(join(version, name))
    const isPlain = facts !== null && facts.isFile() && isOurs(facts) && facts.nlink === 1
    if (isPlain) files.set(name, readPlainFile(join(version, name))?.bytes ?? new Uint8Array())
    if (!isPlain || (facts.mode & GROUP_AND_OTHERS) !== 0) files.set(`${name}?`, new Uint8Array())
  }
  return files
}

const isFolderOfOurs = (path: string): boolean => {
  const facts = factsOf(path)
  return facts !== null && facts.isDirectory() && isOurs(facts)
}

export const areLinksRight = (folder: string): boolean =>
  Object.entries(LINKS).every(([name, target]) => factsOf(join(folder, name))?.isSymbolicLink() === true && readlinkSync(join(folder, name)) === target)

/** What `env` and `secrets` are to be; they lead into nothing before the first delivery. */
export const putLinks = (folder: string, id: string): void => {
  for (const [name, target] of Object.entries(LINKS)) putLink(join(folder, name), target, join(folder, `.sotto-${id}.${name}`))
}

const putLink = (path: string, target: string, temp: string): void => {
  const facts = factsOf(path)
  if (facts?.isSymbolicLink() === true && readlinkSync(path) === target) return
  if (facts?.isDirectory() === true) rmSync(path, { recursive: true })
  symlinkSync(target, temp)
  renameSync(temp, path)
}

/** A folder of its own for one delivery, on the disk to its last byte. */
export const writeVersion = (version: string, files: ReadonlyMap<string, Uint8Array>): void => {
  mkdirSync(version, { mode: PRIVATE_FOLDER })
  mkdirSync(join(version, "secrets"), { mode: PRIVATE_FOLDER })
  for (const [name, bytes] of files) writeNewFile(join(version, name), bytes)
  syncFolder(join(version, "secrets"))
  syncFolder(version)
}
