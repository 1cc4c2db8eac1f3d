import { type Clock, systemClock } from "../base/clock.ts"
import type { Storage } from "../core/ports/storage.ts"
import { migrate } from "./migrate.ts"
import { postgresSchema } from "./postgres-schema.ts"
import { typesOf } from "./postgres-session.ts"
import { type PostgresConnections, PostgresStorage } from "./postgres-storage.ts"
import { parsePostgresUrl } from "./postgres-url.ts"

export interface PostgresOptions {
  /** `postgres://user@host/database?schema=sotto`, with `sslmode` and `sslrootcert` as libpq knows them. */
  url: string
  /** Connections at most (default 10). */
  poolSize?: number
  clock?: Clock
  /** false: refuse a database that lacks migrations instead of applying them. */
  migrate?: boolean
}

const STATEMENT_TIMEOUT_MS = 30_000

const TIMES = {
  statement_timeout: STATEMENT_TIMEOUT_MS,
  idle_in_transaction_session_timeout: 60_000,
  query_timeout: STATEMENT_TIMEOUT_MS + 5_000, // the server answers first unless it is gone
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
}

const nothing = (): void => undefined

const connect = async (url: string, poolSize: number): Promise<PostgresConnections> => {
  const { schema, client } = await parsePostgresUrl(url)
  const { default: pg } = await import("pg")
  const config = { ...client, ...TIMES, types: typesOf(pg.types.getTypeParser), pipeline: true }
  const pool = new pg.Pool({ ...config, max: poolSize, allowExitOnIdle: true })
  // A connection that breaks tells whoever uses it; without these listeners the event would end the process.
  pool.on("error", nothing).on("connect", (connection) => void connection.on("error", nothing))
  return { pool, schema, createClient: () => new pg.Client(config) }
}

/**
 * Opens, and unless told otherwise migrates, a schema of a PostgreSQL database.
 * @throws {SecretError} invalid_argument for the URL, storage_unavailable, schema_too_new, schema_outdated
 */
export const openPostgres = async (options: PostgresOptions): Promise<Storage> => {
  const { url, poolSize = 10, clock = systemClock, migrate: apply = true } = options
  const connections = await connect(url, poolSize)
  try {
    await migrate(postgresSchema(connections.pool, connections.schema), { apply, clock })
    return new PostgresStorage(connections)
  } catch (error) {
    await connections.pool.end()
    throw error
  }
}
