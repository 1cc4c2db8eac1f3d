import type { Client, Pool, PoolClient } from "pg"
import { setTimeout as pause } from "node:timers/promises"
import type { Params, Row, StatementName } from "../core/ports/statements.ts"
import type { Reads, Storage, Transaction } from "../core/ports/storage.ts"
import { SecretError } from "../base/errors.ts"
import { isConflict, postgresError } from "./postgres-errors.ts"
import { PostgresReader } from "./postgres-reader.ts"
import { PostgresSession } from "./postgres-session.ts"
import { PostgresWatch } from "./postgres-watch.ts"
import { printRanges, rangesOf } from "./seq-ranges.ts"
import { isWriting } from "./statements/statements.ts"
import { needsWrite, storageClosed } from "./storage-errors.ts"
import { GuardedTransaction } from "./transaction.ts"

const ATTEMPTS = 10
const LONGEST_PAUSE_MS = 20

const BEGIN_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
const BEGIN_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0"

export interface PostgresConnections {
  pool: Pool
  createClient: () => Client
  schema: string
}

/** The port over PostgreSQL: stateless, so that any number of processes may stand beside each other. */
export class PostgresStorage implements Storage {
  readonly engine = "postgres"
  readonly #pool: Pool
  readonly #reader: PostgresReader
  readonly #channel: string
  readonly #watch: PostgresWatch
  #closing: Promise<void> | null = null

  constructor({ pool, createClient, schema }: PostgresConnections) {
    this.#pool = pool
    this.#reader = new PostgresReader(pool)
    this.#channel = `${schema}_events`
    this.#watch = new PostgresWatch(this.#channel, createClient)
  }

  async one<Name extends StatementName>(name: Name, params: Params<Name>): Promise<Row<Name> | null> {
    const rows = await this.all(name, params)
    return rows[0] ?? null
  }

  async all<Name extends StatementName>(name: Name, params: Params<Name>): Promise<Row<Name>[]> {
    this.#assertOpen()
    if (isWriting(name)) throw needsWrite(name)
    const { rows } = await this.#reader.query(name, params)
    return rows as Row<Name>[]
  }

  async write<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    this.#assertOpen()
    if (this.#watch.ready !== null) await this.#watch.ready
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#inTransaction(BEGIN_WRITE, (client) => this.#writeOnce(client, work))
      } catch (error) {
        if (!isConflict(error) || attempt === ATTEMPTS) throw error
      }
      await pause(Math.random() * LONGEST_PAUSE_MS * attempt)
    }
  }

  async snapshot<T>(work: (reads: Reads) => Promise<T>): Promise<T> {
    this.#assertOpen()
    return this.#inTransaction(BEGIN_SNAPSHOT, async (client) => {
      const result = await work(new PostgresSession(client))
      await client.query("COMMIT")
      return result
    })
  }

  watch(listener: (events: Row<"listEventsAfter">[]) => void): () => void {
    this.#assertOpen()
    return this.#watch.add(listener)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #assertOpen(): void {
    if (this.#closing !== null) throw storageClosed()
  }

  async #close(): Promise<void> {
    await this.#watch.close()
    this.#reader.close()
    await this.#pool.end()
  }

  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect()
    } catch (error) {
      if (this.#closing !== null) throw storageClosed()
      throw postgresError(error)
    }
  }

  /** `work` commits; whatever it throws is followed by a rollback. */
  async #inTransaction<T>(begin: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connect()
    let isBroken = false
    try {
      // Awaited, not pipelined: were BEGIN refused, the statements behind it would each commit by themselves.
      await client.query(begin).catch((error: unknown) => {
        isBroken = true
        throw postgresError(error)
      })
      return await work(client)
    } catch (error) {
      isBroken ||= !(await rollBack(client))
      throw error
    } finally {
      client.release(isBroken)
    }
  }

  async #writeOnce<T>(client: PoolClient, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const tx = new GuardedTransaction(new PostgresSession(client))
    let result: T
    try {
      result = await work(tx)
    } catch (error) {
      const failure = tx.abandon()
      throw isConflict(failure) ? failure : error // a conflict runs again, whatever `work` made of it
    }
    tx.end()
    await this.#commit(client, tx.eventSeqs)
    return result
  }

  async #commit(client: PoolClient, eventSeqs: readonly number[]): Promise<void> {
    const notifications = printRanges(rangesOf(eventSeqs)).map((text) =>
      client.query({ name: "notify", text: "SELECT pg_notify($1, $2)", values: [this.#channel, text] }),
    )
    try {
      const [{ command }] = await Promise.all([client.query("COMMIT"), ...notifications])
      if (command === "COMMIT") return
    } catch (error) {
      throw postgresError(error)
    }
    throw new SecretError("storage_unavailable", "The database rolled the transaction back.")
  }
}

const rollBack = (client: PoolClient): Promise<boolean> =>
  client.query("ROLLBACK").then(
    () => true,
    () => false,
  )
