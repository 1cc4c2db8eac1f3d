import Database from "better-sqlite3"
import { access, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import pg from "pg"
import { describe, expect, it } from "vitest"
import { freshPostgresUrl } from "../../test/database.ts"
import { createDatabases, type EngineName } from "../../test/engines.ts"
import { migrationSql } from "./migrate.ts"
import { migrations } from "./migrations.ts"
import { openStorage } from "./open-storage.ts"
import { parsePostgresUrl } from "./postgres-url.ts"
import { schemaText } from "./schema.ts"

const ENGINES: readonly EngineName[] = ["sqlite file", "postgres"]
const databaseOf = createDatabases()

/** Another program at the same database: runs a script, then gives the rows of a query. */
const meddle = async (database: string, script: string, query = "SELECT 1 AS one"): Promise<unknown[]> => {
  if (database.startsWith("file:")) {
    const file = new Database(database.slice("file:".length))
    file.exec(script)
    const rows = file.prepare(query).all()
    file.close()
    return rows
  }
  const { client: config } = await parsePostgresUrl(database)
  const client = new pg.Client(config)
  await client.connect()
  await client.query("SET default_transaction_read_only = off")
  await client.query(script)
  const { rows } = await client.query(query)
  await client.end()
  return rows as unknown[]
}

const LEDGER = "SELECT number, name FROM migrations ORDER BY number"

/** Every table, column and index, as the engine itself describes them. */
const shapeOf = (database: string): Promise<unknown[]> =>
  database.startsWith("file:")
    ? meddle(database, "", "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")
    : meddle(
        database,
        "",
        `SELECT table_name AS thing, column_name || data_type || is_nullable || coalesce(collation_name, '') AS shape
          FROM information_schema.columns WHERE table_schema = current_schema()
        UNION ALL SELECT tablename, replace(indexdef, current_schema(), '') FROM pg_indexes WHERE schemaname = current_schema()
        UNION ALL SELECT attrelid::regclass::text, attname::text || attstorage::text FROM pg_attribute
          JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = current_schema()::regnamespace AND attnum > 0
        ORDER BY 1, 2`,
      )

describe.each(ENGINES)("migrations on %s", (engine) => {
  it("run at open, once, and are written down", async () => {
    const database = await databaseOf(engine)
    for (let i = 0; i < 2; i += 1) await (await openStorage({ database })).close()
    const ledger = await meddle(database, "", LEDGER)
    expect(ledger.map((row) => (row as { name: string }).name)).toEqual(migrations.map(({ name }) => name))
  })

  it("are not run for who may not, who is told what is missing and how to go on", async () => {
    const database = await databaseOf(engine)
    const error: unknown = await openStorage({ database, migrate: false }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: "schema_outdated",
      details: { pending: migrations.length },
      help: expect.stringContaining("sotto migrate --apply") as string,
    })
    await (await openStorage({ database })).close()
    const storage = await openStorage({ database, migrate: false })
    expect(await storage.one("countSecrets", {})).toEqual({ count: 0 })
    await storage.close()
  })

  it("refuse the database of a newer version, and change nothing there", async () => {
    const database = await databaseOf(engine)
    await (await openStorage({ database })).close()
    await meddle(database, "INSERT INTO migrations (number, name, applied_at) VALUES (99, 'from the future', 0)")
    await expect(openStorage({ database })).rejects.toMatchObject({
      code: "schema_too_new",
      details: { schema: 99, known: migrations.length },
    })
    await expect(openStorage({ database, migrate: false })).rejects.toMatchObject({ code: "schema_too_new" })
  })

  it("give the same schema when they are printed and applied by hand", async () => {
    const [byHand, byOpen] = [await databaseOf(engine), await databaseOf(engine)]
    const name = engine === "postgres" ? "postgres" : "sqlite"
    const schema = engine === "postgres" ? (await parsePostgresUrl(byHand)).schema : ""
    await meddle(byHand, migrationSql(name, schema))
    await (await openStorage({ database: byOpen })).close()
    const [shape, expected] = [await shapeOf(byHand), await shapeOf(byOpen)]
    expect(shape.length).toBeGreaterThan(20)
    expect(shape).toEqual(expected)
    const storage = await openStorage({ database: byHand, migrate: false })
    expect(await storage.write((tx) => tx.run("putProgress", { name: "a", position: "b" }))).toBe(1)
    await storage.close()
  })

  it("leave nothing behind when one fails", async () => {
    const database = await databaseOf(engine)
    const schema = engine === "postgres" ? `CREATE SCHEMA "${(await parsePostgresUrl(database)).schema}";` : ""
    await meddle(database, `${schema} CREATE TABLE progress (mine integer)`)
    await expect(openStorage({ database })).rejects.toMatchObject({ code: "internal" })
    const before = await shapeOf(database)
    expect(JSON.stringify(before)).toContain("progress")
    expect(JSON.stringify(before)).not.toContain("secrets")
    await meddle(database, "DROP TABLE progress")
    await (await openStorage({ database })).close()
  })
})

describe("migrations", () => {
  it("make no file for who may not migrate", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sotto-migrate-"))
    const path = join(folder, "store.db")
    await expect(openStorage({ database: `file:${path}`, migrate: false })).rejects.toMatchObject({ code: "schema_outdated" })
    await expect(access(path)).rejects.toMatchObject({ code: "ENOENT" })
    await rm(folder, { recursive: true })
  })

  it("are numbered 1, 2, 3 ...", () => {
    expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, i) => i + 1))
  })

  it("know every word that they use, and say the time of their clock", async () => {
    expect(() => schemaText("a {nonsense}", "sqlite")).toThrow(TypeError)
    expect(migrationSql("sqlite")).not.toMatch(/[{}]/)
    expect(migrationSql("postgres", "team")).toContain('SET LOCAL search_path = "team"')
    const database = await freshPostgresUrl()
    await (await openStorage({ database, clock: () => 1_234 })).close()
    expect(await meddle(database, "", "SELECT applied_at::int AS at FROM migrations WHERE number = 1")).toEqual([{ at: 1_234 }])
  })
})
