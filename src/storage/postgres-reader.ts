import type { Pool, PoolClient, QueryResult } from "pg"
import type { StatementName } from "../core/ports/statements.ts"
import { query } from "./postgres-session.ts"

/** The types of `pg` lack what an idle connection of its pool is handled with. */
type KeptClient = PoolClient & { ref(): void; unref(): void }

/**
 * Reads over a connection that it keeps: to take one from the pool and give it back for each statement costs a fifth of a
 * read. Whoever comes while it is busy, or broken, is served by the pool.
 */
export class PostgresReader {
  readonly #pool: Pool
  readonly #onBreak = (): void => this.#give(true) // it broke while nobody asked: the next read takes another
  #client: KeptClient | null = null
  #isBusy = false
  #isClosed = false

  constructor(pool: Pool) {
    this.#pool = pool
  }

  query(name: StatementName, params: object): Promise<QueryResult> {
    if (this.#isBusy || this.#isClosed || this.#pool.options.max < 2) return query(this.#pool, name, params)
    this.#isBusy = true
    return this.#ask(name, params)
  }

  /** What is under way ends by itself; then the connection goes back. */
  close(): void {
    this.#isClosed = true
    if (!this.#isBusy) this.#give()
  }

  async #ask(name: StatementName, params: object): Promise<QueryResult> {
    try {
      this.#client ??= await this.#take()
      this.#client.ref()
      return await query(this.#client, name, params)
    } catch (error) {
      this.#give(true)
      throw error
    } finally {
      this.#isBusy = false
      if (this.#isClosed) this.#give()
      else this.#client?.unref() // an idle connection keeps no process alive
    }
  }

  async #take(): Promise<KeptClient> {
    const client = (await this.#pool.connect()) as KeptClient
    client.on("error", this.#onBreak)
    return client
  }

  #give(isBroken = false): void {
    const client = this.#client
    this.#client = null
    client?.off("error", this.#onBreak).release(isBroken)
  }
}
