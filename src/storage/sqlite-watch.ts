import type { EventRow } from "../core/ports/rows.ts"
import { type EventListener, EventListeners } from "./event-listeners.ts"

const POLL_MS = 200
const BATCH = 500

/** What a watch reads, on a connection without an open transaction. */
export interface WatchReads {
  lastSeq(): number
  eventsAfter(seq: number, limit: number): EventRow[]
  /** A number that changes with every commit of another connection; null where nobody else can write. */
  dataVersion: (() => unknown) | null
}

/** Tells of new events: after commits of this process at once, after those of others by asking for the data version. */
export class SqliteWatch {
  readonly #reads: WatchReads
  readonly #listeners = new EventListeners()
  #lastSeq = 0
  #dataVersion: unknown = null
  #timer: NodeJS.Timeout | null = null

  constructor(reads: WatchReads) {
    this.#reads = reads
  }

  add(listener: EventListener): () => void {
    const lastSeq = this.#reads.lastSeq()
    if (this.#listeners.isEmpty) this.#start(lastSeq)
    const remove = this.#listeners.add(listener, lastSeq)
    return () => {
      remove()
      if (this.#listeners.isEmpty) this.#stop()
    }
  }

  /** Called after a commit of this process that appended events. */
  committed(): void {
    if (this.#listeners.isEmpty) return
    try {
      this.#tellNews()
    } catch {
      // The commit stands whatever reading it back says; the next round tells of it.
    }
  }

  close(): void {
    this.#listeners.clear()
    this.#stop()
  }

  #start(lastSeq: number): void {
    this.#lastSeq = lastSeq
    if (this.#reads.dataVersion === null) return
    this.#timer = setInterval(() => this.#poll(), POLL_MS)
    this.#timer.unref()
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #poll(): void {
    try {
      const dataVersion = this.#reads.dataVersion?.()
      if (dataVersion === this.#dataVersion) return
      this.#tellNews()
      this.#dataVersion = dataVersion
    } catch {
      // The database is busy or gone: the next round asks again, from the same number on.
    }
  }

  // Numbers are given in the order of commits: one writer at a time.
  #tellNews(): void {
    for (;;) {
      const events = this.#reads.eventsAfter(this.#lastSeq, BATCH)
      const last = events.at(-1)
      if (last === undefined) return
      this.#lastSeq = last.seq
      this.#listeners.tell(events)
      if (events.length < BATCH) return
    }
  }
}
