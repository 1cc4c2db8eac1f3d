import { chmodSync, closeSync, constants, fchmodSync, lstatSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SecretError } from "../base/errors.ts"
import { isSurelyGone, parseOwner, thisProcess } from "./owner.ts"

type Environment = Readonly<Record<string, string | undefined>>

const OWNER_FILE = ".owner"
const PRIVATE_FOLDER = 0o700
const PRIVATE_FILE = 0o600

/** Where folders of secrets may lie, the best place first: in memory, and gone with the session. Never in the workspace. */
const placesOf = (env: Environment): string[] => {
  const uid = process.getuid?.() ?? 0
  return [env.XDG_RUNTIME_DIR, "/dev/shm", tmpdir()].flatMap((place) => (place ? [join(place, `sotto-${uid}`)] : []))
}

const isPrivate = (path: string): boolean => {
  const { mode, uid, isDirectory } = factsOf(path)
  return isDirectory && (process.getuid === undefined || uid === process.getuid()) && (mode & 0o077) === 0
}

const factsOf = (path: string): { mode: number; uid: number; isDirectory: boolean } => {
  try {
    const facts = lstatSync(path) // a link to a folder is no folder
    return { mode: facts.mode, uid: facts.uid, isDirectory: facts.isDirectory() }
  } catch {
    return { mode: 0, uid: -1, isDirectory: false }
  }
}

/** A folder of 0700 that belongs to this process alone, with a note of whose it is. */
export const makeSecretFolder = (env: Environment): string => makePrivateFolder(placesOf(env), "run-")

/** The same on a disk, for what is large and no secret: it is swept in the same way. */
export const makeWorkFolder = (): string => makePrivateFolder(placesOf({}).slice(-1), "work-")

const makePrivateFolder = (places: readonly string[], prefix: string): string => {
  for (const place of places) {
    try {
      mkdirSync(place, { mode: PRIVATE_FOLDER })
    } catch {
      // It is there, or cannot be made: what counts is what it is.
    }
    if (!isPrivate(place)) continue
    const folder = mkdtempSync(join(place, prefix))
    writePrivate(join(folder, OWNER_FILE), new TextEncoder().encode(JSON.stringify(thisProcess())))
    return folder
  }
  throw new SecretError("SECRETS_REQUIRED_MISSING", "there is no folder that secrets could be put into", {
    details: { reason: "inject_failed" },
    help: "Set XDG_RUNTIME_DIR to a folder of your own with mode 700.",
  })
}

/** Exactly these bytes, 0600 whatever the umask says, in a file that was not there before. */
export const writePrivate = (path: string, bytes: Uint8Array): void => {
  const file = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW, PRIVATE_FILE)
  try {
    fchmodSync(file, PRIVATE_FILE)
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
  } finally {
    closeSync(file)
  }
}

/** Idempotent. @throws SecretError `unsafe_file` that names the folder that could not be removed */
export const removeSecretFolder = (folder: string): void => {
  try {
    removeAll(folder)
  } catch (cause) {
    throw new SecretError("unsafe_file", `the folder ${folder} could not be removed`, { details: { path: folder }, help: `Run: rm -r '${folder}'`, cause })
  }
}

/** A job may have left folders in which nothing can be removed. */
const removeAll = (folder: string): void => {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    openFolders(folder)
    rmSync(folder, { recursive: true, force: true })
  }
}

const openFolders = (folder: string): void => {
  chmodSync(folder, PRIVATE_FOLDER)
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) openFolders(join(folder, entry.name))
}

/**
 * Removes what a killed process left behind. Touched is only a folder that is ours, private, no link, and whose owner is surely
 * gone. @returns how many were removed
 */
export const sweepLeftovers = (env: Environment): number => {
  const left = placesOf(env).filter(isPrivate).flatMap((place) => entriesOf(place).map((name) => join(place, name)))
  const gone = left.filter((folder) => isPrivate(folder) && isOwnerGone(folder))
  for (const folder of gone) removeSecretFolder(folder)
  return gone.length
}

const entriesOf = (place: string): string[] => {
  try {
    return readdirSync(place).filter((name) => /^(run|work)-/.test(name))
  } catch {
    return []
  }
}

/** A folder without a note may be one that is being made at this moment. */
const isOwnerGone = (folder: string): boolean => {
  try {
    const owner = parseOwner(readFileSync(join(folder, OWNER_FILE), "utf8"))
    return owner !== null && isSurelyGone(owner)
  } catch {
    return false
  }
}
