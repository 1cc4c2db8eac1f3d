import { assertKeysCurrent, nowOf, type StoreContext } from "../context.ts"
import type { EnvironmentRow } from "../ports/rows.ts"
import { environmentTags, isIntact } from "../row-tags.ts"

/** Longer than any delivery takes: whoever has not ended then has died. */
export const CLAIM_MS = 120_000
const REFUSED_MS = 3_600_000

/** The environments that this process looks after now; others leave them alone. A row that was changed by somebody else stays as it is. */
export const claimDueEnvironments = (ctx: StoreContext, holder: string, limit: number): Promise<EnvironmentRow[]> =>
  ctx.storage.write(async (tx) => {
    await assertKeysCurrent(tx, ctx.keys.current)
    const now = nowOf(ctx)
    const rows = await tx.all("lockDueEnvironments", { now, limit })
    const claimed = rows.filter((row) => isIntact<EnvironmentRow>(environmentTags, ctx.keys.current, row))
    await tx.runMany("claimEnvironment", rows.map((row) => ({ id: row.id, claimedBy: holder, claimedUntil: now + (claimed.includes(row) ? CLAIM_MS : REFUSED_MS) })))
    return claimed
  })

/** The same for one, due or not; null while somebody else looks after it, or it is gone. */
export const claimEnvironment = (ctx: StoreContext, holder: string, id: string): Promise<EnvironmentRow | null> =>
  ctx.storage.write(async (tx) => {
    await assertKeysCurrent(tx, ctx.keys.current)
    const now = nowOf(ctx)
    const row = await tx.one("lockEnvironment", { id })
    if (row === null || (row.claimedUntil !== null && row.claimedUntil > now)) return null
    environmentTags.assert(ctx.keys.current, row)
    await tx.run("claimEnvironment", { id, claimedBy: holder, claimedUntil: now + CLAIM_MS })
    return row
  })

export const releaseEnvironment = (ctx: StoreContext, id: string, { attempts, dueAt }: { attempts: number; dueAt: number | null }): Promise<number> =>
  ctx.storage.write((tx) => tx.run("releaseEnvironment", { id, attempts, dueAt }))
