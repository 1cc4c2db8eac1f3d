import type { Pool, PoolClient } from "pg"
import type { SchemaDriver } from "./migrate.ts"
import { postgresError } from "./postgres-errors.ts"

/** Any constant does, as long as every process of Sotto waits for the same one. */
const MIGRATION_LOCK = 0x736f_7474

const appliedNumbers = async (client: Pool | PoolClient): Promise<number[]> => {
  const { rows } = await client.query<{ there: boolean }>("SELECT to_regclass('migrations') IS NOT NULL AS there")
  if (rows[0]?.there !== true) return []
  const applied = await client.query<{ number: number }>("SELECT number FROM migrations ORDER BY number")
  return applied.rows.map(({ number }) => number)
}

const mapped = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw postgresError(error)
  }
}

// CREATE SCHEMA IF NOT EXISTS asks for the right to create even where the schema is there: so it is asked for first.
const createSchema = async (client: PoolClient, schema: string): Promise<void> => {
  const { rows } = await client.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema])
  if (rows.length === 0) await client.query(`CREATE SCHEMA "${schema}"`)
}

/** How `migrate` works on PostgreSQL. @param schema a plain identifier */
export const postgresSchema = (pool: Pool, schema: string): SchemaDriver => ({
  engine: "postgres",
  appliedNumbers: () => mapped(() => appliedNumbers(pool)),
  exclusively: (work) =>
    mapped(async () => {
      const client = await pool.connect()
      let isBroken = true
      try {
        await client.query("BEGIN READ WRITE")
        await client.query("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK])
        await createSchema(client, schema)
        await work({ appliedNumbers: () => appliedNumbers(client), execute: async (sql) => void (await client.query(sql)) })
        await client.query("COMMIT")
        isBroken = false
      } finally {
        client.release(isBroken) // the server rolls back what a lost connection leaves
      }
    }),
})
