import Database from "better-sqlite3"
import { Client } from "pg"

/** What an intruder with write access to the database can do: any statement, past the store. */
export interface DatabaseEditor {
  /** `?` parameters. */
  run(sql: string, ...values: unknown[]): Promise<void>
  rows(sql: string): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

export const openEditor = (database: string): Promise<DatabaseEditor> =>
  database.startsWith("file:") ? openSqliteEditor(database.slice("file:".length)) : openPostgresEditor(database)

const openSqliteEditor = async (path: string): Promise<DatabaseEditor> => {
  const db = new Database(path, { timeout: 5_000 })
  return {
    run: async (sql, ...values) => void db.prepare(sql).run(...values),
    rows: async (sql) => db.prepare<unknown[], Record<string, unknown>>(sql).all(),
    close: async () => void db.close(),
  }
}

const openPostgresEditor = async (database: string): Promise<DatabaseEditor> => {
  const url = new URL(database)
  const schema = url.searchParams.get("schema") ?? "sotto"
  url.searchParams.delete("schema")
  const client = new Client({ connectionString: url.href })
  await client.connect()
  await client.query(`SET search_path TO "${schema}"`)
  const numbered = (sql: string): string => {
    let n = 0
    return sql.replaceAll("?", () => `$${++n}`)
  }
  return {
    run: async (sql, ...values) => void (await client.query(numbered(sql), values)),
    rows: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
    close: () => client.end(),
  }
}
