import type { Clock } from "../base/clock.ts"
import { SecretError } from "../base/errors.ts"
import { type Migration, migrations } from "./migrations.ts"
import { schemaText } from "./schema.ts"
import type { Engine } from "./sql.ts"

const LEDGER = `CREATE TABLE IF NOT EXISTS migrations (
  number {integer} NOT NULL PRIMARY KEY,
  name {text} NOT NULL,
  applied_at {integer} NOT NULL
){table}`

export interface SchemaReader {
  /** Numbers of the migrations that the database has seen; none where it is new. */
  appliedNumbers(): Promise<number[]>
}

export interface SchemaWriter extends SchemaReader {
  execute(sql: string): Promise<void>
}

/** What an engine gives to `migrate`. */
export interface SchemaDriver extends SchemaReader {
  readonly engine: Engine
  /** Runs `work` in one transaction while no other process migrates this database. */
  exclusively(work: (writer: SchemaWriter) => Promise<void>): Promise<void>
}

/** What the database lacks, oldest first. @throws {SecretError} schema_too_new when it has what this program does not know */
export const pendingMigrations = async (reader: SchemaReader): Promise<readonly Migration[]> => {
  const applied = new Set(await reader.appliedNumbers())
  const known = migrations.length
  const newest = Math.max(0, ...applied)
  if (newest > known) {
    throw new SecretError("schema_too_new", `The database has schema ${newest}; this version of Sotto knows up to ${known}.`, {
      details: { schema: newest, known },
      help: "Use the version of Sotto that last wrote to this database, or a newer one.",
    })
  }
  return migrations.filter(({ number }) => !applied.has(number))
}

export const schemaOutdated = (count: number): SecretError =>
  new SecretError("schema_outdated", `The database lacks ${count} migration${count === 1 ? "" : "s"}.`, {
    details: { pending: count },
    help: "Apply them with `sotto migrate --apply`, or by hand from `sotto migrate --print`.",
  })

const statementsOf = (migration: Migration, engine: Engine): string[] =>
  migration.statements.flatMap((statement) => {
    const source = typeof statement === "string" ? statement : statement[engine]
    return source === undefined ? [] : [schemaText(source, engine)]
  })

const record = ({ number, name }: Migration, appliedAt: string): string =>
  `INSERT INTO migrations (number, name, applied_at) VALUES (${number}, '${name}', ${appliedAt})`

/**
 * Brings the database to this program's schema, or finds that it is there. Several processes may do so at once.
 * @throws {SecretError} schema_outdated when something is pending and `apply` is false; schema_too_new
 */
export const migrate = async (driver: SchemaDriver, options: { apply: boolean; clock: Clock }): Promise<void> => {
  const pending = await pendingMigrations(driver)
  if (pending.length === 0) return
  if (!options.apply) throw schemaOutdated(pending.length)
  await driver.exclusively(async (writer) => {
    await writer.execute(schemaText(LEDGER, driver.engine))
    for (const migration of await pendingMigrations(writer)) {
      for (const statement of statementsOf(migration, driver.engine)) await writer.execute(statement)
      await writer.execute(record(migration, String(Math.floor(options.clock()))))
    }
  })
}

const NOW: Record<Engine, string> = {
  sqlite: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
  postgres: "CAST(extract(epoch FROM now()) * 1000 AS bigint)",
}

const frame = (engine: Engine, schema: string): { first: string[]; last: string[] } =>
  engine === "sqlite"
    ? { first: ["BEGIN IMMEDIATE"], last: ["COMMIT"] }
    : { first: ["BEGIN", `CREATE SCHEMA IF NOT EXISTS "${schema}"`, `SET LOCAL search_path = "${schema}"`], last: ["COMMIT"] }

/**
 * The same steps as a script, for those who may change schemas where Sotto may not.
 * @param schema for PostgreSQL: a plain identifier
 */
export const migrationSql = (engine: Engine, schema = "sotto", pending: readonly Migration[] = migrations): string => {
  const { first, last } = frame(engine, schema)
  const steps = pending.flatMap((migration) => [...statementsOf(migration, engine), record(migration, NOW[engine])])
  return [...first, schemaText(LEDGER, engine), ...steps, ...last].map((statement) => `${statement};\n`).join("")
}
