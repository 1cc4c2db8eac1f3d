import { assertKeysCurrent, nowOf, type StoreContext, type Transaction } from "../context.ts"
import { SecretError } from "../../base/errors.ts"
import type { RequestRow } from "../ports/rows.ts"
import { approveBodyOf, bodyText, outcomeOf, outcomeText, type ApproveBody } from "../requests/request-body.ts"
import { REQUEST_LIMITS } from "../requests/request-limits.ts"
import { newRequestRow, openRequest, saveRequest } from "../requests/request-row.ts"
import { viewOf, type RequestView } from "../requests/request-view.ts"
import { requestTags } from "../row-tags.ts"
import type { DecidedUse, UseCall } from "./use-call.ts"

/** A person answers within ten minutes; what they approve for a session lasts a working day at most. */
const TTL_MS = { once: REQUEST_LIMITS.ttlDefaultMs, session: 8 * 3_600_000 } as const

/** What a person can judge at a glance or two. Nothing is left out of what they are shown: it would be allowed unseen. */
const LINE_MAX_CHARACTERS = 4_000

const tooLong = (): SecretError =>
  new SecretError("invalid_argument", "the call is too long for a person to judge", { help: "Put what is long into a file, or have its policy ask for no approval." })

interface Claim {
  namespace: string
  call: UseCall<unknown>
  decided: readonly DecidedUse[]
}

/**
 * Spends the approval that a call needs: null where it needs none or has one, else the request that asks the person. The same
 * call finds the same request; an approval for one call is spent by it, one for a session serves until it ends.
 */
export const claimApproval = async (
  ctx: StoreContext,
  { namespace, call, decided }: Claim,
): Promise<{ status: "pending"; request: RequestView } | null> => {
  const scope = scopeOf(decided)
  if (scope === null) return null
  if (call.line.length > LINE_MAX_CHARACTERS) throw tooLong()
  const keys = decided.map(({ key }) => key)
  const body: ApproveBody = { keys, call: call.line, scope }
  // the rules are part of it: what one lets the call do, such as to reach the network, may have changed since the person looked
  const question = [scope, keys, scope === "once" ? call.digest : call.session, JSON.stringify(decided.map(({ rule }) => rule))]
  return ctx.storage.write(async (tx) => {
    await assertKeysCurrent(tx, ctx.keys.current)
    const asked = newRequestRow(ctx, { namespace, kind: "approve", body: bodyText(body), question, ttlMs: TTL_MS[scope] })
    const row = await openRequest(ctx, tx, asked)
    if (row.state === "answered") return spend(ctx, tx, row)
    return { status: "pending", request: await viewOf(ctx, tx, row) }
  })
}

/** The strictest of the keys counts. */
const scopeOf = (decided: readonly DecidedUse[]): ApproveBody["scope"] | null => {
  const approvals = decided.map(({ policy }) => policy.approval)
  if (approvals.includes("every-use")) return "once"
  return approvals.includes("session") ? "session" : null
}

const spend = async (ctx: StoreContext, tx: Transaction, row: RequestRow): Promise<null> => {
  requestTags.assert(ctx.keys.current, row)
  if (approveBodyOf(row).scope === "session") return null
  const outcome = outcomeText({ ...outcomeOf(row), usedAt: nowOf(ctx) })
  await saveRequest(ctx, tx, { ...row, openKey: null, outcome })
  return null
}
