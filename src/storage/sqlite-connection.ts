import type Database from "better-sqlite3"
import type { Params, Row, StatementName } from "../core/ports/statements.ts"
import { sqliteText } from "./sql.ts"
import { statements } from "./statements/statements.ts"

type Connection = Database.Database
type Prepared = Database.Statement<[object], unknown>
type TransactionBound = "BEGIN IMMEDIATE" | "COMMIT" | "ROLLBACK"

const PRAGMAS = `
  PRAGMA trusted_schema = OFF;
  PRAGMA temp_store = MEMORY;
  PRAGMA cell_size_check = ON;
  PRAGMA secure_delete = ON;
  PRAGMA synchronous = FULL;`

/** One connection to a SQLite database, with each statement prepared once, when it is first used. */
export class SqliteConnection {
  readonly #connection: Connection
  readonly #prepared = new Map<StatementName, Prepared>()
  readonly #bounds = new Map<TransactionBound, Database.Statement<[]>>()

  #dataVersion: Database.Statement | null = null

  constructor(connection: Connection) {
    this.#connection = connection
    connection.exec(PRAGMAS)
  }

  get isInTransaction(): boolean {
    return this.#connection.inTransaction
  }

  one<Name extends StatementName>(name: Name, params: Params<Name>): Row<Name> | null {
    return (this.#statement(name).get(params) as Row<Name> | undefined) ?? null
  }

  all<Name extends StatementName>(name: Name, params: Params<Name>): Row<Name>[] {
    return this.#statement(name).all(params) as Row<Name>[]
  }

  /** @returns rows written */
  run<Name extends StatementName>(name: Name, params: Params<Name>): number {
    return this.#statement(name).run(params).changes
  }

  /** @returns the event's number, without the row that RETURNING would make of it */
  append(event: Params<"appendEvent">): number {
    return Number(this.#statement("appendEvent").run(event).lastInsertRowid)
  }

  execute(sql: string): void {
    this.#connection.exec(sql)
  }

  /** `execute` for what stands around every transaction: prepared once. */
  bound(sql: TransactionBound): void {
    const prepared = this.#bounds.get(sql) ?? this.#connection.prepare<[]>(sql)
    this.#bounds.set(sql, prepared)
    prepared.run()
  }

  /** The first column of the first row. */
  value(sql: string): unknown {
    return this.#connection.prepare(sql).pluck().get()
  }

  /** A number that changes with every commit of another connection. */
  dataVersion(): unknown {
    this.#dataVersion ??= this.#connection.prepare("PRAGMA data_version").pluck()
    return this.#dataVersion.get()
  }

  values(sql: string): unknown[] {
    return this.#connection.prepare(sql).pluck().all()
  }

  /** The whole database as bytes. */
  copy(): Buffer {
    return this.#connection.serialize()
  }

  /** Refreshes the planner's statistics where they are stale. Best effort: nothing depends on them. */
  optimize(): void {
    try {
      this.#connection.pragma("optimize")
    } catch {
      // Another process holds the database, or it is damaged: closing goes on.
    }
  }

  close(): void {
    this.#connection.close()
  }

  #statement(name: StatementName): Prepared {
    const known = this.#prepared.get(name)
    if (known !== undefined) return known
    const prepared: Prepared = this.#connection.prepare<[object], unknown>(sqliteText(statements[name]))
    this.#prepared.set(name, prepared)
    return prepared
  }
}
