import { SecretError } from "../../base/errors.ts"
import { authorize } from "../authorize.ts"
import { appendEvents, nowOf, type StoreContext, type Transaction } from "../context.ts"
import { secretEvent } from "../event.ts"
import { withRule } from "../policy/cover.ts"
import { policyText, readPolicy, type StoredPolicy } from "../policy/read-policy.ts"
import type { RequestRow } from "../ports/rows.ts"
import { secretTags } from "../row-tags.ts"
import { defineUseCase } from "../use-case.ts"
import { tagged, writeSecrets } from "../write-secrets.ts"
import { outcomeText, valuesBodyOf, type Outcome, type ProposedUse, type Variable } from "./request-body.ts"
import { assertOpen, findRequestOrDeny, lockRequest, requestEvent, saveRequest } from "./request-row.ts"
import { AnswerRequestArgs } from "./request-shapes.ts"
import { findAsked, isSet, viewOf, type RequestView } from "./request-view.ts"
import { resumeRun } from "./resume-run.ts"

export interface AnsweredRequest extends RequestView {
  /** Keys whose value was written now. */
  stored: string[]
  /** Keys that keep the value they had. */
  kept: string[]
}

interface Answer {
  values: Readonly<Record<string, string>>
  skip: readonly string[]
  allow: readonly number[]
}

/**
 * Stores what a person gave, all or nothing, once. Only the person who is asked, with `write` on the workspace; what they allow
 * becomes policy in the same step. A key in neither `values` nor `skip` is kept where it is set; where one is neither, nothing
 * is stored and the request stays open.
 * @throws SecretError `not_found`, `forbidden`, `request_closed`, `invalid_argument` for keys that were not asked for or an
 * answer that leaves a key out
 */
export const answerRequest = defineUseCase({
  name: "answerRequest",
  permission: null,
  scope: "workspace",
  events: ["created", "updated", "policy_changed", "request_answered"],
  args: AnswerRequestArgs,
  run: async (ctx, { requestId, values = {}, skip = [], allow = [] }): Promise<AnsweredRequest> => {
    const seen = await findRequestOrDeny(ctx, requestId, { sides: ["asked"], operation: "answerRequest" })
    authorize(ctx.actor, "write", seen.namespace)
    assertOpen(ctx, seen)
    return seen.kind === "approve" ? approve(ctx, requestId) : store(ctx, seen, { values, skip, allow })
  },
})

const approve = (ctx: StoreContext, requestId: string): Promise<AnsweredRequest> =>
  ctx.storage.write(async (tx) => {
    const row = await lockRequest(ctx, tx, requestId, ["asked"])
    assertOpen(ctx, row)
    const outcome: Outcome = { stored: [], kept: [], skipped: [], allowed: [] }
    // its open key stays: the same call finds the approval by it, and spends it
    const closed: RequestRow = { ...row, state: "answered", settledAt: nowOf(ctx), outcome: outcomeText(outcome), codeHash: null, formHash: null }
    await saveRequest(ctx, tx, closed)
    await appendEvents(tx, [requestEvent(ctx, closed, "request_answered")])
    return { ...(await viewOf(ctx, tx, closed)), stored: [], kept: [] }
  })

const store = async (ctx: StoreContext, seen: RequestRow, answer: Answer): Promise<AnsweredRequest> => {
  const { variables, use } = valuesBodyOf(seen)
  assertAskedFor(variables.map(({ key }) => key), use, answer)
  const writes = Object.entries(answer.values).map(([name, value]) => ({ name, value, ttlMs: "keep" as const }))
  const answered: { view?: AnsweredRequest } = {}
  const also = async (tx: Transaction): Promise<void> => {
    answered.view = await settle(ctx, tx, seen.id, answer)
  }
  await writeSecrets(ctx, seen.namespace, writes, { metadata: { requestId: seen.id }, also })
  return answered.view as AnsweredRequest
}

/** The form is a list of questions and nothing else: what was not asked for is not stored. */
const assertAskedFor = (keys: readonly string[], use: readonly ProposedUse[], { values, skip, allow }: Answer): void => {
  const foreign = [...Object.keys(values), ...skip].find((key) => !keys.includes(key))
  if (foreign !== undefined) throw new SecretError("invalid_argument", "the answer holds a key that was not asked for")
  if (skip.some((key) => Object.hasOwn(values, key))) throw new SecretError("invalid_argument", "a key is both given and skipped")
  if (allow.some((position) => position >= use.length)) throw new SecretError("invalid_argument", "the answer allows a use that was not proposed")
  if (Object.values(values).includes("")) throw new SecretError("invalid_argument", "a value is empty: skip its key instead")
}

/** Behind the writes, in their transaction: whoever comes second finds the request closed, and nothing of theirs is stored. */
const settle = async (ctx: StoreContext, tx: Transaction, requestId: string, answer: Answer): Promise<AnsweredRequest> => {
  const row = await lockRequest(ctx, tx, requestId, ["asked"])
  assertOpen(ctx, row)
  const outcome = await outcomeOfAnswer(ctx, tx, row, answer)
  await allowUses(ctx, tx, row, answer.allow)
  const closed: RequestRow = {
    ...row, state: "answered", openKey: null, codeHash: null, formHash: null, settledAt: nowOf(ctx), outcome: outcomeText(outcome),
  }
  await saveRequest(ctx, tx, closed)
  const { stored, kept, skipped } = outcome
  await appendEvents(tx, [requestEvent(ctx, closed, "request_answered", { stored, kept, skipped })])
  await resumeRun(ctx, tx, closed)
  return { ...(await viewOf(ctx, tx, closed)), stored, kept }
}

const outcomeOfAnswer = async (ctx: StoreContext, tx: Transaction, row: RequestRow, answer: Answer): Promise<Outcome> => {
  const { variables } = valuesBodyOf(row)
  const found = await findAsked(ctx, tx, row.namespace, variables.map(({ key }) => key))
  const isThere = (key: string): boolean => isSet(found.get(key), nowOf(ctx))
  const isSkipped = ({ key, optional }: Variable): boolean => answer.skip.includes(key) || (optional === true && !isThere(key))
  const stored = variables.map(({ key }) => key).filter((key) => Object.hasOwn(answer.values, key))
  const skipped = variables.filter(isSkipped).map(({ key }) => key)
  const rest = variables.map(({ key }) => key).filter((key) => !stored.includes(key) && !skipped.includes(key))
  const open = rest.filter((key) => !isThere(key))
  if (open.length > 0)
    throw new SecretError("invalid_argument", `no value was given for ${open.join(", ")}`, {
      details: { keys: open },
      help: "Give a value, or say that you skip the key.",
    })
  return { stored, kept: rest, skipped, allowed: [...answer.allow] }
}

const NO_RULES: StoredPolicy = { http: [], exec: [], approval: "every-use" }

/** A form promises that its reader is asked at each use: whatever the policy said before, it says so from now on. */
const withTicked = (before: StoredPolicy, ticked: readonly ProposedUse[]): StoredPolicy => {
  const policy = ticked.reduce<StoredPolicy>(withRule, before)
  return policy === before ? before : { ...policy, approval: "every-use" }
}

const allowUses = async (ctx: StoreContext, tx: Transaction, request: RequestRow, allow: readonly number[]): Promise<void> => {
  const { use } = valuesBodyOf(request)
  const allowed = use.filter((_, position) => allow.includes(position))
  for (const key of new Set(allowed.map((each) => each.key))) {
    const row = await tx.one("lockSecret", { namespace: request.namespace, name: key })
    if (row === null) throw new SecretError("invalid_argument", `a use of ${key} was allowed, and it has no value`)
    secretTags.assert(ctx.keys.current, row)
    const policy = withTicked(readPolicy(row) ?? NO_RULES, allowed.filter((each) => each.key === key))
    await tx.run("updateSecret", tagged(ctx.keys.current, { ...row, policy: policyText(policy) }))
    const { principal } = ctx.actor
    await appendEvents(tx, [secretEvent(row, { type: "policy_changed", at: nowOf(ctx), principal, metadata: { requestId: request.id } })])
  }
}
