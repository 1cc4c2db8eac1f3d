import { boxEvent, holdSpace } from "../../core/boxes/space.ts"
import { padContent } from "../protocol/salt.ts"
import { putSecret, readSecret, removeSecret, sealForStore } from "./box-secrets.ts"
import { assertSecretId, OK, ownSpace, shownId, type Handler } from "./handler.ts"
import { noSecret, noSpace } from "./refusal.ts"
import { sealTo } from "./seal-to.ts"

/** What holders do with the secrets of their own box. */
export const setSecret: Handler<"setSecret"> = async ({ ctx, body, peer, own }) => {
  const { publicKey, secretId } = body
  assertSecretId(secretId)
  ownSpace(own, publicKey)
  const sealed = await sealForStore(ctx, sealTo(peer, padContent(body.secret)))
  return async (tx) => {
    const space = await holdSpace(ctx, tx, peer.bytes)
    if (space === null) throw noSpace(publicKey)
    await putSecret(ctx, tx, { space, secretId, sealed })
    return { answer: OK, event: boxEvent(ctx, "box_written", { operation: "setSecret", secretId: shownId(secretId) }) }
  }
}

export const getSecret: Handler<"getSecret"> = async ({ ctx, body, own }) => {
  const { publicKey, secretId } = body
  assertSecretId(secretId)
  const secret = await readSecret(ctx, ownSpace(own, publicKey), secretId)
  if (secret === null) throw noSecret(secretId)
  return async () => ({ answer: secret.sealed, event: boxEvent(ctx, "box_read", { operation: "getSecret", secretId: shownId(secretId) }) })
}

export const deleteSecret: Handler<"deleteSecret"> = async ({ ctx, body, peer, own }) => {
  const { publicKey, secretId } = body
  assertSecretId(secretId)
  ownSpace(own, publicKey)
  return async (tx) => {
    const space = await holdSpace(ctx, tx, peer.bytes)
    if (space === null) throw noSpace(publicKey)
    if (!(await removeSecret(tx, space, secretId))) throw noSecret(secretId)
    return { answer: OK, event: boxEvent(ctx, "box_written", { operation: "deleteSecret", secretId: shownId(secretId) }) }
  }
}
