import { hasRoomForCode, holdCode, insertCode, isCode, newCode } from "../../core/boxes/codes.ts"
import { boxEvent, findSpace, holdSpace } from "../../core/boxes/space.ts"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext } from "../../core/context.ts"
import { hex } from "../../base/bytes.ts"
import { hexToBytes } from "../protocol/hex.ts"
import { NODE_ID_CODE, type BodyOf } from "../protocol/routes.ts"
import { authorshipBytes, saltContent, type Authorship } from "../protocol/salt.ts"
import { nodeIdText } from "../protocol/signed-text.ts"
import { bucketOf } from "../protocol/timestamp.ts"
import { sha256 } from "./authenticate.ts"
import { putSecret, sealForStore } from "./box-secrets.ts"
import { OK, ownSpace, shownId, type Ask, type Handler } from "./handler.ts"
import { noSpace, noSubSpace, notAuthenticated, Refusal } from "./refusal.ts"
import { sealTo } from "./seal-to.ts"

/**
 * A code for somebody else, handed to the asker as a one-time secret from the server's own id. Both are
 * stored in one transaction, so no code is left over.
 */
export const createAuthCode: Handler<"createAuthCode"> = async (ask) => {
  const { ctx, body, peer, own, server } = ask
  ownSpace(own, body.publicKey)
  const serverKey = hexToBytes(server.id)
  if ((await findSpace(ctx, ctx.storage, peer.bytes, serverKey)) === null) throw noSubSpace(server.id)
  const secretId = `${body.action}AuthCode`
  const code = newCode(ctx)
  const sealed = await sealForStore(ctx, sealTo(peer, signedContent(ask, secretId, code)))
  return async (tx) => {
    if ((await holdSpace(ctx, tx, peer.bytes)) === null) throw noSpace(body.publicKey)
    const space = await holdSpace(ctx, tx, peer.bytes, serverKey)
    if (space === null) throw noSubSpace(server.id)
    if (!(await hasRoomForCode(ctx, tx, peer.bytes))) throw new Refusal("Too many AuthCodes wait to be used!")
    await putSecret(ctx, tx, { space, secretId, sealed, isOneTime: true })
    await insertCode(ctx, tx, { code, action: body.action, creator: peer.bytes })
    return { answer: OK, event: boxEvent(ctx, "box_code_created", { operation: "createAuthCode", action: shownId(body.action) }) }
  }
}

/** Signed by the server as clients sign what they share. */
const signedContent = ({ ctx, peer, server, nextCounter }: Ask<"createAuthCode">, secretId: string, code: string): string => {
  const [counter, created] = [nextCounter(), nowOf(ctx)]
  const authorship: Authorship = { kind: "shared", recipient: peer.id, sender: server.id, secretId, counter, created, type: "text" }
  const sig = hex(server.signing.sign(authorshipBytes(authorship, code)))
  return saltContent({ from: server.id, counter, created, type: "text", sig }, code)
}

/** Who the server is, for whoever knows the public code, which leaves no trace, or has one for this, which is used up. */
export const answerNodeId = async (ctx: StoreContext, { authCode }: BodyOf<"getNodeId">, server: Ask<"getNodeId">["server"]): Promise<string> => {
  if (authCode !== NODE_ID_CODE) await useNodeIdCode(ctx, authCode)
  const timestamp = bucketOf(nowOf(ctx))
  const signature = hex(server.signing.sign(sha256(nodeIdText(server.id, timestamp))))
  return JSON.stringify({ serverNodeId: server.id, timestamp, signature })
}

const useNodeIdCode = async (ctx: StoreContext, code: string): Promise<void> => {
  const use = { code, action: "getNodeId" }
  if (!(await isCode(ctx, use))) throw notAuthenticated("Invalid AuthCode!")
  await ctx.storage.write(async (tx) => {
    await assertKeysCurrent(tx, ctx.keys.current)
    const held = await holdCode(ctx, tx, use)
    if (held === null) throw notAuthenticated("Invalid AuthCode!")
    await held.consume()
    await appendEvents(tx, [boxEvent(ctx, "box_read", { operation: "getNodeId", ...(held.creator !== null && { owner: held.creator }) })])
  })
}
