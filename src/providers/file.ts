import { constants, promises, type Stats } from "node:fs"
import { homedir } from "node:os"
import { basename, dirname, join, resolve, sep } from "node:path"
import { isSecretError, type SecretError } from "../base/errors.ts"
import type { ProviderAnswer, ProviderSetting } from "../core/ports/provider.ts"
import { FILE_MAX_BYTES } from "../core/references/check-value.ts"
import { parseFileReference, type FileReference } from "../core/references/file-reference.ts"
import { found, notFound, unavailable } from "./answers.ts"
import { defineProvider } from "./define-provider.ts"

/** What the user's settings say below `providers.file`. */
export interface FileConfig {
  /** Absolute. Only files below them are read. */
  folders?: readonly string[]
}

/** `file://PATH`: files of this user that nobody else can read, below folders that the user has named. */
export const fileProvider = defineProvider({
  scheme: "file",
  parse: parseFileReference,
  open: async (setting) => {
    const bounds = await boundsOf(setting)
    return {
      calls: 0,
      resolve: (references) => Promise.all(references.map((reference) => answerOf(pathOf(reference, bounds.home), bounds))),
      close: async () => undefined,
    }
  },
})

interface Bounds {
  home: string
  /** Where the folders really lie. */
  folders: readonly string[]
  /** Sotto's own: no reference hands out the database or the key ring. */
  closed: readonly string[]
}

const boundsOf = async ({ env, config }: ProviderSetting): Promise<Bounds> => {
  const home = env.HOME || homedir()
  const settings = join(env.XDG_CONFIG_HOME || join(home, ".config"), "sotto")
  const closed = [env.SOTTO_HOME || join(home, ".sotto"), settings, ...(env.SOTTO_KEYS_FILE ? [env.SOTTO_KEYS_FILE] : [])]
  const { folders = [] } = (config ?? {}) as FileConfig
  const real = await Promise.all(folders.map(realPathOf))
  return {
    home,
    folders: real.filter((folder) => folder !== null),
    closed: await Promise.all(closed.map(async (path) => (await realPathOf(path)) ?? resolve(path))),
  }
}

const realPathOf = (path: string): Promise<string | null> => promises.realpath(path).catch(() => null)

const pathOf = ({ isBelowHome, segments }: FileReference, home: string): string => join(isBelowHome ? home : sep, ...segments)

const answerOf = async (path: string, bounds: Bounds): Promise<ProviderAnswer> => {
  try {
    return found(await read(path, bounds))
  } catch (error) {
    return { problem: isSecretError(error) ? error : unavailable("unreadable", "the file cannot be read") }
  }
}

/** Bounds come first, so that no answer tells what lies beyond them. What is checked is what is read: one handle. */
const read = async (path: string, bounds: Bounds): Promise<Uint8Array> => {
  await assertAllowed(path, bounds)
  const file = await openNoFollow(path)
  try {
    const facts = await file.stat()
    assertSafe(facts)
    await assertStillThere(path, facts, bounds)
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/** Links in the folders are followed: what is compared is where the file really lies. */
const assertAllowed = async (path: string, { folders, closed }: Bounds): Promise<void> => {
  const folder = await realPathOf(dirname(path))
  const real = folder === null ? path : join(folder, basename(path))
  if (!folders.some((each) => isBelow(real, each)))
    throw unavailable("not_allowed", "the file lies below no folder that providers.file.folders names", "Add its folder to the file ~/.sotto/config.yml.")
  if (closed.some((each) => real === each || isBelow(real, each))) throw unavailable("not_allowed", "the file is one of Sotto's own")
  if (folder === null) throw absent()
}

const isBelow = (path: string, folder: string): boolean => path.startsWith(folder.endsWith(sep) ? folder : folder + sep)

const openNoFollow = async (path: string): Promise<promises.FileHandle> => {
  try {
    return await promises.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT" || code === "ENOTDIR") throw absent()
    if (code === "ELOOP") throw unavailable("unsafe_file", "the file is a symbolic link", "Name the real file.")
    throw error
  }
}

const assertSafe = (file: Stats): void => {
  if (!file.isFile()) throw unavailable("unsafe_file", "it is no regular file")
  if (process.getuid !== undefined && file.uid !== process.getuid()) throw unavailable("unsafe_file", "the file belongs to another user")
  if ((file.mode & 0o077) !== 0) throw unavailable("unsafe_file", "others can open the file", "Run: chmod 600 on it.")
  if (file.size > FILE_MAX_BYTES) throw unavailable("too_large", "the file is larger than 1 MiB")
}

/** A folder on the way may have been exchanged for a link between the look and the opening. */
const assertStillThere = async (path: string, { dev, ino }: Stats, bounds: Bounds): Promise<void> => {
  await assertAllowed(path, bounds)
  const now = await promises.lstat(path)
  if (now.dev !== dev || now.ino !== ino) throw unavailable("unsafe_file", "the file was exchanged while it was opened")
}

const absent = (): SecretError => notFound("entry_missing", "there is no such file")
