import { SecretError } from "../base/errors.ts"
import type { Clock } from "../base/clock.ts"
import type { Storage } from "../core/ports/storage.ts"

export interface StorageOptions {
  /** `file:PATH`, `memory:` or `postgres://…`. */
  database: string
  /** false: refuse a database that lacks migrations instead of applying them. */
  migrate?: boolean
  clock?: Clock
  /** PostgreSQL only: connections at most (default 10). */
  poolSize?: number
}

const refusal = (): SecretError =>
  new SecretError("invalid_argument", "The database must be written file:PATH, memory: or postgres://….", {
    help: "For example file:/var/lib/sotto/sotto.db, or postgres://user@host/name?schema=sotto.",
  })

/**
 * Opens the engine that `database` names.
 * @throws {SecretError} invalid_argument (which never quotes the text: it may hold a password), storage_unavailable,
 * schema_too_new, schema_outdated
 */
export const openStorage = async ({ database, ...options }: StorageOptions): Promise<Storage> => {
  if (typeof database !== "string") throw refusal()
  if (/^postgres(ql)?:/i.test(database)) return openServer(database, options)
  if (database === "memory:") return openFile(":memory:", options)
  if (/^file:/i.test(database)) return openFile(pathOf(database), options)
  throw refusal()
}

// Relative paths and Windows drives are no URLs, so only a URL with slashes for its authority is read as one.
const pathOf = (database: string): string => {
  const path = /^file:\/\//i.test(database) ? pathOfUrl(database) : database.slice("file:".length)
  if (path === "" || path.includes("\0")) throw refusal()
  return path
}

const pathOfUrl = (database: string): string => {
  try {
    const url = new URL(database)
    if (url.host !== "" || url.search !== "" || url.hash !== "") throw refusal()
    return decodeURIComponent(url.pathname)
  } catch {
    throw refusal()
  }
}

const openServer = async (url: string, options: Omit<StorageOptions, "database">): Promise<Storage> => {
  const { openPostgres } = await import("./postgres.ts")
  return openPostgres({ url, ...options })
}

const openFile = async (path: string, { migrate, clock }: Omit<StorageOptions, "database">): Promise<Storage> => {
  const { openSqlite } = await import("./sqlite.ts")
  return openSqlite({ path, ...(migrate !== undefined && { migrate }), ...(clock !== undefined && { clock }) })
}
