import type { Client } from "pg"
import { setTimeout as pause } from "node:timers/promises"
import { type EventListener, EventListeners } from "./event-listeners.ts"
import { PostgresSession } from "./postgres-session.ts"
import { parseRanges, rangesOf, type SeqRange } from "./seq-ranges.ts"

/**
 * Numbers are given before their transactions commit, so a lower one may come later. After a lost connection the watch
 * looks for missed events among so many of the newest numbers.
 */
const WINDOW = 4_096

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5_000
const GOODBYE_MS = 1_000

/** Tells of new events by LISTEN, on a connection of its own that is there only while somebody listens. */
export class PostgresWatch {
  readonly #channel: string
  readonly #createClient: () => Client
  readonly #listeners = new EventListeners()
  #tour: Tour | null = null

  constructor(channel: string, createClient: () => Client) {
    this.#channel = channel
    this.#createClient = createClient
  }

  /** Resolves when every event committed from then on will be told of, or the database turned out to be away. */
  get ready(): Promise<void> | null {
    return this.#tour === null || this.#tour.isUnderWay ? null : this.#tour.underWay
  }

  add(listener: EventListener): () => void {
    const remove = this.#listeners.add(listener, 0)
    this.#tour ??= new Tour(this.#channel, this.#createClient, this.#listeners)
    return () => {
      remove()
      if (this.#listeners.isEmpty) void this.#stop()
    }
  }

  async close(): Promise<void> {
    this.#listeners.clear()
    await this.#stop()
  }

  async #stop(): Promise<void> {
    const tour = this.#tour
    this.#tour = null
    await tour?.stop()
  }
}

/** Says goodbye, but does not wait long for a server that may be gone. */
const leave = async (client: Client): Promise<void> => {
  const over = new AbortController()
  const ended = client.end().catch(() => undefined)
  await Promise.race([ended, pause(GOODBYE_MS, undefined, { signal: over.signal, ref: false }).catch(() => undefined)])
  over.abort()
}

/** From the first listener to the last. */
class Tour {
  readonly underWay: Promise<void>
  isUnderWay = false
  readonly #channel: string
  readonly #createClient: () => Client
  readonly #listeners: EventListeners
  readonly #stopping = new AbortController()
  readonly #stopped: Promise<void>
  readonly #ended: Promise<void>
  readonly #setUnderWay: () => void
  #client: Client | null = null
  #seen: Set<number> | null = null
  #floor = 0

  constructor(channel: string, createClient: () => Client, listeners: EventListeners) {
    this.#channel = channel
    this.#createClient = createClient
    this.#listeners = listeners
    const { promise, resolve } = Promise.withResolvers<void>()
    this.underWay = promise
    this.#setUnderWay = () => {
      this.isUnderWay = true
      resolve()
    }
    this.#stopped = new Promise((resolve) => this.#stopping.signal.addEventListener("abort", () => resolve(), { once: true }))
    this.#ended = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#setUnderWay() // whoever waits for it to begin waits no more
    if (this.#client !== null) await leave(this.#client)
    await this.#ended
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    for (let failures = 0; !signal.aborted; failures += 1) {
      if (await this.#listenOnce().catch(() => false)) failures = 0
      this.#setUnderWay()
      const longest = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS)
      await pause(longest * (0.5 + Math.random() / 2), undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  /** One connection, from its start to its loss. @returns whether it came to listening */
  async #listenOnce(): Promise<boolean> {
    const client = this.#createClient()
    this.#client = client
    const lost = new Promise<void>((resolve) => client.on("error", () => resolve()).on("end", () => resolve()))
    try {
      await Promise.race([client.connect(), this.#stopped]) // one that is left while it connects never settles
      if (this.#stopping.signal.aborted) return false
      this.#seen ??= await this.#whatIsOld(client)
      const telling = this.#follow(client)
      await client.query(`LISTEN "${this.#channel}"`)
      await this.#catchUp(client)
      this.#setUnderWay()
      await lost
      await telling()
      return true
    } finally {
      await leave(client)
    }
  }

  /** @returns waits for what is being told */
  #follow(client: Client): () => Promise<void> {
    let telling: Promise<void> = Promise.resolve()
    client.on("notification", ({ payload }) => {
      telling = telling.then(() => this.#tell(client, parseRanges(payload ?? "")))
      telling.catch(() => leave(client)) // what could not be read is found after the next connect
    })
    return () => telling.catch(() => undefined)
  }

  async #whatIsOld(client: Client): Promise<Set<number>> {
    const { rows } = await client.query<{ last: number | null }>("SELECT max(seq) AS last FROM events")
    this.#floor = Math.max(0, (rows[0]?.last ?? 0) - WINDOW)
    return new Set(await this.#seqsAbove(client, this.#floor))
  }

  async #catchUp(client: Client): Promise<void> {
    const missed = (await this.#seqsAbove(client, this.#floor)).filter((seq) => this.#seen?.has(seq) !== true)
    for (let at = 0; at < missed.length; at += WINDOW) await this.#tell(client, rangesOf(missed.slice(at, at + WINDOW)))
  }

  async #seqsAbove(client: Client, floor: number): Promise<number[]> {
    const { rows } = await client.query<{ seq: number }>("SELECT seq FROM events WHERE seq > $1 ORDER BY seq", [floor])
    return rows.map(({ seq }) => seq)
  }

  async #tell(client: Client, ranges: readonly SeqRange[]): Promise<void> {
    const session = new PostgresSession(client)
    for (const range of ranges) {
      const events = await session.all("listEventsBetween", range)
      const news = events.filter(({ seq }) => this.#seen?.has(seq) !== true)
      for (const { seq } of news) this.#seen?.add(seq)
      if (news.length > 0 && !this.#stopping.signal.aborted) this.#listeners.tell(news)
    }
    this.#forgetOld()
  }

  #forgetOld(): void {
    if (this.#seen === null || this.#seen.size < 2 * WINDOW) return
    this.#floor = Math.max(...this.#seen) - WINDOW
    this.#seen = new Set([...this.#seen].filter((seq) => seq > this.#floor))
  }
}
