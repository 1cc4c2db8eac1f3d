import { sameBytes } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import { nowOf, type StoreContext } from "../context.ts"
import type { EnvironmentRow } from "../ports/rows.ts"
import { environmentTags } from "../row-tags.ts"
import { withFreshKeys } from "../use-case.ts"
import { SANDBOX_LIMITS } from "../sandbox/limits.ts"
import { HelloBody } from "../sandbox/messages.ts"
import { readStatement, type Statement } from "../sandbox/statement.ts"
import { appliedOf, SYNC_PRINCIPAL } from "./environment-row.ts"
import { prepareStatement, settleReceipt } from "./deliver.ts"
import { acceptEnrolment } from "./enroll.ts"

/** What a daemon brings that calls in: who it is. Nothing of it is checked yet. */
export interface PollBody {
  /** Until it is enrolled. */
  enrolment?: unknown
  hello: unknown
}

/** Its answer to a statement. */
export type PollReply = { kind: "receipt"; statement: unknown } | { kind: "command"; id: string; statement: unknown }

/** What it gets: a statement to take in, or nothing for now. */
export type PollAnswer = { kind: "delivery" | "renewal" | "command"; statement: Statement } | { kind: "nothing" }

const NOTHING: PollAnswer = { kind: "nothing" }
/** Who lost a statement, or what was delivered, is told again; who only says so, no more often than this. */
const AGAIN_MS = 3_000
/** Changes come in groups. */
const SETTLE_MS = 300

/** Before anything else of a call is read: a stranger knows no sandbox. @throws SecretError `unauthorized` */
export const assertSandbox = async (ctx: StoreContext, sandboxId: string): Promise<void> => {
  if ((await ctx.storage.one("findEnvironmentById", { id: sandboxId })) === null) throw notAuthentic()
}

/**
 * A daemon calls in, and is held until there is something to say. Its signature is all that authorises it.
 * @throws SecretError `unauthorized`, alike for a wrong signature and for no such environment
 */
export const answerPoll = (ctx: StoreContext, sandboxId: string, given: PollBody, gone?: AbortSignal): Promise<PollAnswer> =>
  withFreshKeys(ctx, () => hold(byItself(ctx), sandboxId, given, gone))

const hold = async (ctx: StoreContext, sandboxId: string, given: PollBody, gone?: AbortSignal): Promise<PollAnswer> => {
  const hub = ctx.sandboxes?.hub
  if (hub === undefined) throw new SecretError("not_supported", "sandboxes cannot call in here")
  const pinned = await pinnedEnvironment(ctx, sandboxId, given)
  const hello = readStatement("hello", { schema: HelloBody, given: given.hello, publicKey: pinned.signingKey as Uint8Array })
  if (hello.sandboxId !== sandboxId || Math.abs(hello.at - nowOf(ctx)) > SANDBOX_LIMITS.clockSkewMs) throw notAuthentic()
  const until = nowOf(ctx) + SANDBOX_LIMITS.pollMs
  for (;;) {
    const environment = await findPinned(ctx, sandboxId)
    if (!sameBytes(environment.signingKey as Uint8Array, pinned.signingKey as Uint8Array)) throw notAuthentic() // another took its place meanwhile
    const dueAt = await nextDue(ctx, environment, !hello.isStanding)
    if (typeof dueAt === "object") return dueAt
    const ms = Math.min(until, dueAt) - nowOf(ctx)
    if (ms <= 0) return NOTHING
    const wake = await hub.wait(sandboxId, { session: hello.session, namespace: environment.namespace, ms, ...(gone && { gone }) })
    if (wake.reason === "command") return { kind: "command", statement: wake.statement as Statement }
    if (wake.reason === "replaced" || gone?.aborted === true) return NOTHING
    if (wake.reason === "news") await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  }
}

/** Nobody asked: the log says that the store delivered of its own accord. */
const byItself = (ctx: StoreContext): StoreContext => ({ ...ctx, actor: { ...ctx.actor, principal: SYNC_PRINCIPAL } })

/** What is to be said now, or when to look again. */
const nextDue = async (ctx: StoreContext, environment: EnvironmentRow, isGone: boolean): Promise<PollAnswer | number> => {
  const isWaiting = environment.error !== null && environment.dueAt !== null && environment.dueAt > nowOf(ctx)
  if (isWaiting) return environment.dueAt as number
  const { saidAt } = appliedOf(environment)
  const againAt = Math.max(saidAt ?? 0, isGone ? (environment.contactAt ?? 0) : 0) + AGAIN_MS
  const isSoon = againAt > nowOf(ctx) && againAt <= nowOf(ctx) + AGAIN_MS
  if (isSoon && saidAt !== undefined) return againAt
  const prepared = await prepareStatement(ctx, environment, { isGone: isGone && !isSoon })
  if (prepared.kind !== "idle") return { kind: prepared.kind, statement: prepared.statement }
  return Math.min(prepared.dueAt ?? Number.POSITIVE_INFINITY, isSoon ? againAt : Number.POSITIVE_INFINITY)
}

const pinnedEnvironment = async (ctx: StoreContext, sandboxId: string, { enrolment }: PollBody): Promise<EnvironmentRow> =>
  enrolment === undefined ? findPinned(ctx, sandboxId) : acceptEnrolment(ctx, sandboxId, enrolment)

const findPinned = async (ctx: StoreContext, sandboxId: string): Promise<EnvironmentRow> => {
  const row = await ctx.storage.one("findEnvironmentById", { id: sandboxId })
  if (row === null || row.signingKey === null) throw notAuthentic()
  environmentTags.assert(ctx.keys.current, row)
  return row
}

/** Takes in what a daemon that calls in answers. @throws SecretError `unauthorized` */
export const takeReply = (ctx: StoreContext, sandboxId: string, reply: PollReply): Promise<void> => withFreshKeys(ctx, () => settle(byItself(ctx), sandboxId, reply))

const settle = async (ctx: StoreContext, sandboxId: string, reply: PollReply): Promise<void> => {
  const environment = await findPinned(ctx, sandboxId)
  if (reply.kind === "command") {
    ctx.sandboxes?.hub.answer(reply.id, reply.statement) // whoever waits for it proves it
    return
  }
  await settleReceipt(ctx, environment, reply.statement)
}

const notAuthentic = (): SecretError => new SecretError("unauthorized", "what arrived is no authentic hello")
