import type { StatementName } from "../core/ports/statements.ts"

export type Engine = "sqlite" | "postgres"

/** One text for both engines, or one for each where they must differ. Parameters are written `:camelCase`. */
export type SqlText = string | Readonly<Record<Engine, string>>

export type StatementTable = Readonly<Record<StatementName, SqlText>>

/** Where the engines spell the same thing differently. */
export interface Dialect {
  engine: Engine
  /** The empty byte string: sorts before every id. */
  noBytes: string
  /** Sorts behind every name. */
  lastText: string
  /** Names the index to SQLite, whose choice would change with its statistics; PostgreSQL has settings for that. */
  indexedBy: (index: string) => string
}

const SQLITE: Dialect = {
  engine: "sqlite",
  noBytes: "X''",
  lastText: "X'FF'", // a BLOB sorts behind every TEXT
  indexedBy: (index) => `INDEXED BY ${index}`,
}

const POSTGRES: Dialect = {
  engine: "postgres",
  noBytes: "CAST('' AS bytea)",
  lastText: "repeat(chr(1114111), 257)",
  indexedBy: () => "",
}

/** Built when a connection prepares it: a process runs one engine, and a command line few of its statements. */
export const perEngine = (build: (dialect: Dialect) => string): SqlText => ({
  get sqlite() {
    return build(SQLITE)
  },
  get postgres() {
    return build(POSTGRES)
  },
})

/** Whether a column of bytes is among `:ids`, a JSON array of hexadecimal texts. */
export const idGiven = (column: string, { engine }: Dialect): string =>
  engine === "sqlite"
    ? `${column} IN (SELECT unhex(value) FROM json_each(:ids))`
    : `${column} = ANY (ARRAY(SELECT decode(jsonb_array_elements_text(CAST(:ids AS jsonb)), 'hex')))`

/** Row locks for PostgreSQL; a write transaction of SQLite holds the whole file already. */
export const locking = (text: string, lock: "FOR UPDATE" | "FOR SHARE" | "FOR UPDATE SKIP LOCKED"): SqlText => ({
  sqlite: text,
  postgres: `${text} ${lock}`,
})

export const sqlFor = (text: SqlText, engine: Engine): string => (typeof text === "string" ? text : text[engine])

const PARAMETER = /:([a-z]\w*)/gi

/**
 * The text as SQLite prepares it once. A bare parameter in a condition lets SQLite (3.54) plan anew for each value, and
 * better-sqlite3 clears the bindings after each run, so every run of a list or a join prepared again: 60 us instead of 8.
 * A plus sign changes no value and takes the parameter out of the planner's sight.
 */
export const sqliteText = (statement: SqlText): string => sqlFor(statement, "sqlite").replace(PARAMETER, "+:$1")

export interface PostgresText {
  text: string
  /** The parameter names in the order of `$1`, `$2` ... */
  names: readonly string[]
}

export const postgresText = (statement: SqlText): PostgresText => {
  const names: string[] = []
  const text = sqlFor(statement, "postgres").replace(PARAMETER, (_, name: string) => {
    if (!names.includes(name)) names.push(name)
    return `$${names.indexOf(name) + 1}`
  })
  return { text, names }
}

const columnOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** The columns of a row type, aliased to its camelCase names. */
export const columns = (names: readonly string[], table?: string): string =>
  names.map((name) => `${table === undefined ? "" : `${table}.`}${columnOf(name)} AS "${name}"`).join(", ")

export const insertInto = (table: string, names: readonly string[]): string =>
  `INSERT INTO ${table} (${names.map(columnOf).join(", ")}) VALUES (${names.map((name) => `:${name}`).join(", ")})`

export const assignments = (names: readonly string[]): string => names.map((name) => `${columnOf(name)} = :${name}`).join(", ")

/** PostgreSQL has to be told the type of a parameter that no column stands beside. */
export const integer = (parameter: string): string => `CAST(:${parameter} AS bigint)`

export const text = (parameter: string): string => `CAST(:${parameter} AS text)`

/** @returns true for what writes or locks rows */
export const needsTransaction = (statement: SqlText): boolean =>
  !sqlFor(statement, "sqlite").startsWith("SELECT") || / FOR (UPDATE|SHARE)/.test(sqlFor(statement, "postgres"))
