import * as z from "zod/mini"
import { SecretError } from "../../base/errors.ts"
import { appendEvents, assertKeysCurrent, nowOf, type Reads, type StoreContext } from "../context.ts"
import { assertWorkspaceExists } from "../access/find-workspace.ts"
import { DEFAULT_NAMESPACE } from "../limits.ts"
import { isReservedVariable } from "../references/variable-name.ts"
import { assertPerson } from "../requests/person.ts"
import { agentRulesTags } from "../row-tags.ts"
import { Namespace } from "../shapes.ts"
import { defineUseCase } from "../use-case.ts"
import { isCanonicalHost } from "./canonical-host.ts"

const list = (what: string, item: z.ZodMiniType<string>) =>
  z.array(item, `${what} must be an array`).check(z.maxLength(200, `${what} must be at most 200`))

export const KeyPattern = z.string("a key pattern must be a string").check(
  z.refine((pattern) => /^[A-Za-z_*][A-Za-z0-9_*]{0,255}$/.test(pattern), "a key pattern is letters, digits, _ and *"),
)
const LinkHost = z.string("a host must be a string").check(z.refine(isCanonicalHost, "a host is a plain lower-case host name"))

/** What a workspace says to what agents ask for. */
export const AgentRulesShape = z.strictObject({
  /** Keys that agents may ask for, `*` for any characters; absent for all. */
  keys: z.optional(list("keys", KeyPattern)),
  /** Reserved names, such as PATH, that may be asked for all the same. */
  reserved: z.optional(list("reserved", KeyPattern)),
  /** Hosts whose pages a form may link to. */
  linkHosts: z.optional(list("linkHosts", LinkHost)),
})

export type AgentRules = z.output<typeof AgentRulesShape>

/** The rules of a workspace; none where nobody has made any. */
export const findAgentRules = async (ctx: StoreContext, reads: Reads, namespace: string): Promise<AgentRules> => {
  const row = await reads.one("findAgentRules", { namespace })
  if (row === null) return {}
  agentRulesTags.assert(ctx.keys.current, row)
  return JSON.parse(row.rules) as AgentRules
}

export const agentRules = defineUseCase({
  name: "agentRules",
  permission: "list",
  scope: "workspace",
  events: [],
  args: () => z.strictObject({ namespace: z.optional(Namespace) }),
  run: async (ctx, { namespace = DEFAULT_NAMESPACE }): Promise<AgentRules> => {
    await assertWorkspaceExists(ctx, namespace)
    return findAgentRules(ctx, ctx.storage, namespace)
  },
})

/** Replaces the rules of a workspace. People only. @throws SecretError `forbidden`, `not_found` */
export const setAgentRules = defineUseCase({
  name: "setAgentRules",
  permission: "write",
  scope: "workspace",
  events: ["agent_rules_changed"],
  args: () => z.strictObject({ namespace: z.optional(Namespace), rules: AgentRulesShape }),
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, rules }): Promise<AgentRules> => {
    assertPerson(ctx)
    await assertWorkspaceExists(ctx, namespace)
    const at = nowOf(ctx)
    await ctx.storage.write(async (tx) => {
      const keys = ctx.keys.current
      await assertKeysCurrent(tx, keys)
      const row = { namespace, rules: JSON.stringify(rules), updatedAt: at }
      await tx.run("putAgentRules", { ...row, tag: agentRulesTags.seal(keys, row) })
      await appendEvents(tx, [{ type: "agent_rules_changed", at, principal: ctx.actor.principal, namespace }])
    })
    return rules
  },
})

/** @throws SecretError `forbidden` for a key that this caller may not ask for, whoever it is that asks */
export const assertMayAskFor = async (ctx: StoreContext, reads: Reads, namespace: string, keys: readonly string[]): Promise<void> => {
  const rules = await findAgentRules(ctx, reads, namespace)
  for (const key of keys) {
    if (isReservedVariable(key) && !matchesAny(rules.reserved ?? [], key)) throw refusal(key, `"${key}" commands programs and is not asked for as a secret`)
    const isOpen = rules.keys === undefined || ctx.actor.principal.kind !== "agent" || matchesAny(rules.keys, key)
    if (!isOpen) throw refusal(key, `agents may not ask for "${key}" in this workspace`)
  }
}

const refusal = (key: string, message: string): SecretError =>
  new SecretError("forbidden", message, { details: { key }, help: "A person can allow it with `sotto policy workspace`." })

export const matchesAny = (patterns: readonly string[], key: string): boolean => patterns.some((pattern) => matchesKey(pattern, key))

const matchesKey = (pattern: string, key: string): boolean =>
  new RegExp(`^${pattern.split("*").join("[A-Za-z0-9_]*")}$`).test(key)
