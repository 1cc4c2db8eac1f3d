import type { SchemaDriver } from "./migrate.ts"
import { whenNotBusy } from "./sqlite-busy.ts"
import type { SqliteConnection } from "./sqlite-connection.ts"

const appliedNumbers = (connection: SqliteConnection): number[] => {
  const isThere = connection.value("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'")
  return isThere === 1 ? (connection.values("SELECT number FROM migrations ORDER BY number") as number[]) : []
}

/** How `migrate` works on a SQLite database. */
export const sqliteSchema = (connection: SqliteConnection, busyTimeoutMs: number): SchemaDriver => ({
  engine: "sqlite",
  appliedNumbers: () => whenNotBusy(busyTimeoutMs, () => appliedNumbers(connection)),
  exclusively: async (work) => {
    await whenNotBusy(busyTimeoutMs, () => connection.execute("BEGIN IMMEDIATE"))
    try {
      await work({
        appliedNumbers: async () => appliedNumbers(connection),
        execute: async (sql) => connection.execute(sql),
      })
      connection.execute("COMMIT")
    } catch (error) {
      if (connection.isInTransaction) connection.execute("ROLLBACK")
      throw error
    }
  },
})
