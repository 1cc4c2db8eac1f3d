import { randomBytes } from "node:crypto"
import { mkdir, open, readFile, rename } from "node:fs/promises"
import { join } from "node:path"
import { SecretError } from "../base/errors.ts"

/** What a client remembers, a file for each key: two commands at once get into each other's way for one key at most. */
export const createStateFolder = (folder: string) => ({
  get: async (key: string): Promise<string | undefined> => {
    try {
      return await readFile(join(folder, fileOf(key)), "utf8")
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
      throw new SecretError("storage_unavailable", "what this box remembers cannot be read", { cause: error })
    }
  },
  set: async (key: string, text: string): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
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

const fileOf = (key: string): string => {
  if (!/^[a-z0-9.]{1,255}$/.test(key) || key.startsWith(".")) throw new TypeError("a key of the state is a file's name")
  return key
}
