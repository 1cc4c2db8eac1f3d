import { setImmediate as nextTurn } from "node:timers/promises"
import { hex } from "../../base/bytes.ts"
import { isSecretError, SecretError } from "../../base/errors.ts"
import { boxActor, findSpace, type BoxSpace } from "../../core/boxes/space.ts"
import { appendEvents, nowOf, type StoreContext } from "../../core/context.ts"
import { currentRoot, StaleKeys } from "../../core/store-keys.ts"
import { withFreshKeys } from "../../core/use-case.ts"
import { REPLY_HEADER, replyBytes, type Binding } from "../protocol/binding.ts"
import { asBody, structureFault } from "../protocol/check-body.ts"
import { BODY_MAX_BYTES, ROUTES, type BodyOf, type RouteName } from "../protocol/routes.ts"
import { SIGNATURE_LIFE_MS } from "../protocol/timestamp.ts"
import { authenticate, sha256, type Proof } from "./authenticate.ts"
import { answerNodeId, createAuthCode } from "./code-handlers.ts"
import { createCommitGroups, type CommitGroups } from "./commit-groups.ts"
import type { Ask, BoxSettings, Commit, Handler } from "./handler.ts"
import { deleteSecret, getSecret, setSecret } from "./own-handlers.ts"
import { createPeers, type Peers } from "./peers.ts"
import { malformed, notAuthenticated, Overtaken, Refusal } from "./refusal.ts"
import { deleteSharedSecret, getSecretFrom, shareSecretTo } from "./shared-handlers.ts"
import { bindBox, deleteSecretSpace, deleteSubSpace, getSecretSpace, getSubSpace, openSecretSpace, openSubSpace } from "./space-handlers.ts"

/** A request as it came in. */
export interface BoxRequest {
  route: string
  /** The body; empty for one that is not JSON by its type. */
  text: string
  /** What the header `x-sotto-box` says. */
  binding: string | undefined
  /** Counts a request of somebody who is proved now. @throws SecretError `rate_limited` */
  admit: (principalId: string) => Promise<void>
}

export interface BoxAnswer {
  status: number
  /** JSON. */
  text: string
  headers: Record<string, string>
}

export interface BoxServer {
  /** The server's key: 64 hex characters. */
  id(): string
  readonly routes: readonly string[]
  readonly bodyMaxBytes: number
  /** @throws SecretError what is nobody's request's fault: the database, the keys, too many requests */
  answer(request: BoxRequest): Promise<BoxAnswer>
}

type SignedRoute = Exclude<RouteName, "getNodeId">

const refuseHooks = async (): Promise<never> => {
  throw new Refusal("Notification hooks are not served!")
}

const SIGNED = {
  createAuthCode,
  openSecretSpace,
  getSecretSpace,
  deleteSecretSpace,
  setSecret,
  getSecret,
  deleteSecret,
  openSubSpace,
  getSubSpace,
  deleteSubSpace,
  shareSecretTo,
  getSecretFrom,
  deleteSharedSecret,
  addNotificationHook: refuseHooks,
  getNotificationHooks: refuseHooks,
  deleteNotificationHook: refuseHooks,
} as const satisfies { [Name in SignedRoute]: Handler<Name> }

interface Parts {
  ctx: StoreContext
  settings: BoxSettings
  peers: Peers
  groups: CommitGroups
  nextCounter: () => number
}

/** More would cross: groups take the rows of many boxes in the order in which requests came, and one would wait for the other. */
const LANES = 1

/** The clock, but never the same twice. */
const createCounter = (ctx: StoreContext): (() => number) => {
  let last = 0
  return () => (last = Math.max(last + 1, nowOf(ctx)))
}

/** The server part of the Secret Manager's protocol over an open store. */
export const createBoxServer = (ctx: StoreContext, settings: BoxSettings): BoxServer => {
  const groups = createCommitGroups(ctx.storage, { lanes: LANES, nextTurn })
  const parts: Parts = { ctx, settings, peers: createPeers(), groups, nextCounter: createCounter(ctx) }
  return {
    id: () => serverOf(ctx).id,
    routes: Object.keys(ROUTES),
    bodyMaxBytes: BODY_MAX_BYTES,
    answer: async (request) => {
      try {
        return await withFreshKeys(ctx, () => answer(parts, request))
      } catch (error) {
        if (error instanceof Refusal) return refused(error)
        if (isSecretError(error) && error.code === "decryption_failed") return asCorrupted(error)
        throw error
      }
    },
  }
}

/** A row that somebody else wrote. @throws everything else */
const asCorrupted = (error: unknown): BoxAnswer => {
  if (isSecretError(error) && error.code === "decryption_failed") return refused(new Refusal("SecretSpace got corrupted!"))
  throw error
}

const refused = ({ status, message }: Refusal): BoxAnswer => ({ status, text: JSON.stringify({ error: message }), headers: {} })

const serverOf = (ctx: StoreContext): Ask<RouteName>["server"] => {
  const { signing } = currentRoot(ctx.keys.current).boxes()
  return { id: hex(signing.publicKey), signing }
}

const answer = async (parts: Parts, request: BoxRequest): Promise<BoxAnswer> => {
  const route = request.route as RouteName
  const body = parse(request.text)
  const fault = structureFault(route, body)
  if (fault !== null) throw malformed(fault)
  if (route === "getNodeId") return { status: 200, text: await answerNodeId(parts.ctx, asBody(route, body), serverOf(parts.ctx)), headers: {} }
  return answerSigned(parts, request, { route, body: asBody(route, body) })
}

const parse = (text: string): unknown => {
  if (text === "") return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw malformed("The body is no JSON!")
  }
}

interface Parsed {
  route: SignedRoute
  body: BodyOf<SignedRoute>
}

const answerSigned = async (parts: Parts, request: BoxRequest, { route, body }: Parsed): Promise<BoxAnswer> => {
  const server = serverOf(parts.ctx)
  const now = nowOf(parts.ctx)
  const proof = await authenticate({ route, body, text: request.text, bindingHeader: request.binding }, { peers: parts.peers, serverId: server.id, now })
  await request.admit(`box:${proof.peer.id}`)
  const result = await untilNotOvertaken(() => perform(parts, { route, body, server, proof })).catch(asCorrupted)
  return proof.binding === null ? result : signReply(result, { server, binding: proof.binding })
}

interface Proved extends Parsed {
  server: Ask<RouteName>["server"]
  proof: Proof
}

const perform = async (parts: Parts, { route, body, server, proof }: Proved): Promise<BoxAnswer> => {
  const ctx = { ...parts.ctx, actor: boxActor(proof.peer.id) }
  const keys = ctx.keys.current
  const own = await findOwn(ctx, route, proof.peer.bytes)
  const ask = { ctx, body, peer: proof.peer, peers: parts.peers, server, settings: parts.settings, own, isBound: proof.binding !== null, nextCounter: parts.nextCounter }
  const handler = SIGNED[route] as Handler<SignedRoute>
  const commit = await prepare(() => {
    if (own?.isBound && proof.binding === null) throw notAuthenticated("This SecretSpace takes only requests that name this server!")
    return handler(ask)
  })
  if (commit instanceof Refusal && own === null) return refused(commit)
  return parts.groups.run(keys, (tx) => commitOnce(ctx, tx, { proof, own, commit, expiresAt: body.timestamp + SIGNATURE_LIFE_MS }))
}

/** A box that somebody changed in the database is none to be read, and its holder may erase it. */
const findOwn = async (ctx: StoreContext, route: SignedRoute, box: Uint8Array): Promise<BoxSpace | null> => {
  try {
    return await findSpace(ctx, ctx.storage, box)
  } catch (error) {
    const reason = error instanceof StaleKeys ? error.failure : error // which the commit finds out, where it is right
    if (route === "deleteSecretSpace" && isSecretError(reason) && reason.code === "decryption_failed") return null
    throw error
  }
}

const ATTEMPTS = 20

/** Whoever overtakes has got on: somebody always does. @throws SecretError `storage_unavailable` for one who never does */
const untilNotOvertaken = async <T>(work: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error
    }
  }
  throw new SecretError("storage_unavailable", "what a request is about kept changing meanwhile")
}

/**
 * A refusal is remembered as everything is that a holder sent. Of a stranger, of whom there may be any number, nothing is written:
 * played again, it is refused again.
 */
const prepare = async (work: () => Commit | Promise<Commit>): Promise<Commit | Refusal> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

interface Committing {
  proof: Proof
  own: BoxSpace | null
  commit: Commit | Refusal
  expiresAt: number
}

/** The signature, the work and its event: all of it or nothing. */
const commitOnce = async (ctx: StoreContext, tx: Parameters<Commit>[0], { proof, own, commit, expiresAt }: Committing): Promise<BoxAnswer> => {
  if ((await tx.run("insertBoxSignature", { hash: proof.signatureHash, expiresAt })) === 0) return refused(notAuthenticated("Multiple use of signature detected!"))
  if (proof.binding !== null && own !== null && !own.isBound) await bindBox(ctx, tx, own.row)
  try {
    if (commit instanceof Refusal) return refused(commit)
    const { answer: text, event } = await commit(tx)
    if (event !== undefined) await appendEvents(tx, [event])
    return { status: 200, text, headers: {} }
  } catch (error) {
    if (error instanceof Refusal) return refused(error)
    throw error
  }
}

const signReply = (result: BoxAnswer, { server, binding }: { server: Ask<RouteName>["server"]; binding: Binding }): BoxAnswer => {
  const signature = server.signing.sign(replyBytes({ binding, status: result.status, bodyHash: sha256(result.text) }))
  return { ...result, headers: { [REPLY_HEADER]: hex(signature) } }
}
