import { assertKeysCurrent, nowOf, type StoreContext } from "../core/context.ts"
import type { RunRow } from "../core/ports/rows.ts"
import { isIntact, runTags } from "../core/row-tags.ts"
import { withFreshKeys } from "../core/use-case.ts"
import { saveRun } from "../core/workflow/deliver-message.ts"
import { advanceRun, type Host } from "./advance-run.ts"

const BATCH = 10
const TIMER_MAX_MS = 2_147_483_647
const WAKING = /^(?:workflow_|request_)/

/** Does what is ready, then sleeps until an event or the next deadline: a run that waits costs nothing. */
export class Worker {
  readonly #host: Host
  readonly #names: string
  readonly #stopWatching: () => void
  #working: Promise<void> | null = null
  readonly #taken = new Set<Promise<void>>()
  #isAsked = false
  #isClosed = false
  /** A row that was changed by somebody else stays where it is, and ready. */
  #isRefused = false
  #timer: NodeJS.Timeout | undefined

  constructor(host: Host) {
    this.#host = host
    this.#names = JSON.stringify(host.registry.names())
    this.#stopWatching = host.ctx.storage.watch((rows) => {
      if (rows.some(({ type }) => WAKING.test(type))) this.wake()
    })
    this.wake() // what another process left
  }

  /** The row of a new run as this process takes it up itself; as it is where it takes up no more. */
  claimed(ctx: StoreContext, run: RunRow): RunRow {
    if (this.#isClosed) return run
    const row = { ...run, claimedBy: this.#host.holder, claimedUntil: nowOf(ctx) + this.#host.leaseMs }
    return { ...row, tag: runTags.seal(ctx.keys.current, row) }
  }

  /** Goes on with a run that this process has claimed. */
  take(run: RunRow): void {
    if (run.claimedBy === null || this.#isClosed) return
    const work = advanceRun(this.#host, run)
      .catch((error: unknown) => this.#host.onFailure("worker", error))
      .finally(() => {
        this.#taken.delete(work)
        this.wake()
      })
    this.#taken.add(work)
  }

  wake(): void {
    this.#isAsked = true
    if (this.#working !== null || this.#isClosed) return
    this.#working = this.#work().finally(() => {
      this.#working = null
      if (this.#isAsked) this.wake()
    })
  }

  async idle(): Promise<void> {
    while (this.#working !== null || this.#taken.size > 0) await Promise.all([this.#working, ...this.#taken])
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopWatching()
    clearTimeout(this.#timer)
    await this.idle()
  }

  async #work(): Promise<void> {
    try {
      while (this.#isAsked && !this.#isClosed) {
        this.#isAsked = false
        const dueInMs = await this.#nextInMs()
        if (dueInMs > 0) {
          this.#wakeIn(dueInMs)
          continue
        }
        const claimed = await this.#claim()
        if (claimed.length > 0) this.#isAsked = true
        if (this.#isRefused) this.#wakeIn(REFUSED_MS)
        await Promise.all(claimed.map((run) => advanceRun(this.#host, run)))
      }
    } catch (error) {
      this.#host.onFailure("worker", error)
      this.#wakeIn(RETRY_MS)
    }
  }

  /** The runs that this process takes up now; others leave them alone until the lease ends. */
  #claim(): Promise<RunRow[]> {
    const { ctx, holder, leaseMs } = this.#host
    return withFreshKeys(ctx, () => ctx.storage.write(async (tx) => {
      await assertKeysCurrent(tx, ctx.keys.current)
      const at = nowOf(ctx)
      const rows = await tx.all("lockReadyRuns", { now: at, names: this.#names, limit: BATCH })
      const claimed = rows
        .filter((run) => isIntact<RunRow>(runTags, ctx.keys.current, run))
        .map((run): RunRow => ({ ...run, isReady: 1, claimedBy: holder, claimedUntil: at + leaseMs }))
      for (const run of claimed) await saveRun(ctx, tx, run)
      this.#isRefused = rows.length > claimed.length
      return claimed
    }))
  }

  /** A look costs less than a transaction that finds nothing to take. */
  async #nextInMs(): Promise<number> {
    const next = await this.#host.ctx.storage.one("findNextRunTime", { names: this.#names })
    return next?.at === null || next?.at === undefined ? Number.POSITIVE_INFINITY : next.at - nowOf(this.#host.ctx)
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer)
    if (!this.#isClosed && ms !== Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.wake(), Math.min(TIMER_MAX_MS, Math.max(SHORTEST_MS, ms))).unref()
  }
}

const RETRY_MS = 1_000
const REFUSED_MS = 60_000
const SHORTEST_MS = 1
