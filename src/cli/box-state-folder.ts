import { randomBytes } from "node:crypto"
import { mkdir, open, readFile, rename, stat } from "node:fs/promises"
import { join } from "node:path"
import { isSecretError, SecretError } from "../base/errors.ts"

/** What a client remembers, a file for each key: two commands at once get into each other's way for one key at most. */
export const createStateFolder = (folder: string) => ({
  get: async (key: string): Promise<string | undefined> => {
    try {
      await assertOurs(folder)
      return await readFile(join(folder, fileOf(key)), "utf8")
    } catch (error) {
      if (isSecretError(error)) throw error
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
      throw new SecretError("storage_unavailable", "what this box remembers cannot be read", { cause: error })
    }
  },
  set: async (key: string, text: string): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await assertOurs(folder)
    const path = join(folder, fileOf(key))
    const temporary = `${path}.${randomBytes(6).toString("hex")}`
    const file = await open(temporary, "wx", 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  },
})

const OTHERS_WRITE = 0o022

/** Who writes here makes an old value the newest. A sticky folder is no better: what is not there yet, anybody can put there. */
const assertOurs = async (folder: string): Promise<void> => {
  const { mode, uid } = await stat(folder)
  const isOurs = process.getuid === undefined || uid === process.getuid()
  if (isOurs && (mode & OTHERS_WRITE) === 0) return
  const problem = isOurs ? "can be written by others" : "belongs to another user"
  throw new SecretError("unsafe_file", `${folder} ${problem}, so what it remembers is not safe`, { details: { path: folder }, help: `Run: chmod 700 '${folder}', if it is yours.` })
}

const fileOf = (key: string): string => {
  if (!/^[a-z0-9.]{1,255}$/.test(key) || key.startsWith(".")) throw new TypeError("a key of the state is a file's name")
  return key
}
