import { boxEvent, findSpace, holdSpace, type BoxSpace } from "../../core/boxes/space.ts"
import type { StoreContext, Transaction } from "../../core/context.ts"
import { hexToBytes } from "../protocol/hex.ts"
import type { BoxId } from "../protocol/keys.ts"
import { padContent } from "../protocol/salt.ts"
import { deleteSecretRow, putSecret, readSecret, removeSecret, sealForStore } from "./box-secrets.ts"
import { assertSecretId, OK, ownSpace, shownId, type Handler } from "./handler.ts"
import type { Peer } from "./peers.ts"
import { noSecret, noSpace, noSubSpace, Overtaken } from "./refusal.ts"
import { sealTo } from "./seal-to.ts"

/** What passes between two holders: the sender writes and takes back, the recipient reads. */
export const shareSecretTo: Handler<"shareSecretTo"> = async ({ ctx, body, peer, peers }) => {
  const { shareToId, secretId } = body
  assertSecretId(secretId)
  const recipient = peers.find(shareToId)
  await assertAccepted(ctx, ctx.storage, { recipient, sender: peer })
  const sealed = await sealForStore(ctx, sealTo(recipient, padContent(body.secret)))
  return async (tx) => {
    const space = await holdAccepted(ctx, tx, { recipient, sender: peer })
    await putSecret(ctx, tx, { space, secretId, sealed, ...(body.isOneTimeSecret && { isOneTime: true }) })
    const event = boxEvent(ctx, "box_written", { operation: "shareSecretTo", recipient: shareToId, secretId: shownId(secretId) })
    return { answer: OK, event }
  }
}

interface Pair {
  recipient: Peer
  sender: Peer
}

const assertAccepted = async (ctx: StoreContext, reads: StoreContext["storage"], { recipient, sender }: Pair): Promise<void> => {
  if ((await findSpace(ctx, reads, recipient.bytes)) === null) throw noSpace(recipient.id)
  if ((await findSpace(ctx, reads, recipient.bytes, sender.bytes)) === null) throw noSubSpace(sender.id)
}

const holdAccepted = (ctx: StoreContext, tx: Transaction, { recipient, sender }: Pair): Promise<BoxSpace> =>
  holdOpen(ctx, tx, { box: recipient, sender: sender.id })

/** The space of a sender in a box, held open; a box holds what others wrote into it. @throws Refusal */
const holdOpen = async (ctx: StoreContext, tx: Transaction, { box, sender }: { box: Peer; sender: BoxId }): Promise<BoxSpace> => {
  if ((await holdSpace(ctx, tx, box.bytes)) === null) throw noSpace(box.id)
  const space = await holdSpace(ctx, tx, box.bytes, hexToBytes(sender))
  if (space === null) throw noSubSpace(sender)
  return space
}

/** A one-time secret goes to one reader: it is opened first, and only whoever takes its row away while the space is open gets it. */
export const getSecretFrom: Handler<"getSecretFrom"> = async ({ ctx, body, peer, own }) => {
  const { publicKey, fromId, secretId } = body
  assertSecretId(secretId)
  ownSpace(own, publicKey)
  const space = await findSpace(ctx, ctx.storage, peer.bytes, hexToBytes(fromId))
  if (space === null) throw noSubSpace(fromId)
  const secret = await readSecret(ctx, space, secretId)
  if (secret === null) throw noSecret(secretId)
  return async (tx) => {
    if (secret.isOneTime) {
      await holdOpen(ctx, tx, { box: peer, sender: fromId })
      if (!(await deleteSecretRow(tx, secret.row))) throw new Overtaken() // read by another, or written anew
    }
    const event = boxEvent(ctx, "box_read", { operation: "getSecretFrom", sender: fromId, secretId: shownId(secretId), ...(secret.isOneTime && { isOneTime: true }) })
    return { answer: secret.sealed, event }
  }
}

export const deleteSharedSecret: Handler<"deleteSharedSecret"> = async ({ ctx, body, peer, peers }) => {
  const { sharedToId, secretId } = body
  assertSecretId(secretId)
  const pair = { recipient: peers.find(sharedToId), sender: peer }
  await assertAccepted(ctx, ctx.storage, pair)
  return async (tx) => {
    const space = await holdAccepted(ctx, tx, pair)
    if (!(await removeSecret(tx, space, secretId))) throw noSecret(secretId)
    const event = boxEvent(ctx, "box_written", { operation: "deleteSharedSecret", recipient: sharedToId, secretId: shownId(secretId) })
    return { answer: OK, event }
  }
}
