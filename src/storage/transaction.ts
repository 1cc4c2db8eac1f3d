import type { Params, Row, StatementName } from "../core/ports/statements.ts"
import type { Transaction } from "../core/ports/storage.ts"

/** What an engine gives to a transaction. */
export interface Session extends Transaction {
  /** @returns the number of each, in their order */
  appendEvents(events: Params<"appendEvent">[]): Promise<number[]>
}

/**
 * What `work` sees of a write transaction. It notes the numbers of appended events; it refuses statements that come too
 * late; and after a failed statement nothing commits, even where `work` swallowed the error: so PostgreSQL does it.
 */
export class GuardedTransaction implements Transaction {
  readonly eventSeqs: number[] = []
  readonly #session: Session
  #failure: { error: unknown } | null = null
  #isOver = false

  constructor(session: Session) {
    this.#session = session
  }

  one<Name extends StatementName>(name: Name, params: Params<Name>): Promise<Row<Name> | null> {
    if (name === "appendEvent") return this.#append([params as Params<"appendEvent">]).then(([seq = 0]) => ({ seq }) as Row<Name>)
    return this.#guard(() => this.#session.one(name, params))
  }

  all<Name extends StatementName>(name: Name, params: Params<Name>): Promise<Row<Name>[]> {
    return this.#guard(() => this.#session.all(name, params))
  }

  run<Name extends StatementName>(name: Name, params: Params<Name>): Promise<number> {
    if (name === "appendEvent") return this.#append([params as Params<"appendEvent">]).then(() => 1)
    return this.#guard(() => this.#session.run(name, params))
  }

  runMany<Name extends StatementName>(name: Name, params: Params<Name>[]): Promise<number[]> {
    if (name === "appendEvent") return this.#append(params as Params<"appendEvent">[]).then((seqs) => seqs.map(() => 1))
    return this.#guard(() => this.#session.runMany(name, params))
  }

  /** Ends what `work` may do. @throws the first error of a statement */
  end(): void {
    this.#isOver = true
    if (this.#failure !== null) throw this.#failure.error
  }

  /** Ends what `work` may do, whatever it did. @returns the first error of a statement, which says more than a later one */
  abandon(): unknown {
    this.#isOver = true
    return this.#failure?.error
  }

  async #append(events: Params<"appendEvent">[]): Promise<number[]> {
    const seqs = await this.#guard(() => this.#session.appendEvents(events))
    this.eventSeqs.push(...seqs)
    return seqs
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isOver) throw new TypeError("The transaction is over: a statement came after its end.")
    if (this.#failure !== null) throw this.#failure.error
    try {
      return await work()
    } catch (error) {
      this.#failure ??= { error }
      throw error
    }
  }
}
