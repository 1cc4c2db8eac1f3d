import { hex } from "../../base/bytes.ts"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext } from "../context.ts"
import { boxSpaceTags, isIntact } from "../row-tags.ts"
import type { BoxSpaceRow } from "../ports/box-rows.ts"
import { namespaceOfSpace } from "./namespace.ts"
import { boxEvent, endSpace, isClosed } from "./space.ts"

const BATCH = 200

export interface SweepResult {
  closed: number
  deleted: number
}

/**
 * Takes away what is over: boxes whose closure date has come, the secrets of spaces that are gone, codes and signatures that no
 * longer count. All of it was out of reach before. Several processes may sweep at once.
 */
export const sweepBoxes = async (ctx: StoreContext): Promise<SweepResult> => {
  const closed = await closeSpaces(ctx)
  const deleted = await deleteLeftovers(ctx)
  const now = nowOf(ctx)
  await ctx.storage.write(async (tx) => {
    await tx.run("deleteBoxCodesBefore", { now })
    await tx.run("deleteBoxSignaturesBefore", { now })
  })
  return { closed, deleted }
}

/** Row by row behind the last one: one that cannot be closed must not keep the others. */
const closeSpaces = async (ctx: StoreContext): Promise<number> => {
  let closed = 0
  let after = { afterClosesAt: -1, afterId: "" }
  for (;;) {
    const rows = await ctx.storage.all("listClosedBoxSpaces", { now: nowOf(ctx), ...after, limit: BATCH })
    for (const row of rows) if (await closeSpace(ctx, row)) closed++
    const last = rows.at(-1)
    if (last === undefined) return closed
    after = { afterClosesAt: last.closesAt as number, afterId: last.id }
  }
}

/** @returns false where somebody else did, or its date was edited in the database, which closes nothing */
const closeSpace = (ctx: StoreContext, { box, sender }: BoxSpaceRow): Promise<boolean> =>
  ctx.storage.write(async (tx) => {
    await assertKeysCurrent(tx, ctx.keys.current)
    const row = await tx.one("lockBoxSpace", { box, sender })
    if (row === null || !isIntact<BoxSpaceRow>(boxSpaceTags, ctx.keys.current, row) || !isClosed(ctx, row)) return false
    await endSpace(tx, row)
    await appendEvents(tx, [boxEvent(ctx, "box_closed", { reason: "closure_date", box: hex(box), ...(sender.length > 0 && { sender: hex(sender) }) })])
    return true
  })

const deleteLeftovers = async (ctx: StoreContext): Promise<number> => {
  let deleted = 0
  for (;;) {
    const [leftover] = await ctx.storage.all("listBoxLeftovers", { limit: 1 })
    if (leftover === undefined) return deleted
    deleted += await deleteLeftover(ctx, leftover.id)
  }
}

const deleteLeftover = (ctx: StoreContext, id: string): Promise<number> =>
  ctx.storage.write(async (tx) => {
    const secrets = await tx.all("listNamespaceSecrets", { namespace: namespaceOfSpace(id), limit: BATCH })
    await tx.runMany("deleteVersions", secrets.map((row) => ({ secretId: row.id })))
    await tx.runMany("deleteSecret", secrets.map((row) => ({ id: row.id })))
    if (secrets.length < BATCH) await tx.run("deleteBoxLeftover", { id })
    return secrets.length
  })
