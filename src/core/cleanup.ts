import { appendEvents, assertKeysCurrent, nowOf, type StoreContext } from "./context.ts"
import { isIntact, secretTags } from "./row-tags.ts"
import { CleanupArgs } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"
import { deleteSecret } from "./remove.ts"
import type { SecretRow } from "./ports/rows.ts"
import type { Transaction } from "./ports/storage.ts"

export interface CleanupResult {
  deleted: number
  isDone: boolean
}

const DAY_MS = 86_400_000
const SECRETS_RETENTION_MS = 30 * DAY_MS
const EVENTS_RETENTION_MS = 180 * DAY_MS
const BATCH = 200
const EVENTS_BATCH = 1_000

/** Never below 0: a retention may be longer than an integer of the database. */
const cutoffOf = (ctx: StoreContext, retentionMs: number): number => Math.max(0, Math.ceil(nowOf(ctx) - retentionMs))

/** Deletes the secrets that expired longer ago than the retention, of all workspaces, to the end. */
export const cleanupSecrets = defineUseCase({
  name: "cleanupSecrets",
  permission: "admin",
  scope: "store",
  events: ["deleted"],
  args: CleanupArgs,
  run: async (ctx, { retentionMs }): Promise<CleanupResult> => {
    const cutoff = cutoffOf(ctx, retentionMs ?? SECRETS_RETENTION_MS)
    let deleted = 0
    let after: { afterExpiresAt: number; afterId: Uint8Array } | null = { afterExpiresAt: -1, afterId: new Uint8Array(16) }
    while (after !== null) {
      const batch: ExpiredBatch = await deleteExpired(ctx, cutoff, after)
      deleted += batch.deleted
      after = batch.next
    }
    return { deleted, isDone: true }
  },
})

interface ExpiredBatch {
  deleted: number
  next: { afterExpiresAt: number; afterId: Uint8Array } | null
}

const deleteExpired = (
  ctx: StoreContext,
  cutoff: number,
  after: { afterExpiresAt: number; afterId: Uint8Array },
): Promise<ExpiredBatch> =>
  ctx.storage.write(async (tx) => {
    await assertKeysCurrent(tx, ctx.keys.current)
    const rows = await tx.all("lockExpired", { cutoff, ...after, limit: BATCH })
    // an expiry that was edited in the database deletes nothing
    const proved = rows.filter((row) => isIntact<SecretRow>(secretTags, ctx.keys.current, row))
    for (const row of proved) await deleteSecret(ctx, tx, row, "expired_cleanup")
    const last = rows.at(-1)
    const next = last && rows.length === BATCH ? { afterExpiresAt: last.expiresAt as number, afterId: last.id } : null
    return { deleted: proved.length, next }
  })

/** Deletes the events that are older than the retention, to the end, and says so in the store's own log. Secrets stay. */
export const cleanupEvents = defineUseCase({
  name: "cleanupEvents",
  permission: "admin",
  scope: "store",
  events: ["events_deleted"],
  args: CleanupArgs,
  run: async (ctx, { retentionMs }): Promise<CleanupResult> => {
    const cutoff = cutoffOf(ctx, retentionMs ?? EVENTS_RETENTION_MS)
    let deleted = 0
    for (;;) {
      const batch = await ctx.storage.write((tx) => deleteEvents(ctx, tx, cutoff))
      deleted += batch
      if (batch < EVENTS_BATCH) return { deleted, isDone: true }
    }
  },
})

/** The log never shrinks without a trace of who did it. */
const deleteEvents = async (ctx: StoreContext, tx: Transaction, cutoff: number): Promise<number> => {
  const count = await tx.run("deleteEventsBefore", { cutoff, limit: EVENTS_BATCH })
  const event = { type: "events_deleted" as const, at: nowOf(ctx), principal: ctx.actor.principal, metadata: { count, before: cutoff } }
  if (count > 0) await appendEvents(tx, [event])
  return count
}
