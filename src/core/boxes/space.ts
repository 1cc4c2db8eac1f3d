import { nowOf, type Reads, type StoreContext, type Transaction } from "../context.ts"
import type { NewEvent } from "../event.ts"
import type { BoxSpaceRow } from "../ports/box-rows.ts"
import type { Actor } from "../principal.ts"
import { hex } from "../../base/bytes.ts"
import { boxSpaceTags } from "../row-tags.ts"

/** What a space's row says beside its columns. */
export interface SpaceFacts {
  /** As it was given: milliseconds since 1970, a fraction allowed; null for none. */
  closureDate: number | null
  /** The holder who made the code that opened it, 64 hex characters. */
  owner?: string
  /** Its holder has sent a request that names this server: from then on every request has to. */
  isBound?: true
}

/** An open space: a box, or what one sender may write into it. */
export interface BoxSpace extends SpaceFacts {
  row: BoxSpaceRow
}

/** In the place of a sender: the box itself. */
export const OWN: Uint8Array = new Uint8Array(0)

const ID_BYTES = 16

/** Who acts with a box's key. Grants are for workspaces: the key gives none. */
export const boxActor = (box: string): Actor => ({ principal: { kind: "service", id: `box:${box}`, name: `box ${box.slice(0, 8)}` }, grants: [] })

/** An operation on boxes, as the store's own log has it. */
export const boxEvent = (ctx: StoreContext, type: NewEvent["type"], metadata: Record<string, unknown>): NewEvent => ({
  type,
  at: nowOf(ctx),
  principal: ctx.actor.principal,
  metadata,
})

/** The space, where it is open; one whose closure date has come is none. @throws SecretError `decryption_failed` */
export const openSpaceOf = (ctx: StoreContext, row: BoxSpaceRow | null): BoxSpace | null => {
  if (row === null) return null
  boxSpaceTags.assertAgain(ctx.keys.current, row)
  return isClosed(ctx, row) ? null : { ...(JSON.parse(row.facts) as SpaceFacts), row }
}

export const findSpace = async (ctx: StoreContext, reads: Reads, box: Uint8Array, sender = OWN): Promise<BoxSpace | null> =>
  openSpaceOf(ctx, await reads.one("findBoxSpace", { box, sender }))

/** Holds it open until the transaction ends. */
export const holdSpace = async (ctx: StoreContext, tx: Transaction, box: Uint8Array, sender = OWN): Promise<BoxSpace | null> =>
  openSpaceOf(ctx, await tx.one("shareBoxSpace", { box, sender }))

export const isClosed = (ctx: StoreContext, { closesAt }: BoxSpaceRow): boolean => closesAt !== null && nowOf(ctx) >= closesAt

interface NewSpace {
  box: Uint8Array
  sender: Uint8Array
  facts: SpaceFacts
}

/** @returns false where somebody else made it first */
export const insertSpace = async (ctx: StoreContext, tx: Transaction, { box, sender, facts }: NewSpace): Promise<boolean> => {
  const row = { id: hex(ctx.randomBytes(ID_BYTES)), box, sender, ...columnsOf(facts), createdAt: nowOf(ctx) }
  return (await tx.run("insertBoxSpace", { ...row, tag: boxSpaceTags.seal(ctx.keys.current, row) })) === 1
}

export const changeSpace = async (ctx: StoreContext, tx: Transaction, row: BoxSpaceRow, facts: SpaceFacts): Promise<void> => {
  const changed = { ...row, ...columnsOf(facts) }
  await tx.run("updateBoxSpace", { ...changed, tag: boxSpaceTags.seal(ctx.keys.current, changed) })
}

/** A date behind what a column can hold never comes. */
const columnsOf = (facts: SpaceFacts): Pick<BoxSpaceRow, "facts" | "closesAt"> => {
  const closesAt = facts.closureDate === null ? null : Math.ceil(facts.closureDate)
  return { facts: JSON.stringify(facts), closesAt: Number.isSafeInteger(closesAt) ? closesAt : null }
}

/** Ends a space, and with a box all that others wrote into it. Its secrets are out of reach at once and are swept later. */
export const endSpace = async (tx: Transaction, { id, box, sender }: BoxSpaceRow): Promise<void> => {
  const ids = sender.length > 0 ? [id] : (await tx.all("listBoxSpaces", { box })).map((row) => row.id)
  await tx.runMany("deleteBoxSpace", ids.map((each) => ({ id: each })))
  await tx.runMany("insertBoxLeftover", ids.map((each) => ({ id: each })))
}
