import { hex } from "../../base/bytes.ts"
import { holdCode, isCode } from "../../core/boxes/codes.ts"
import { boxEvent, changeSpace, endSpace, findSpace, holdSpace, insertSpace, isClosed, openSpaceOf, OWN, type BoxSpace, type SpaceFacts } from "../../core/boxes/space.ts"
import { nowOf, type StoreContext, type Transaction } from "../../core/context.ts"
import type { BoxSpaceRow } from "../../core/ports/box-rows.ts"
import { hexToBytes } from "../protocol/hex.ts"
import { ANONYMOUS_CODE } from "../protocol/routes.ts"
import { padContent } from "../protocol/salt.ts"
import { OK, ownSpace, type Handler } from "./handler.ts"
import { describeBox, describeSubSpace } from "./describe-space.ts"
import { noSpace, noSubSpace, notAuthenticated, Refusal } from "./refusal.ts"
import { sealTo } from "./seal-to.ts"

/** Senders that one box accepts. */
const SENDERS_MAX = 1_000

const OPEN = "openSecretSpace"

/** A code counts for one new box; one that changes nothing is not used up. A wrong one is found before anything is written. */
export const openSecretSpace: Handler<"openSecretSpace"> = async ({ ctx, body, peer, settings, isBound }) => {
  const use = { code: body.authCode, action: OPEN }
  const isAnonymous = body.authCode === ANONYMOUS_CODE // every client knows it: nothing to compare in secret
  if (isAnonymous && settings.anonymous === "deny") throw new Refusal("No new anonymous clients are accepted!")
  if (!isAnonymous && !(await isCode(ctx, use))) throw invalidCode()
  return async (tx) => {
    const code = isAnonymous ? null : await holdCode(ctx, tx, use)
    if (!isAnonymous && code === null) throw invalidCode()
    const owner = code?.creator ?? undefined
    const facts: SpaceFacts = { closureDate: body.closureDate, ...(owner && { owner }), ...(isBound && { isBound }) }
    const isNew = await openSpace(ctx, tx, { box: peer.bytes, sender: OWN, facts, mayChange: false })
    if (isNew) await code?.consume()
    return { answer: OK, ...(isNew && { event: boxEvent(ctx, "box_opened", { operation: OPEN, ...(owner && { owner }) }) }) }
  }
}

const invalidCode = (): Refusal => notAuthenticated("Invalid AuthCode!")

interface Opening {
  box: Uint8Array
  sender: Uint8Array
  facts: SpaceFacts
  /** Whether another date than that of the open space is passed over rather than refused. */
  mayChange: boolean
}

/** @returns whether there was none. @throws Refusal */
const openSpace = async (ctx: StoreContext, tx: Transaction, opening: Opening): Promise<boolean> => {
  const { box, sender, facts, mayChange } = opening
  const { closureDate } = facts
  if (closureDate !== null && closureDate <= nowOf(ctx)) throw new Refusal("ClosureDate has already passed!")
  const row = await tx.one("lockBoxSpace", { box, sender })
  const open = openSpaceOf(ctx, row)
  if (open !== null) {
    if (!mayChange && closureDate !== null && closureDate !== open.closureDate) throw new Refusal("Updating the closureDate is not allowed!")
    return false
  }
  if (sender.length > 0) await assertRoomForSender(ctx, tx, box)
  if (row !== null && isClosed(ctx, row)) await endSpace(tx, row)
  return (await insertSpace(ctx, tx, { box, sender, facts })) || openSpace(ctx, tx, opening)
}

const assertRoomForSender = async (ctx: StoreContext, tx: Transaction, box: Uint8Array): Promise<void> => {
  const found = await tx.one("countBoxSenders", { box, now: nowOf(ctx), limit: SENDERS_MAX + 1 })
  if (found !== null && found.count > SENDERS_MAX) throw new Refusal("The SecretSpace accepts too many senders!") // the box itself is counted
}

export const getSecretSpace: Handler<"getSecretSpace"> = async ({ ctx, body, peer, own, server }) => {
  const text = await describeBox(ctx, ownSpace(own, body.publicKey), server)
  const answer = sealTo(peer, padContent(text))
  return async () => ({ answer, event: boxEvent(ctx, "box_read", { operation: "getSecretSpace" }) })
}

/** To erase what is not there is no error. */
export const deleteSecretSpace: Handler<"deleteSecretSpace"> = async ({ ctx, peer }) => async (tx) => {
  const row = await tx.one("lockBoxSpace", { box: peer.bytes, sender: OWN })
  if (row === null) return { answer: OK }
  await endSpace(tx, row)
  return { answer: OK, event: boxEvent(ctx, "box_closed", { operation: "deleteSecretSpace", reason: "erased", box: peer.id }) }
}

export const openSubSpace: Handler<"openSubSpace"> = async ({ ctx, body, peer, own }) => {
  ownSpace(own, body.publicKey)
  return async (tx) => {
    await holdOwn(ctx, tx, peer.bytes)
    const isNew = await openSpace(ctx, tx, { box: peer.bytes, sender: hexToBytes(body.fromId), facts: { closureDate: body.closureDate }, mayChange: true })
    return { answer: OK, ...(isNew && { event: boxEvent(ctx, "box_changed", { operation: "openSubSpace", sender: body.fromId }) }) }
  }
}

const holdOwn = async (ctx: StoreContext, tx: Transaction, box: Uint8Array): Promise<BoxSpace> => {
  const own = await holdSpace(ctx, tx, box)
  if (own === null) throw noSpace(hex(box))
  return own
}

export const getSubSpace: Handler<"getSubSpace"> = async ({ ctx, body, peer, own }) => {
  ownSpace(own, body.publicKey)
  const space = await findSpace(ctx, ctx.storage, peer.bytes, hexToBytes(body.fromId))
  if (space === null) throw noSubSpace(body.fromId)
  const answer = sealTo(peer, padContent(JSON.stringify(await describeSubSpace(ctx, space))))
  return async () => ({ answer, event: boxEvent(ctx, "box_read", { operation: "getSubSpace", sender: body.fromId }) })
}

export const deleteSubSpace: Handler<"deleteSubSpace"> = async ({ ctx, body, peer, own }) => {
  ownSpace(own, body.publicKey)
  return async (tx) => {
    await holdOwn(ctx, tx, peer.bytes)
    const row = await tx.one("lockBoxSpace", { box: peer.bytes, sender: hexToBytes(body.fromId) })
    if (row === null || openSpaceOf(ctx, row) === null) throw noSubSpace(body.fromId)
    await endSpace(tx, row)
    return { answer: OK, event: boxEvent(ctx, "box_changed", { operation: "deleteSubSpace", sender: body.fromId }) }
  }
}

/** From the first request that names this server on, all have to. */
export const bindBox = async (ctx: StoreContext, tx: Transaction, row: BoxSpaceRow): Promise<void> => {
  const locked = await tx.one("lockBoxSpace", { box: row.box, sender: row.sender })
  const space = openSpaceOf(ctx, locked)
  if (locked === null || space === null) return
  const { row: _row, ...facts } = space
  await changeSpace(ctx, tx, locked, { ...facts, isBound: true })
}
