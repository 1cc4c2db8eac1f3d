import * as z from "zod/mini"
import { SecretError } from "../../base/errors.ts"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext } from "../context.ts"
import { secretEvent } from "../event.ts"
import { DEFAULT_NAMESPACE } from "../limits.ts"
import type { SecretRow } from "../ports/rows.ts"
import { assertPerson } from "../requests/person.ts"
import { secretTags } from "../row-tags.ts"
import { Namespace, SecretName } from "../shapes.ts"
import { defineUseCase } from "../use-case.ts"
import { tagged } from "../write-secrets.ts"
import { EnvironmentPattern, ExecRule, HttpRule, PolicyShape } from "./policy-shape.ts"
import { withRule } from "./cover.ts"
import { policyText, readPolicy, type StoredPolicy } from "./read-policy.ts"

const ref = () => ({ namespace: z.optional(Namespace), name: SecretName })

export interface PolicyView {
  name: string
  version: number
  /** null: agents may do nothing with it. */
  policy: StoredPolicy | null
}

/** What agents may do with a secret. @throws SecretError `not_found` */
export const showPolicy = defineUseCase({
  name: "showPolicy",
  permission: "list",
  scope: "workspace",
  events: [],
  args: () => z.strictObject(ref()),
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, name }): Promise<PolicyView> => {
    const row = await ctx.storage.one("findSecret", { namespace, name })
    if (row === null) throw secretNotFound(name)
    secretTags.assert(ctx.keys.current, row)
    return { name, version: row.number, policy: readPolicy(row) }
  },
})

const secretNotFound = (name: string): SecretError => new SecretError("not_found", `there is no secret "${name}"`, { details: { name } })

const change = (
  ctx: StoreContext,
  { namespace = DEFAULT_NAMESPACE, name }: { namespace?: string | undefined; name: string },
  next: (policy: StoredPolicy | null) => StoredPolicy | null,
): Promise<PolicyView> => {
  assertPerson(ctx)
  return ctx.storage.write(async (tx) => {
    await assertKeysCurrent(tx, ctx.keys.current)
    const row = await tx.one("lockSecret", { namespace, name })
    if (row === null) throw secretNotFound(name)
    secretTags.assert(ctx.keys.current, row)
    const policy = next(readPolicy(row))
    const changed: SecretRow = { ...row, policy: policyText(policy) }
    await tx.run("updateSecret", tagged(ctx.keys.current, changed))
    const { principal } = ctx.actor
    await appendEvents(tx, [secretEvent(row, { type: "policy_changed", at: nowOf(ctx), principal })])
    return { name, version: row.number, policy }
  })
}

/** Replaces a secret's policy; null takes it away. People only. @throws SecretError `not_found`, `forbidden` */
export const setPolicy = defineUseCase({
  name: "setPolicy",
  permission: "write",
  scope: "workspace",
  events: ["policy_changed"],
  args: () => z.strictObject({ ...ref(), policy: z.nullable(PolicyShape) }),
  run: async (ctx, { policy, ...which }) => change(ctx, which, () => policy),
})

/** Adds one rule, or changes how people are asked; a suspension ends. People only. @throws SecretError `not_found`, `forbidden` */
export const allowUse = defineUseCase({
  name: "allowUse",
  permission: "write",
  scope: "workspace",
  events: ["policy_changed"],
  args: () =>
    z.strictObject({
      ...ref(),
      http: z.optional(HttpRule),
      exec: z.optional(ExecRule),
      /** One more environment that it is delivered to. */
      sync: z.optional(EnvironmentPattern),
      approval: z.optional(z.enum(["every-use", "session", "never"], "approval is every-use, session or never")),
      expiresAt: z.optional(z.nullable(z.number("expiresAt must be a number").check(z.int(), z.minimum(0)))),
    }),
  run: async (ctx, { http, exec, sync, approval, expiresAt, ...which }) =>
    change(ctx, which, (before) => {
      const { suspendedAt: _ends, ...policy }: StoredPolicy = before ?? { http: [], exec: [], approval: "every-use" }
      const withHttp = http === undefined ? policy : withRule(policy, { http })
      const { expiresAt: until, ...rules } = exec === undefined ? withHttp : withRule(withHttp, { exec })
      const end = expiresAt === undefined ? until : (expiresAt ?? undefined)
      const targets = sync === undefined ? rules.sync : [...new Set([...(rules.sync ?? []), sync])]
      return { ...rules, ...(targets !== undefined && { sync: targets }), approval: approval ?? rules.approval, ...(end !== undefined && { expiresAt: end }) }
    }),
})
