import { hex, utf8 } from "../../base/bytes.ts"
import { canonicalJson, type JsonValue } from "../../base/canonical-json.ts"
import { SecretError } from "../../base/errors.ts"
import { hmacSha256 } from "../../crypto/mac.ts"
import { randomBase62 } from "../access/base62.ts"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext, type Transaction } from "../context.ts"
import { principalBody, type EventType, type NewEvent } from "../event.ts"
import type { RequestRow } from "../ports/rows.ts"
import { requestTags } from "../row-tags.ts"
import { currentRoot } from "../store-keys.ts"
import { askedBy, personOf, requestNotFound } from "./person.ts"
import { REQUEST_LIMITS } from "./request-limits.ts"

const ID_LENGTH = 22 // 131 random bits: a name, which is worth nothing without a proof of who asks

export interface NewRequest {
  namespace: string
  kind: RequestRow["kind"]
  body: string
  /** What makes it the same question, beside its caller. */
  question: JsonValue
  ttlMs: number
  runId?: string
  transition?: string
}

/** The row of a question that nobody has answered yet. */
export const newRequestRow = (ctx: StoreContext, { namespace, kind, body, question, ttlMs, runId, transition }: NewRequest): RequestRow => {
  const at = nowOf(ctx)
  const { principal } = ctx.actor
  const facts: Omit<RequestRow, "tag"> = {
    id: `req_${randomBase62(ctx.randomBytes, ID_LENGTH)}`,
    namespace,
    kind,
    state: "open",
    requester: canonicalJson(principalBody(principal)),
    requesterId: principal.id,
    asked: askedBy(ctx.actor),
    body,
    openKey: openKeyOf(ctx, { namespace, kind, question }),
    createdAt: at,
    expiresAt: at + ttlMs,
    settledAt: null,
    outcome: null,
    codeHash: null,
    formHash: null,
    attempts: 0,
    runId: runId ?? null,
    transition: transition ?? null,
  }
  return { ...facts, tag: requestTags.seal(ctx.keys.current, facts) }
}

/** One for each question of each caller: a MAC, so that the database does not tell which questions are alike. */
export const openKeyOf = (ctx: StoreContext, { namespace, kind, question }: Pick<NewRequest, "namespace" | "kind" | "question">): string =>
  hex(hmacSha256(currentRoot(ctx.keys.current).fingerprints, utf8(`request:${canonicalJson([ctx.actor.principal.id, askedBy(ctx.actor), namespace, kind, question])}`)))

/** Puts the question, or finds the same one that is open. @throws SecretError `rate_limited` with 20 open ones */
export const openRequest = async (ctx: StoreContext, tx: Transaction, row: RequestRow): Promise<RequestRow> => {
  const same = await tx.one("lockOpenRequest", { openKey: row.openKey as string })
  if (same !== null) {
    requestTags.assert(ctx.keys.current, same)
    if (nowOf(ctx) < same.expiresAt) return same
    await saveRequest(ctx, tx, { ...same, state: same.state === "open" ? "expired" : same.state, openKey: null })
  }
  await assertRoom(ctx, tx, row)
  await tx.run("deleteRequestsBefore", { cutoff: nowOf(ctx) - REQUEST_LIMITS.keptMs, limit: 50 })
  if ((await tx.run("insertRequest", row)) === 0) return madeMeanwhile(ctx, tx, row)
  await appendEvents(tx, [requestEvent(ctx, row, "request_created")])
  return row
}

const madeMeanwhile = async (ctx: StoreContext, tx: Transaction, row: RequestRow): Promise<RequestRow> => {
  const same = await tx.one("lockOpenRequest", { openKey: row.openKey as string })
  if (same === null) throw new SecretError("storage_unavailable", "the same request was made and settled at the same time", { help: "Try again." })
  requestTags.assert(ctx.keys.current, same)
  return same
}

const assertRoom = async (ctx: StoreContext, tx: Transaction, { requesterId }: RequestRow): Promise<void> => {
  const open = await tx.one("countOpenRequests", { requesterId, now: nowOf(ctx) })
  if ((open?.count ?? 0) < REQUEST_LIMITS.openMax) return
  throw new SecretError("rate_limited", `${REQUEST_LIMITS.openMax} requests are open already`, {
    help: "Wait for answers, or cancel some.",
  })
}

export const saveRequest = (ctx: StoreContext, tx: Transaction, row: RequestRow): Promise<number> =>
  tx.run("updateRequest", { ...row, tag: requestTags.seal(ctx.keys.current, row) })

/** Which side of a request the caller may be on. */
export type Side = "requester" | "asked"

/**
 * The request as somebody on one of these sides may read it. One who is on none leaves a `denied` event, whether there is such
 * a request or not. @throws SecretError `not_found`
 */
export const findRequestOrDeny = async (ctx: StoreContext, id: string, { sides, operation }: { sides: readonly Side[]; operation: string }): Promise<RequestRow> => {
  const row = await ctx.storage.one("findRequest", { id })
  if (row === null || !sides.some((side) => isOn(ctx, row, side))) {
    const about = { type: "denied" as const, at: nowOf(ctx), principal: ctx.actor.principal, ...(row !== null && { namespace: row.namespace }) }
    await ctx.storage.write((tx) => appendEvents(tx, [{ ...about, metadata: { operation, ...(row !== null && { requestId: id }) } }]))
  }
  return proved(ctx, row, sides)
}

/** The same, held until the transaction ends. */
export const lockRequest = async (ctx: StoreContext, tx: Transaction, id: string, sides: readonly Side[]): Promise<RequestRow> => {
  await assertKeysCurrent(tx, ctx.keys.current)
  return proved(ctx, await tx.one("lockRequest", { id }), sides)
}

const proved = (ctx: StoreContext, row: RequestRow | null, sides: readonly Side[]): RequestRow => {
  if (row === null || !sides.some((side) => isOn(ctx, row, side))) throw requestNotFound()
  requestTags.assert(ctx.keys.current, row)
  return row
}

const isOn = (ctx: StoreContext, row: RequestRow, side: Side): boolean =>
  side === "requester" ? row.requesterId === ctx.actor.principal.id && row.asked === askedBy(ctx.actor) : row.asked === personOf(ctx.actor)

/** @throws SecretError `request_closed` for one that was settled or has expired */
export const assertOpen = (ctx: StoreContext, row: RequestRow): void => {
  if (row.state === "open" && nowOf(ctx) < row.expiresAt) return
  const what = row.state === "open" || row.state === "expired" ? "has expired" : `was ${row.state} already`
  throw new SecretError("request_closed", `the request ${what}`, { details: { state: row.state === "open" ? "expired" : row.state } })
}

export const requestEvent = (ctx: StoreContext, row: RequestRow, type: EventType, more: Record<string, unknown> = {}): NewEvent => ({
  type,
  at: nowOf(ctx),
  principal: ctx.actor.principal,
  namespace: row.namespace,
  metadata: { requestId: row.id, kind: row.kind, ...more },
})
