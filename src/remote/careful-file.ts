import {
  closeSync, constants, fchmodSync, fchownSync, fstatSync, fsyncSync, ftruncateSync, linkSync, lstatSync, openSync, readFileSync, renameSync, unlinkSync, writeSync,
  type Stats,
} from "node:fs"
import { dirname } from "node:path"
import { SecretError } from "../base/errors.ts"
import { unsafeFile, writing } from "./file-faults.ts"

export const PRIVATE_FILE = 0o600
export const GROUP_AND_OTHERS = 0o077
/** More than every secret of a workspace; a file beyond it is none that an app reads its variables from. */
const FILE_MAX_BYTES = 64 * 1024 * 1024

/** Facts about the thing itself, not about what a link leads to; null where there is none. */
export const factsOf = (path: string): Stats | null => {
  try {
    return lstatSync(path)
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return null
    throw error
  }
}

export const isOurs = (facts: Stats): boolean => process.geteuid === undefined || facts.uid === process.geteuid()

/** @throws SecretError `unsafe_file` where the path is a link, no plain file, somebody else's, or goes by a second name */
export const assertPlainFile = (path: string, facts: Stats): void => {
  if (facts.isSymbolicLink()) throw unsafeFile(path, "is a link", "Name the file itself, or remove the link.")
  if (!facts.isFile()) throw unsafeFile(path, "is no plain file", "Remove it, or choose another path.")
  if (!isOurs(facts)) throw unsafeFile(path, "belongs to another user", "Run the daemon as the user that owns it, or remove it.")
  if (facts.nlink !== 1) throw unsafeFile(path, "goes by a second name (a hard link)", `Find the other name with: find / -xdev -samefile '${path}'`)
}

export interface ReadFile {
  bytes: Uint8Array
  facts: Stats
}

/** null where nothing stands there. @throws SecretError as `assertPlainFile`; `file_not_written` where it cannot be read */
export const readPlainFile = (path: string): ReadFile | null =>
  writing(path, () => {
    const before = factsOf(path)
    if (before === null) return null
    assertPlainFile(path, before)
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const facts = fstatSync(file)
      if (!isSameFile(facts, before) || facts.size > FILE_MAX_BYTES) throw unsafeFile(path, "changed while it was read, or is too large", "See who else writes to it.")
      return { bytes: readFileSync(file), facts }
    } finally {
      closeSync(file)
    }
  })

/** The same file with the same content, as far as the system tells. */
export const isSameFile = (a: Stats, b: Stats): boolean => a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs

export interface NewFileOptions {
  /** 0600 where it is absent, whatever the umask says. */
  mode?: number
  /** The group stays the user's own where it is absent. */
  gid?: number
}

/** Exactly these bytes, on the disk, in a file that was not there before; nothing is left where that fails. */
export const writeNewFile = (path: string, bytes: Uint8Array, { mode = PRIVATE_FILE, gid }: NewFileOptions = {}): void => {
  const file = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW, PRIVATE_FILE)
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    if (gid !== undefined && gid !== fstatSync(file).gid) fchownSync(file, -1, gid)
    fchmodSync(file, mode)
    fsyncSync(file)
  } catch (error) {
    unlinkSync(path)
    throw error
  } finally {
    closeSync(file)
  }
}

/** Names the file a second time, which takes no room; where the file system knows no second names it is copied. */
export const keepBeside = (path: string, kept: string): void => {
  try {
    linkSync(path, kept)
  } catch (error) {
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error
    const old = readPlainFile(path)
    if (old !== null) writeNewFile(kept, old.bytes, { mode: old.facts.mode & 0o777, gid: old.facts.gid })
  }
}

/** A name that was changed in a folder is on the disk only with its folder. */
export const syncFolder = (folder: string): void => {
  const handle = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** What stood at `to` stands there until the moment that the other does. @throws SecretError `file_not_written` */
export const renameFile = (from: string, to: string): void =>
  writing(to, () => {
    renameSync(from, to)
    syncFolder(dirname(to))
  })

/** Either the old bytes or the new ones stand at `path` at every moment, also after a power cut. @throws SecretError `file_not_written` */
export const replaceFile = (path: string, bytes: Uint8Array, temp: string, options: NewFileOptions = {}): void => {
  writing(path, () => writeNewFile(temp, bytes, options))
  try {
    renameFile(temp, path)
  } catch (error) {
    unlinkSync(temp)
    throw error
  }
}

/** Cuts off what stands behind the first bytes of a file; it needs no room. @throws SecretError `file_not_written` */
export const shortenFile = (path: string, bytes: number): void =>
  writing(path, () => {
    const file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW)
    try {
      ftruncateSync(file, bytes)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  })

/** Idempotent. Removes a name, never what a link leads to. @throws SecretError `file_not_written` */
export const removeFile = (path: string): void =>
  writing(path, () => {
    if (factsOf(path) === null) return
    unlinkSync(path)
    syncFolder(dirname(path))
  })

/** @throws SecretError `unsafe_file` where it is not UTF-8 */
export const textOf = (path: string, bytes: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new SecretError("unsafe_file", `${path} is no text in UTF-8`, { details: { path }, help: "Remove it, or choose another path." })
  }
}
