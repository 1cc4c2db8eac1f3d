import type { EventRow } from "./rows.ts"
import type { Params, Row, StatementName } from "./statements.ts"

/** Reading. Outside a transaction each statement sees what was committed before it. */
export interface Reads {
  one<Name extends StatementName>(name: Name, params: Params<Name>): Promise<Row<Name> | null>
  all<Name extends StatementName>(name: Name, params: Params<Name>): Promise<Row<Name>[]>
}

/** A transaction: all of it happens or nothing. */
export interface Transaction extends Reads {
  /** @returns how many rows were written */
  run<Name extends StatementName>(name: Name, params: Params<Name>): Promise<number>
  /** The same statement for many rows, in one go where the engine can. @returns rows written, one count for each element */
  runMany<Name extends StatementName>(name: Name, params: Params<Name>[]): Promise<number[]>
}

/**
 * An engine. It sees ciphertext only and is trusted with nothing: what it gives back is authenticated above this port.
 * Failures surface as SecretError `storage_unavailable` (unreachable, busy beyond the timeout, full).
 */
export interface Storage extends Reads {
  readonly engine: "sqlite" | "postgres"
  /**
   * Runs `work` in one write transaction and commits it durably before it resolves. `work` may run again after a lock
   * conflict, so it must change nothing but the transaction; it waits for nothing but the transaction's statements.
   */
  write<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Runs `work` on one unchanging view of the whole database, while others write. */
  snapshot<T>(work: (reads: Reads) => Promise<T>): Promise<T>
  /**
   * Tells of every event that any process commits from now on, oldest first, each once, shortly after its commit.
   * @returns stops telling
   */
  watch(listener: (events: EventRow[]) => void): () => void
  /** Ends open connections; afterwards every call fails with `storage_unavailable`. Idempotent. */
  close(): Promise<void>
}
