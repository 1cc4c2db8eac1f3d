import { closeSync, constants, fstatSync, openSync, promises, readFileSync, renameSync, statSync, type Stats } from "node:fs"
import { dirname, resolve } from "node:path"
import { randomBytes } from "node:crypto"
import { fromUtf8, utf8 } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"

/** Asked only when the file turns out to be sealed. */
export type AskPassphrase = () => Promise<string>

export interface KeyFile {
  path: string
  askPassphrase: AskPassphrase
}

const OTHERS_WRITE = 0o022
const STICKY = 0o1000

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code

/**
 * The key ring's text; null where there is no such file. A sealed file is opened with the passphrase.
 * @throws SecretError `unsafe_file` for a link, another owner, or permissions that let others in; `invalid_keys` for a
 * wrong passphrase
 */
export const readKeyFile = async ({ path, askPassphrase }: KeyFile): Promise<string | null> => {
  const text = readSafely(path)
  if (text === null) return null
  return isSealed(text) ? unseal(path, text, askPassphrase) : text
}

/**
 * What is checked is what is read: one handle, which follows no link. null where there is no file. A few dozen bytes: read
 * without leaving the thread, which every command line pays for at its start.
 */
const readSafely = (path: string): string | null => {
  const file = openNoFollow(path)
  if (file === null) return null
  try {
    assertSafeFile(path, fstatSync(file))
    assertSafeFolders(path)
    return readFileSync(file, "utf8").trim()
  } finally {
    closeSync(file)
  }
}

/** Without asking for a passphrase. @throws SecretError `unsafe_file` */
export const hasKeyFile = (path: string): boolean => readSafely(path) !== null

const openNoFollow = (path: string): number | null => {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isCode(error, "ENOENT")) return null
    if (isCode(error, "ELOOP")) throw unsafe(path, "is a symbolic link", "Name the real file in SOTTO_KEYS_FILE.")
    throw new SecretError("unsafe_file", `the key file ${path} cannot be opened`, { details: { path }, cause: error })
  }
}

const SEALED_PREFIX = "sotto-sealed"

const isSealed = (text: string): boolean => text.startsWith(SEALED_PREFIX)

export const isKeyFileSealed = async (path: string): Promise<boolean> => isSealed(readSafely(path) ?? "")

const unseal = async (path: string, text: string, askPassphrase: AskPassphrase): Promise<string> => {
  const passphrase = await askPassphrase()
  const { unsealWithPassphrase } = await import("../crypto/passphrase.ts")
  try {
    return fromUtf8(await unsealWithPassphrase(text, passphrase))
  } catch (cause) {
    throw new SecretError("invalid_keys", `the passphrase does not open the key file ${path}`, { cause })
  }
}

const assertSafeFile = (path: string, file: Stats): void => {
  if (!file.isFile()) throw unsafe(path, "is not a regular file", "Name a regular file in SOTTO_KEYS_FILE.")
  if (!isOurs(file.uid)) throw unsafe(path, "belongs to another user", `Run: chown ${process.getuid?.()} '${path}'`)
  if ((file.mode & 0o077) !== 0) throw unsafe(path, "can be opened by others", `Run: chmod 600 '${path}'`)
}

const isOurs = (uid: number): boolean => process.getuid === undefined || uid === process.getuid()

/** A folder that others can write lets them put another file in the place of ours, however tight the file itself is. */
const assertSafeFolders = (path: string): void => {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const { mode, uid } = statSync(folder)
    const isOpen = (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0
    if (isOpen) throw unsafe(folder, "can be written by others", `Run: chmod go-w '${folder}'`)
    if (!isOurs(uid) && uid !== 0) throw unsafe(folder, "belongs to another user", "Keep the key file in a folder of your own.")
    if (folder === dirname(folder)) return
  }
}

const unsafe = (path: string, problem: string, help: string): SecretError =>
  new SecretError("unsafe_file", `${path} ${problem}, so the keys in it are not safe`, { details: { path }, help })

/** Writes the ring for the first time. @throws SecretError `already_exists` rather than touch a file that is there */
export const createKeyFile = async (path: string, ring: string): Promise<void> => {
  const temporary = await writeTemporary(path, ring)
  try {
    await promises.link(temporary, path) // unlike rename, refuses to replace
    await syncFolder(dirname(path))
  } catch (error) {
    if (isCode(error, "EEXIST")) throw new SecretError("already_exists", `${path} exists already`)
    throw error
  } finally {
    await promises.unlink(temporary)
  }
}

/** The file as it stands, sealed or not: tells whether somebody changed it meanwhile. */
export const keyFileText = (path: string): string | null => readSafely(path)

/**
 * Replaces the ring in one step: a crash leaves the old file or the new one. A passphrase seals it.
 * @param before the file's text when its ring was read @throws SecretError `storage_unavailable` where that has changed:
 * another store may have put a key into the same file, which must not get lost
 */
export const replaceKeyFile = async (path: string, ring: string, passphrase?: string, before = readSafely(path)): Promise<void> => {
  const text = passphrase === undefined ? ring : await sealed(ring, passphrase)
  const temporary = await writeTemporary(path, text)
  if (readSafely(path) === before) renameSync(temporary, path) // nothing between the look and the step
  else {
    await promises.unlink(temporary)
    throw new SecretError("storage_unavailable", `the key file ${path} was changed meanwhile`, { help: "Try again." })
  }
  await syncFolder(dirname(path))
}

const sealed = async (ring: string, passphrase: string): Promise<string> => {
  const { sealWithPassphrase } = await import("../crypto/passphrase.ts")
  return sealWithPassphrase(utf8(ring), passphrase)
}

const writeTemporary = async (path: string, text: string): Promise<string> => {
  await promises.mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomBytes(6).toString("hex")}`
  const file = await promises.open(temporary, "wx", 0o600)
  try {
    await file.writeFile(`${text}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await promises.chmod(temporary, 0o600) // whatever the umask said
  return temporary
}

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await promises.open(folder, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
