import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, realpathSync, type Stats } from "node:fs"
import { homedir } from "node:os"
import { join, resolve, sep } from "node:path"
import { isSecretError, SecretError } from "../base/errors.ts"
import { Redacted } from "../base/redacted.ts"
import type { ProviderAnswer, ProviderSetting } from "../core/ports/provider.ts"
import { parseFileReference, type FileReference } from "../core/references/file-reference.ts"
import { FILE_MAX_BYTES } from "../core/references/check-value.ts"
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
  open: async (setting) => ({
    calls: 0,
    resolve: async (references) => references.map((reference) => answerOf(reference, setting)),
    close: async () => undefined,
  }),
})

const answerOf = (reference: FileReference, setting: ProviderSetting): ProviderAnswer => {
  try {
    const path = pathOf(reference, setting.env)
    assertAllowed(path, setting)
    return { value: new Redacted(read(path), "FILE") }
  } catch (error) {
    return { problem: isSecretError(error) ? error : refusal("unreadable", "the file cannot be read") }
  }
}

const homeOf = (env: ProviderSetting["env"]): string => env.HOME || homedir()

const pathOf = ({ isBelowHome, segments }: FileReference, env: ProviderSetting["env"]): string =>
  join(isBelowHome ? homeOf(env) : sep, ...segments)

/** Links in the folders are followed first: what is compared is where the file really lies. */
const assertAllowed = (path: string, { env, config }: ProviderSetting): void => {
  const real = realPathOf(path)
  const { folders = [] } = (config ?? {}) as FileConfig
  if (!folders.some((folder) => isBelow(real, folder)))
    throw refusal("not_allowed", "the file lies below no folder that providers.file.folders names", "Add its folder to the file ~/.sotto/config.yml.")
  const home = homeOf(env)
  const ours = [env.SOTTO_HOME || join(home, ".sotto"), env.SOTTO_KEYS_FILE || join(home, ".config", "sotto", "keyring")]
  if (ours.some((own) => isBelow(real, own) || real === resolve(own))) throw refusal("not_allowed", "the file is one of Sotto's own")
}

const realPathOf = (path: string): string => {
  if (missing(() => lstatSync(path))) throw new SecretError("SECRETS_REF_NOT_FOUND", "there is no such file", { details: { reason: "entry_missing" } })
  if (lstatSync(path).isSymbolicLink()) throw refusal("unsafe_file", "the file is a symbolic link", "Name the real file.")
  return realpathSync(path)
}

const missing = (look: () => unknown): boolean => {
  try {
    look()
    return false
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT" || code === "ENOTDIR") return true
    throw error
  }
}

const isBelow = (path: string, folder: string): boolean => {
  if (missing(() => lstatSync(folder))) return false
  const real = realpathSync(folder)
  return path.startsWith(real.endsWith(sep) ? real : real + sep)
}

/** What is checked is what is read: one handle, which follows no link. */
const read = (path: string): Uint8Array => {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    assertSafe(fstatSync(file))
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

const assertSafe = (file: Stats): void => {
  if (!file.isFile()) throw refusal("unsafe_file", "it is no regular file")
  if (process.getuid !== undefined && file.uid !== process.getuid()) throw refusal("unsafe_file", "the file belongs to another user")
  if ((file.mode & 0o077) !== 0) throw refusal("unsafe_file", "others can read the file", "Run: chmod 600 on it.")
  if (file.size > FILE_MAX_BYTES) throw refusal("too_large", "the file is larger than 1 MiB")
}

const refusal = (reason: string, message: string, help?: string): SecretError =>
  new SecretError("SECRETS_PROVIDER_UNAVAILABLE", message, { details: { reason }, ...(help !== undefined && { help }) })
