import { setImmediate as nextTurn } from "node:timers/promises"
import type { Params, Row, StatementName } from "../core/ports/statements.ts"
import type { Reads, Storage, Transaction } from "../core/ports/storage.ts"
import type { EventListener } from "./event-listeners.ts"
import { FairMutex } from "./fair-mutex.ts"
import { whenNotBusy } from "./sqlite-busy.ts"
import type { SqliteConnection } from "./sqlite-connection.ts"
import { isBusy, sqliteError } from "./sqlite-errors.ts"
import { SqliteWatch } from "./sqlite-watch.ts"
import { isWriting } from "./statements/statements.ts"
import { needsWrite, storageClosed } from "./storage-errors.ts"
import { GuardedTransaction, type Session } from "./transaction.ts"

/** Work that never waits for input or output must not keep the event loop for longer than this. */
const LONGEST_TURN_MS = 10

export interface SqliteConnections {
  writer: SqliteConnection
  /** Reads while the writer is inside a transaction. null for a database in memory, which has one connection. */
  openReader: (() => SqliteConnection) | null
  /** A connection of its own that sees one unchanging state. */
  openSnapshot: () => SqliteConnection
}

type Asked = <Name extends StatementName>(connection: SqliteConnection, name: Name, params: Params<Name>) => unknown

const askOne: Asked = (connection, name, params) => connection.one(name, params)
const askAll: Asked = (connection, name, params) => connection.all(name, params)

/** The port over one SQLite database: a single writer, and readers that never wait for it. */
export class SqliteStorage implements Storage {
  readonly engine = "sqlite"
  readonly #writer: SqliteConnection
  readonly #openReader: (() => SqliteConnection) | null
  readonly #openSnapshot: () => SqliteConnection
  readonly #busyTimeoutMs: number
  readonly #writers = new FairMutex()
  readonly #snapshots = new Set<Promise<unknown>>()
  readonly #watch: SqliteWatch
  #openedReader: SqliteConnection | null = null
  #committedSeq = 0
  #turnStart = 0
  #closing: Promise<void> | null = null

  constructor(connections: SqliteConnections, busyTimeoutMs: number) {
    this.#writer = connections.writer
    this.#openReader = connections.openReader
    this.#openSnapshot = connections.openSnapshot
    this.#busyTimeoutMs = busyTimeoutMs
    if (this.#isShared) this.#committedSeq = this.#lastSeq()
    this.#watch = new SqliteWatch({
      lastSeq: () => (this.#isShared ? this.#committedSeq : this.#lastSeq()),
      eventsAfter: (seq, limit) => this.#reader.all("listEventsAfter", { seq, limit }),
      dataVersion: this.#isShared ? null : () => this.#reader.dataVersion(),
    })
  }

  one<Name extends StatementName>(name: Name, params: Params<Name>): Promise<Row<Name> | null> {
    return this.#read(askOne, name, params) as Promise<Row<Name> | null>
  }

  all<Name extends StatementName>(name: Name, params: Params<Name>): Promise<Row<Name>[]> {
    return this.#read(askAll, name, params) as Promise<Row<Name>[]>
  }

  async write<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    this.#assertOpen()
    return this.#writers.run(async () => {
      this.#assertOpen()
      await this.#giveOthersATurn()
      await this.#begin()
      const tx = new GuardedTransaction(new SqliteSession(this.#writer))
      const result = await this.#finish(tx, work)
      if (this.#isShared) this.#committedSeq = this.#lastSeq()
      if (tx.eventSeqs.length > 0) this.#watch.committed()
      return result
    })
  }

  async snapshot<T>(work: (reads: Reads) => Promise<T>): Promise<T> {
    this.#assertOpen()
    const running = this.#runSnapshot(work)
    this.#snapshots.add(running)
    try {
      return await running
    } finally {
      this.#snapshots.delete(running)
    }
  }

  watch(listener: (events: Row<"listEventsAfter">[]) => void): () => void {
    this.#assertOpen()
    return this.#watch.add(listener satisfies EventListener)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  get #isShared(): boolean {
    return this.#openReader === null
  }

  /** Opened when it is first needed: a command line that reads one secret needs none. */
  get #reader(): SqliteConnection {
    this.#openedReader ??= this.#openReader?.() ?? null
    return this.#openedReader ?? this.#writer
  }

  #lastSeq(): number {
    return this.#reader.one("lastEventSeq", {})?.seq ?? 0
  }

  #assertOpen(): void {
    if (this.#closing !== null) throw storageClosed()
  }

  /**
   * The straight way is synchronous inside: a read costs what the prepared statement costs. While nobody writes the writer
   * reads too: each commit of one connection empties the page cache of the others.
   */
  #read(ask: Asked, name: StatementName, params: Params<StatementName>): Promise<unknown> {
    try {
      this.#assertOpen()
      if (isWriting(name)) throw needsWrite(name)
      if (!this.#writers.isTaken) return Promise.resolve(ask(this.#writer, name, params))
      if (!this.#isShared) return Promise.resolve(ask(this.#reader, name, params))
    } catch (error) {
      if (!isBusy(error)) return Promise.reject(sqliteError(error))
    }
    return this.#readWhenFree(ask, name, params)
  }

  async #readWhenFree(ask: Asked, name: StatementName, params: Params<StatementName>): Promise<unknown> {
    const read = (): Promise<unknown> =>
      whenNotBusy(this.#busyTimeoutMs, () => (this.#assertOpen(), ask(this.#reader, name, params)))
    try {
      return await (this.#isShared ? this.#writers.run(read) : read())
    } catch (error) {
      throw sqliteError(error)
    }
  }

  async #giveOthersATurn(): Promise<void> {
    if (performance.now() - this.#turnStart < LONGEST_TURN_MS) return
    await nextTurn()
    this.#turnStart = performance.now()
  }

  async #begin(): Promise<void> {
    try {
      await whenNotBusy(this.#busyTimeoutMs, () => this.#writer.bound("BEGIN IMMEDIATE"))
    } catch (error) {
      throw sqliteError(error)
    }
  }

  async #finish<T>(tx: GuardedTransaction, work: (tx: Transaction) => Promise<T>): Promise<T> {
    try {
      const result = await work(tx)
      tx.end()
      this.#writer.bound("COMMIT")
      return result
    } catch (error) {
      this.#rollBack(tx)
      throw sqliteError(error)
    }
  }

  // SQLite has rolled back by itself after a full disk or an i/o error.
  #rollBack(tx: GuardedTransaction): void {
    tx.abandon()
    if (this.#writer.isInTransaction) this.#writer.bound("ROLLBACK")
  }

  async #runSnapshot<T>(work: (reads: Reads) => Promise<T>): Promise<T> {
    const open = async (): Promise<SqliteConnection> => whenNotBusy(this.#busyTimeoutMs, this.#openSnapshot)
    try {
      const connection = await (this.#isShared ? this.#writers.run(open) : open())
      try {
        return await work(new SqliteSession(connection))
      } finally {
        connection.close()
      }
    } catch (error) {
      throw sqliteError(error)
    }
  }

  async #close(): Promise<void> {
    this.#watch.close()
    await Promise.allSettled(this.#snapshots)
    await this.#writers.run(async () => {
      this.#writer.optimize()
      this.#openedReader?.close()
      this.#writer.close()
    })
  }
}

/** One connection as a transaction or a snapshot uses it. */
class SqliteSession implements Session {
  readonly #connection: SqliteConnection

  constructor(connection: SqliteConnection) {
    this.#connection = connection
  }

  one<Name extends StatementName>(name: Name, params: Params<Name>): Promise<Row<Name> | null> {
    return this.#promised(() => this.#connection.one(name, params))
  }

  all<Name extends StatementName>(name: Name, params: Params<Name>): Promise<Row<Name>[]> {
    return this.#promised(() => this.#connection.all(name, params))
  }

  run<Name extends StatementName>(name: Name, params: Params<Name>): Promise<number> {
    return this.#promised(() => this.#connection.run(name, params))
  }

  runMany<Name extends StatementName>(name: Name, params: Params<Name>[]): Promise<number[]> {
    return this.#promised(() => params.map((one) => this.#connection.run(name, one)))
  }

  appendEvents(events: Params<"appendEvent">[]): Promise<number[]> {
    return this.#promised(() => events.map((event) => this.#connection.append(event)))
  }

  #promised<T>(work: () => T): Promise<T> {
    try {
      return Promise.resolve(work())
    } catch (error) {
      return Promise.reject(sqliteError(error))
    }
  }
}
