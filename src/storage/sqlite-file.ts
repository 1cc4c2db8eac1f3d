import { closeSync, mkdirSync, openSync } from "node:fs"
import { dirname } from "node:path"
import { SecretError } from "../base/errors.ts"

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unknown"

/**
 * Makes sure that the file is there before SQLite opens it: a new one is 0600 in a folder that, if new, is 0700. SQLite
 * gives its companions (-wal, -shm) the permissions of the file.
 * @throws {SecretError} storage_unavailable
 */
export const createDatabaseFile = (path: string): void => {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, "a", 0o600))
  } catch (error) {
    throw new SecretError("storage_unavailable", "The database file cannot be opened for writing.", {
      details: { databaseCode: codeOf(error) },
      help: "Check that the folder exists and that this user owns it.",
    })
  }
}
