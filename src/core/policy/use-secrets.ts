import * as z from "zod/mini"
import { Redacted } from "../../base/redacted.ts"
import { SecretError } from "../../base/errors.ts"
import { nowOf, type StoreContext } from "../context.ts"
import { secretEvent, type NewEvent } from "../event.ts"
import { DEFAULT_NAMESPACE } from "../limits.ts"
import type { CurrentRow } from "../ports/rows.ts"
import { openSecret } from "../read-secret.ts"
import { RequestedKey } from "../requests/request-shapes.ts"
import type { RequestView } from "../requests/request-view.ts"
import { secretTags } from "../row-tags.ts"
import { Namespace } from "../shapes.ts"
import { defineUseCase } from "../use-case.ts"
import { claimApproval } from "./claim-approval.ts"
import { readPolicy } from "./read-policy.ts"
import type { DecidedUse, UseCall } from "./use-call.ts"

/** A shorter value cannot be masked without masking innocent text, and so is not given to agents. */
export const AGENT_VALUE_MIN_BYTES = 12

export interface SecretUse<Rule> {
  key: string
  value: Redacted<string>
  /** The rule of its policy that covers the call. */
  rule: Rule
}

export type UseAnswer<Rule> =
  | { status: "granted"; secrets: SecretUse<Rule>[] }
  /** A person has to say yes first: the same call, made again after they have, is granted. */
  | { status: "pending" | "declined"; request: RequestView }

const Call = z.custom<UseCall<unknown>>((call) => typeof call === "object" && call !== null, "call must be an object")

/**
 * The values of secrets for one call that their policies allow, once a person has approved it where they ask for that. Each use
 * is on record before a value leaves. Authorised, decided and approved before anything is opened.
 * @throws SecretError `not_found`, `forbidden`, `expired`, `key_unavailable`, `decryption_failed`
 */
export const useSecrets = defineUseCase({
  name: "useSecrets",
  permission: "use",
  scope: "workspace",
  events: ["used", "request_created"],
  args: () => z.strictObject({ namespace: z.optional(Namespace), keys: z.array(RequestedKey).check(z.minLength(1), z.maxLength(50)), call: Call }),
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, keys, call }): Promise<UseAnswer<unknown>> => {
    const wanted = [...new Set(keys)]
    const rows = await ctx.storage.all("findCurrents", { namespace, names: JSON.stringify(wanted) })
    const decided = wanted.map((key) => decide(ctx, key, rows.find((row) => row.name === key), call))
    const approval = await claimApproval(ctx, { namespace, call, decided })
    if (approval !== null) return approval
    const secrets: SecretUse<unknown>[] = []
    for (const { key, row, rule } of decided) secrets.push({ key, rule, value: await openForAgent(ctx, row, key) })
    await ctx.readAudit.record(ctx.actor, decided.map(({ row }) => usedEvent(ctx, row, call)))
    return { status: "granted", secrets }
  },
})

/** A key without a policy and one that is not there get one answer: an agent learns names by listing, which has its own permission. */
const decide = (ctx: StoreContext, key: string, row: CurrentRow | undefined, call: UseCall<unknown>): DecidedUse => {
  if (row !== undefined) secretTags.assert(ctx.keys.current, row)
  const policy = row === undefined ? null : readPolicy(row)
  if (row === undefined || policy === null) throw refusal(key, "nobody has allowed agents to use it")
  if (policy.suspendedAt !== undefined) throw refusal(key, "its use is suspended: its value stood in results too often")
  if (policy.expiresAt !== undefined && nowOf(ctx) >= policy.expiresAt) throw refusal(key, "the time for which agents may use it is over")
  return { key, row, policy, rule: call.decide(policy, key) }
}

const refusal = (key: string, why: string): SecretError =>
  new SecretError("forbidden", `"${key}" cannot be used for this: ${why}`, {
    details: { key },
    help: "Ask with request_secrets and the use that you propose; a person can also run `sotto policy allow`.",
  })

const openForAgent = async (ctx: StoreContext, row: CurrentRow, key: string): Promise<Redacted<string>> => {
  const { value } = await openSecret(ctx, row, { name: key })
  if (new TextEncoder().encode(value).length < AGENT_VALUE_MIN_BYTES)
    throw refusal(key, `its value is shorter than ${AGENT_VALUE_MIN_BYTES} bytes, which could not be masked in what comes back`)
  return new Redacted(value, key)
}

const usedEvent = (ctx: StoreContext, row: CurrentRow, { tool, logged }: UseCall<unknown>): NewEvent =>
  secretEvent(row, { type: "used", at: nowOf(ctx), principal: ctx.actor.principal, metadata: { tool, call: logged } })
