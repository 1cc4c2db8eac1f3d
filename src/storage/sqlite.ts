import type DatabaseConstructor from "better-sqlite3"
import { existsSync } from "node:fs"
import { type Clock, systemClock } from "../base/clock.ts"
import type { Storage } from "../core/ports/storage.ts"
import { migrate, schemaOutdated } from "./migrate.ts"
import { migrations } from "./migrations.ts"
import { whenNotBusy } from "./sqlite-busy.ts"
import { SqliteConnection } from "./sqlite-connection.ts"
import { sqliteError } from "./sqlite-errors.ts"
import { createDatabaseFile } from "./sqlite-file.ts"
import { sqliteSchema } from "./sqlite-schema.ts"
import { type SqliteConnections, SqliteStorage } from "./sqlite-storage.ts"

export interface SqliteOptions {
  /** A file, or ":memory:" for a database that is gone when it is closed. */
  path: string
  clock?: Clock
  /** How long a write waits for the other processes of the same file (default 10,000). */
  busyTimeoutMs?: number
  /** false: refuse a database that lacks migrations instead of applying them. */
  migrate?: boolean
}

type Constructor = typeof DatabaseConstructor

const WAL_LIMIT_BYTES = 64 * 1024 * 1024

// timeout 0: the engine's own busy handler would sleep on the event loop; whenNotBusy waits beside it.
const connect = (Database: Constructor, source: string | Buffer): SqliteConnection =>
  new SqliteConnection(new Database(source, { timeout: 0 }))

const connectReader = (Database: Constructor, path: string): SqliteConnection => {
  const reader = connect(Database, path)
  reader.execute("PRAGMA query_only = ON")
  return reader
}

// The first read fixes what a transaction sees.
const openFrozen = (Database: Constructor, path: string): SqliteConnection => {
  const connection = connectReader(Database, path)
  try {
    connection.execute("BEGIN")
    connection.value("SELECT count(*) FROM migrations")
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

const openMemory = (Database: Constructor): SqliteConnections => {
  const writer = connect(Database, ":memory:")
  return { writer, openReader: null, openSnapshot: () => connect(Database, writer.copy()) }
}

const openFile = async (Database: Constructor, path: string, busyTimeoutMs: number): Promise<SqliteConnections> => {
  createDatabaseFile(path)
  const writer = connect(Database, path)
  try {
    await whenNotBusy(busyTimeoutMs, () => writer.execute("PRAGMA journal_mode = WAL"))
    writer.execute(`PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`)
    return { writer, openReader: () => connectReader(Database, path), openSnapshot: () => openFrozen(Database, path) }
  } catch (error) {
    writer.close()
    throw error
  }
}

/**
 * Opens, and unless told otherwise migrates, a SQLite database for one process among several.
 * @throws {SecretError} storage_unavailable, schema_too_new, schema_outdated
 */
export const openSqlite = async (options: SqliteOptions): Promise<Storage> => {
  const { path, clock = systemClock, busyTimeoutMs = 10_000, migrate: apply = true } = options
  if (!apply && (path === ":memory:" || !existsSync(path))) throw schemaOutdated(migrations.length)
  const { default: Database } = await import("better-sqlite3")
  try {
    const connections = path === ":memory:" ? openMemory(Database) : await openFile(Database, path, busyTimeoutMs)
    try {
      await migrate(sqliteSchema(connections.writer, busyTimeoutMs), { apply, clock })
      return new SqliteStorage(connections, busyTimeoutMs)
    } catch (error) {
      connections.writer.close()
      throw error
    }
  } catch (error) {
    throw sqliteError(error)
  }
}
