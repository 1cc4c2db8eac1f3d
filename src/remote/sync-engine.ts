import { uuidToText } from "../base/uuid.ts"
import { nowOf, type StoreContext } from "../core/context.ts"
import { claimDueEnvironments } from "../core/environments/claim.ts"
import { SYNC_PRINCIPAL } from "../core/environments/environment-row.ts"
import { deliverClaimed } from "../core/environments/sync.ts"
import { ALL_GRANTS } from "../core/principal.ts"
import { withFreshKeys } from "../core/use-case.ts"

export interface SyncEngineOptions {
  /** How long changes are gathered before they are delivered. Default 300 ms. */
  debounceMs?: number
  /** How often everything is compared anew, whatever was heard. Default 10 minutes. */
  compareEveryMs?: number
  /** How often it is looked at what other processes have put off or left, of which nobody is told. Default 5 seconds. */
  lookEveryMs?: number
  /** Deliveries at once. Default 16. */
  concurrency?: number
  onFailure?: (error: unknown) => void
}

export interface SyncEngine {
  /** Resolves once nothing is under way or due now. */
  idle(): Promise<void>
  close(): Promise<void>
}

/** What can change what a sandbox is to have. */
const CHANGING = new Set(["created", "updated", "deleted", "rolled_back", "policy_changed", "use_suspended", "environment_added", "environment_changed", "sync_due"])
const RETRY_MS = 1_000

/**
 * Delivers by itself: what changed is sent shortly after, what failed is tried again, leases are renewed. Any number of processes
 * may run one beside a database: each environment is looked after by one of them at a time, and what a dead one left is taken up.
 */
export const startSyncEngine = (given: StoreContext, options: SyncEngineOptions = {}): SyncEngine => new Engine(given, options)

class Engine implements SyncEngine {
  readonly #ctx: StoreContext
  readonly #options: Required<SyncEngineOptions>
  readonly #holder: string
  readonly #stopWatching: () => void
  readonly #changed = new Set<string>()
  readonly #underWay = new Set<Promise<void>>()
  #marking: NodeJS.Timeout | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #comparing: NodeJS.Timeout
  #working: Promise<void> | null = null
  #isAsked = false
  #isClosed = false

  constructor(ctx: StoreContext, { debounceMs = 300, compareEveryMs = 600_000, lookEveryMs = 5_000, concurrency = 16, onFailure = () => undefined }: SyncEngineOptions) {
    this.#ctx = { ...ctx, actor: { principal: SYNC_PRINCIPAL, grants: ALL_GRANTS } }
    this.#options = { debounceMs, compareEveryMs, lookEveryMs, concurrency, onFailure }
    this.#holder = uuidToText(ctx.newId())
    this.#stopWatching = ctx.storage.watch((events) => {
      for (const { type, namespace } of events) if (namespace !== null && CHANGING.has(type)) this.#noteChange(namespace)
    })
    this.#comparing = setInterval(() => this.#compareAll(), compareEveryMs).unref()
    this.#compareAll() // what changed while nobody ran
  }

  async idle(): Promise<void> {
    while (this.#marking !== undefined || this.#working !== null || this.#underWay.size > 0) {
      await Promise.all([this.#working, ...this.#underWay])
      if (this.#marking !== undefined) await new Promise((resolve) => setTimeout(resolve, this.#options.debounceMs))
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopWatching()
    clearTimeout(this.#marking)
    this.#marking = undefined
    clearTimeout(this.#timer)
    clearInterval(this.#comparing)
    await Promise.all([this.#working, ...this.#underWay])
  }

  #noteChange(namespace: string): void {
    this.#changed.add(namespace)
    this.#ctx.sandboxes?.hub.wake(namespace)
    this.#marking ??= setTimeout(() => void this.#markChanged(), this.#options.debounceMs)
  }

  async #markChanged(): Promise<void> {
    const namespaces = [...this.#changed]
    this.#changed.clear()
    this.#marking = undefined
    await this.#mark(async (dueAt) => {
      await this.#ctx.storage.write(async (tx) => {
        for (const namespace of namespaces) await tx.run("markEnvironmentsDue", { namespace, dueAt })
      })
    })
  }

  #compareAll(): void {
    void this.#mark((dueAt) => this.#ctx.storage.write((tx) => tx.run("markAllEnvironmentsDue", { dueAt })))
  }

  async #mark(write: (dueAt: number) => Promise<unknown>): Promise<void> {
    try {
      await write(nowOf(this.#ctx))
    } catch (error) {
      this.#options.onFailure(error)
    }
    this.#wake()
  }

  #wake(): void {
    this.#isAsked = true
    if (this.#working !== null || this.#isClosed) return
    this.#working = this.#work().finally(() => {
      this.#working = null
      if (this.#isAsked) this.#wake()
    })
  }

  async #work(): Promise<void> {
    try {
      while (this.#isAsked && !this.#isClosed) {
        this.#isAsked = false
        const room = this.#options.concurrency - this.#underWay.size
        const dueInMs = await this.#nextInMs()
        if (room <= 0) return // whoever ends asks again
        if (dueInMs > 0) {
          this.#wakeIn(dueInMs)
          continue
        }
        const claimed = await withFreshKeys(this.#ctx, () => claimDueEnvironments(this.#ctx, this.#holder, room))
        if (claimed.length > 0) this.#isAsked = true
        for (const environment of claimed) this.#follow(deliverClaimed(this.#ctx, environment).then(() => undefined))
      }
    } catch (error) {
      this.#options.onFailure(error)
      this.#wakeIn(RETRY_MS)
    }
  }

  #follow(work: Promise<void>): void {
    const done: Promise<void> = work
      .catch((error: unknown) => this.#options.onFailure(error))
      .finally(() => {
        this.#underWay.delete(done)
        this.#wake()
      })
    this.#underWay.add(done)
  }

  async #nextInMs(): Promise<number> {
    const next = await this.#ctx.storage.one("findNextEnvironmentTime", {})
    return next?.at === null || next?.at === undefined ? Number.POSITIVE_INFINITY : next.at - nowOf(this.#ctx)
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer)
    if (!this.#isClosed) this.#timer = setTimeout(() => this.#wake(), Math.min(this.#options.lookEveryMs, Math.max(1, ms))).unref()
  }
}
