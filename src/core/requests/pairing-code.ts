import { Redacted } from "../../base/redacted.ts"
import { utf8 } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import { equalConstantTime, hmacSha256 } from "../../crypto/mac.ts"
import { createSessionHalves, hashSessionHalves, parseSessionHalves, type SessionHalves } from "../access/session-halves.ts"
import { appendEvents, assertKeysCurrent, nowOf, type Reads, type StoreContext, type Transaction } from "../context.ts"
import { authorize } from "../authorize.ts"
import type { RequestRow } from "../ports/rows.ts"
import { PERMISSIONS, type Actor } from "../principal.ts"
import { isProved, requestTags } from "../row-tags.ts"
import { currentRoot } from "../store-keys.ts"
import { defineUseCase } from "../use-case.ts"
import { createSignInCode } from "../access/sign-in-code.ts"
import { requestNotFound } from "./person.ts"
import { REQUEST_LIMITS } from "./request-limits.ts"
import { assertOpen, findRequestOrDeny, lockRequest, requestEvent, saveRequest } from "./request-row.ts"
import { PairingCodeArgs, RequestRef } from "./request-shapes.ts"
import { resumeRun } from "./resume-run.ts"

const CODE = /^[0-9A-HJKMNP-TV-Z]{8}$/

/** Forgives case, spaces, dashes and the usual look-alikes. */
const normalCode = (text: string): string => text.toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1")

const hashCode = (ctx: StoreContext, requestId: string, code: string): Uint8Array =>
  hmacSha256(currentRoot(ctx.keys.current).tokens, utf8(`pairing code:${requestId}:${code}`))

/**
 * A new code of eight characters (40 random bits; five wrong tries cancel the request) that opens the request's form once.
 * Only for the person who is asked: it proves to the form that they are at it. An earlier one is void.
 * @throws SecretError `not_found`, `forbidden`, `request_closed`
 */
export const createPairingCode = defineUseCase({
  name: "createPairingCode",
  permission: null,
  scope: "workspace",
  events: [],
  args: RequestRef,
  run: async (ctx, { requestId }): Promise<{ code: Redacted<string>; expiresAt: number }> => {
    const { namespace } = await findRequestOrDeny(ctx, requestId, { sides: ["asked"], operation: "createPairingCode" })
    authorize(ctx.actor, "write", namespace)
    const code = createSignInCode(ctx.randomBytes).id
    const expiresAt = await ctx.storage.write(async (tx) => {
      const row = await lockRequest(ctx, tx, requestId, ["asked"])
      assertOpen(ctx, row)
      await saveRequest(ctx, tx, { ...row, codeHash: hashCode(ctx, requestId, code), attempts: 0 })
      return row.expiresAt
    })
    return { code: new Redacted(`${code.slice(0, 4)}-${code.slice(4)}`, "PAIRING_CODE"), expiresAt }
  },
})

const NO_HASH = new Uint8Array(32)

/** What a browser holds that a code let in: one half in a cookie, the other in the form's own field. */
export type FormHalves = Pick<SessionHalves, "cookie" | "header">

/**
 * Spends a pairing code for a browser's right to this one form. Five wrong tries cancel the request.
 * @throws SecretError `unauthorized`, the same whatever is wrong
 */
export const redeemPairingCode = defineUseCase({
  name: "redeemPairingCode",
  permission: null,
  scope: "workspace",
  events: ["request_cancelled"],
  args: PairingCodeArgs,
  run: async (ctx, { requestId, code }): Promise<{ cookie: Redacted<string>; field: Redacted<string> }> => {
    const halves = createSessionHalves(ctx.randomBytes)
    const text = normalCode(code)
    // the refusal is no exception inside: a wrong try has to be counted, and a rollback would forget it
    const isRight = await ctx.storage.write(async (tx) => {
      const keys = ctx.keys.current
      await assertKeysCurrent(tx, keys)
      const row = await tx.one("lockRequest", { id: requestId })
      const matches = equalConstantTime(row?.codeHash ?? NO_HASH, hashCode(ctx, requestId, text)) && CODE.test(text)
      if (row === null || !isOpen(ctx, row)) return false
      if (!matches) return countTry(ctx, tx, row)
      await saveRequest(ctx, tx, { ...row, codeHash: null, formHash: hashSessionHalves(currentRoot(keys).tokens, halves) })
      return true
    })
    if (!isRight) throw wrongCode()
    return { cookie: new Redacted(halves.cookie, "FORM"), field: new Redacted(halves.header, "FORM") }
  },
})

const wrongCode = (): SecretError => new SecretError("unauthorized", "that code is wrong, was used, or is too old")

const isOpen = (ctx: StoreContext, row: RequestRow): boolean =>
  isProved<RequestRow>(requestTags, ctx.keys.current, row) && row.state === "open" && nowOf(ctx) < row.expiresAt

/** Tries count only while there is a code to be guessed. */
const countTry = async (ctx: StoreContext, tx: Transaction, row: RequestRow): Promise<false> => {
  if (row.codeHash === null) return false
  const attempts = row.attempts + 1
  if (attempts < REQUEST_LIMITS.triesMax) await saveRequest(ctx, tx, { ...row, attempts })
  else {
    const outcome = JSON.stringify({ stored: [], kept: [], skipped: [], allowed: [] })
    const cancelled: RequestRow = { ...row, attempts, state: "cancelled", openKey: null, codeHash: null, formHash: null, settledAt: nowOf(ctx), outcome }
    await saveRequest(ctx, tx, cancelled)
    const principal = { kind: "service" as const, id: "form", name: "request form" }
    await appendEvents(tx, [{ ...requestEvent(ctx, cancelled, "request_cancelled", { reason: "wrong codes" }), principal }])
    await resumeRun(ctx, tx, cancelled)
  }
  return false
}

/**
 * Who sits at a form that a code let in: the person who is asked, for this workspace alone. Both halves are needed.
 * @throws SecretError `not_found`, whatever is wrong
 */
export const authenticateForm = async (ctx: StoreContext, requestId: string, given: { cookie: string; field: string }): Promise<Actor> => {
  const halves = parseSessionHalves({ cookie: given.cookie, header: given.field })
  const row = await ctx.storage.one("findRequest", { id: requestId })
  const hash = halves === null ? NO_HASH : hashSessionHalves(currentRoot(ctx.keys.current).tokens, halves)
  const isRight = equalConstantTime(row?.formHash ?? NO_HASH, hash) && halves !== null
  if (row === null || row.formHash === null || !isRight || !isProved<RequestRow>(requestTags, ctx.keys.current, row)) throw requestNotFound()
  return {
    principal: { kind: "person", id: row.asked, name: row.asked },
    grants: [{ pattern: row.namespace, permissions: PERMISSIONS.filter((each) => each === "list" || each === "write") }],
    assertLive: async (reads: Reads) => {
      const now = await reads.one("findRequest", { id: requestId })
      if (now === null || now.formHash === null || !equalConstantTime(now.formHash, hash)) throw requestNotFound()
    },
  }
}
