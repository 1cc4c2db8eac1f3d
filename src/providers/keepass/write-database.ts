import { createHash, randomBytes } from "node:crypto"
import { closeSync, constants, fsyncSync, linkSync, lstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { SecretError } from "../../base/errors.ts"

/** @returns whether there is a file @throws SecretError `unsafe_file` for a link or anything else that is no file */
export const assertNoLink = (path: string): boolean => {
  const facts = lstatSync(path, { throwIfNoEntry: false })
  if (facts === undefined) return false
  if (!facts.isFile()) throw new SecretError("unsafe_file", "the path of the database is a link, a folder or the like", { details: { path }, help: "Name the real file." })
  return true
}

/**
 * Whole or not at all: under another name first, on the disk, then in its place with mode 600.
 * @param expected what the file is now: its SHA-256, `absent`, or null for anything
 * @throws SecretError `version_conflict`, `already_exists`
 */
export const writeDatabase = (path: string, bytes: Uint8Array, expected: string | null): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  keepOutOfGit(dirname(path))
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`)
  try {
    writeSynced(temporary, bytes)
    put(temporary, path, expected)
  } finally {
    rmSync(temporary, { force: true })
  }
}

const put = (temporary: string, path: string, expected: string | null): void => {
  if (expected === "absent") return linkNew(temporary, path)
  if (expected !== null && sha256Of(path) !== expected) throw new SecretError("version_conflict", "somebody else wrote the database meanwhile; nothing was changed", { help: "Run the command again." })
  assertNoLink(path)
  renameSync(temporary, path)
}

/** A link, unlike a new name, never takes the place of a file that came to be meanwhile. */
const linkNew = (temporary: string, path: string): void => {
  try {
    linkSync(temporary, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw new SecretError("already_exists", "there is a file of that name", { details: { path } })
    throw error
  }
}

const sha256Of = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex")

const writeSynced = (path: string, bytes: Uint8Array): void => {
  const file = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW, 0o600)
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** A project's folder of databases, as `vault create` makes it. */
const keepOutOfGit = (folder: string): void => {
  if (!/\.(?:sotto|loom)\/keepass$/.test(folder)) return
  try {
    writeFileSync(join(folder, ".gitignore"), "*\n", { flag: "wx" })
  } catch {
    // It is there.
  }
}
