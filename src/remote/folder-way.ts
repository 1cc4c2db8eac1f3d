import { lstatSync, mkdirSync, readlinkSync } from "node:fs"
import { dirname, isAbsolute, join } from "node:path"
import { SecretError } from "../base/errors.ts"
import { factsOf, syncFolder } from "./careful-file.ts"
import { unsafeFile, writing } from "./file-faults.ts"

const PRIVATE_FOLDER = 0o700
const GROUP_OR_OTHERS_WRITE = 0o022
/** In such a folder nobody moves what is another's. */
const STICKY = 0o1000
/** As the kernel's own limit. */
const LINKS_MAX = 40

/**
 * The real name of a folder, reached as the kernel reaches it (path_resolution(7)), where on the whole way nobody but root and
 * this user could put another folder or link in its place.
 * @returns null where a part of the way is absent and `isMade` is not given; with it what is absent is made, 0700
 * @throws SecretError `unsafe_file`, `invalid_argument`, `file_not_written`
 */
export const resolveFolder = (path: string, { isMade = false } = {}): string | null => {
  if (!isAbsolute(path) || path.includes("\0")) throw new SecretError("invalid_argument", "a target is named by its absolute path")
  return writing(path, () => walk(path, isMade))
}

const walk = (path: string, isMade: boolean): string | null => {
  let folder = "/"
  assertFolder(folder)
  const names = namesIn(path)
  for (let links = 0; names.length > 0; ) {
    const next = join(folder, names.shift() as string)
    if (factsOf(next) === null) {
      if (!isMade) return null
      makeFolder(next)
    }
    const target = linkTarget(next)
    if (target === null) {
      folder = next
      assertFolder(folder)
      continue
    }
    if (++links > LINKS_MAX) throw unsafeFile(path, "goes through too many links", "Name the folder itself.")
    if (isAbsolute(target)) folder = "/"
    names.unshift(...namesIn(target))
  }
  return folder
}

const namesIn = (path: string): string[] => path.split("/").filter((name) => name !== "" && name !== ".")

const makeFolder = (path: string): void => {
  mkdirSync(path, { mode: PRIVATE_FOLDER })
  syncFolder(dirname(path))
}

/** null for what is no link. A link in a sticky folder may be anybody's: only one of ours or root's is followed. */
const linkTarget = (path: string): string | null => {
  const facts = lstatSync(path)
  if (!facts.isSymbolicLink()) return null
  if (!isOwnerTrusted(facts.uid)) throw unsafeFile(path, "is a link of another user", "Name the folder itself, or remove the link.")
  return readlinkSync(path)
}

const isOwnerTrusted = (uid: number): boolean => uid === 0 || process.geteuid === undefined || uid === process.geteuid()

const assertFolder = (folder: string): void => {
  const facts = lstatSync(folder)
  if (!facts.isDirectory()) throw unsafeFile(folder, "is no folder", "Remove it, or choose another path.")
  const isWritable = (facts.mode & GROUP_OR_OTHERS_WRITE) !== 0 && (facts.mode & STICKY) === 0
  if (isWritable || !isOwnerTrusted(facts.uid)) {
    throw unsafeFile(folder, "can be changed by other users", "Only root or the daemon's user may own it, and nobody else may write to it: chmod go-w.")
  }
}
