import * as z from "zod/mini"
import { uuidToText } from "../base/uuid.ts"
import { sweepBoxes } from "./boxes/sweep.ts"
import { cleanupEvents, cleanupSecrets } from "./cleanup.ts"
import type { StoreContext } from "./context.ts"
import { nowOf } from "./context.ts"
import { rotate, type RotateResult } from "./rotate.ts"
import { parseArgs } from "./use-case.ts"

export interface MaintainOptions {
  /** From 1 second to 24 days. */
  everyMs: number
  secretsRetentionMs?: number
  eventsRetentionMs?: number
  /** Whether stale rows are moved to the active key. Default true. */
  rotate?: boolean
  onResult?: (result: MaintainResult) => void
}

/** What one round did, or why it failed; `claimed` is false where another process had this round. */
export type MaintainResult =
  | { claimed: false }
  | { claimed: true; deletedSecrets: number; deletedEvents: number; rotation?: RotateResult }
  | { claimed: true; error: unknown }

/** A longer one fires at once, and again and again. */
const LONGEST_TIMER_MS = 2_147_483_647

const MaintainArgs = z.strictObject({
  everyMs: z.number("everyMs must be a number").check(z.minimum(1_000, "everyMs must be at least 1000"), z.maximum(LONGEST_TIMER_MS, `everyMs must be at most ${LONGEST_TIMER_MS}`)),
  secretsRetentionMs: z.optional(z.number()),
  eventsRetentionMs: z.optional(z.number()),
  rotate: z.optional(z.boolean()),
  onResult: z.optional(z.custom<MaintainOptions["onResult"]>((value) => typeof value === "function")),
})

const LEASE = "maintain"

/**
 * Cleans up and picks up stale rows now and every `everyMs`; of several processes on one database one does each round.
 * @returns stops it and resolves when the round under way has ended
 */
export const maintain = (ctx: StoreContext, options: MaintainOptions): (() => Promise<void>) => {
  parseArgs(MaintainArgs, options)
  const stopping = new AbortController()
  const holder = uuidToText(ctx.newId())
  let timer: ReturnType<typeof setTimeout> | undefined
  // a re-encryption that meets rows it cannot open walks over everything each time, and ends no sooner
  let isReencryptionStuck = false
  const round = async (): Promise<void> => {
    const result = await runRound(ctx, options, { holder, signal: stopping.signal, isReencryptionStuck })
    isReencryptionStuck ||= "rotation" in result && (result.rotation?.skipped ?? 0) > 0
    options.onResult?.(result)
    if (stopping.signal.aborted) return
    timer = setTimeout(() => {
      running = round()
    }, options.everyMs)
    unref(timer)
  }
  let running = round()
  return async () => {
    stopping.abort()
    clearTimeout(timer)
    await running
  }
}

/** A timer of Node must not keep the process alive by itself; a browser's is a number. */
const unref = (timer: unknown): void => {
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") timer.unref()
}

interface Round {
  holder: string
  signal: AbortSignal
  isReencryptionStuck: boolean
}

const runRound = async (ctx: StoreContext, options: MaintainOptions, { holder, ...round }: Round): Promise<MaintainResult> => {
  try {
    const now = nowOf(ctx)
    const lease = { name: LEASE, holder, now, expiresAt: now + options.everyMs }
    if ((await ctx.storage.write((tx) => tx.run("takeLease", lease))) === 0) return { claimed: false }
    const secrets = await cleanupSecrets(ctx, { retentionMs: options.secretsRetentionMs })
    const events = await cleanupEvents(ctx, { retentionMs: options.eventsRetentionMs })
    await sweepBoxes(ctx)
    const rotation = options.rotate === false ? undefined : await rotateStale(ctx, round)
    return { claimed: true, deletedSecrets: secrets.deleted, deletedEvents: events.deleted, ...(rotation && { rotation }) }
  } catch (error) {
    return { claimed: true, error }
  }
}

const rotateStale = async (ctx: StoreContext, { signal, isReencryptionStuck }: Omit<Round, "holder">): Promise<RotateResult | undefined> => {
  const isReencrypting = ctx.keys.current.roots.size > 1 && !isReencryptionStuck
  return isReencrypting || (await isAnythingStale(ctx)) ? rotate(ctx, { signal }) : undefined
}

/** One look into the index for each older key: no count over the whole store, which a round each minute would feel. */
const isAnythingStale = async (ctx: StoreContext): Promise<boolean> => {
  const { wrapper, activeKeyVersion } = ctx.keys.current
  const start = { afterNamespace: "", afterSecretId: new Uint8Array(), limit: 1 }
  for (const keyVersion of wrapper.versions.filter((version) => version < activeKeyVersion))
    if ((await ctx.storage.all("listSecretsUnderKey", { keyVersion, ...start })).length > 0) return true
  return false
}
