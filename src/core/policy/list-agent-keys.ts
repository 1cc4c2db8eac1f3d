import * as z from "zod/mini"
import { assertWorkspaceExists } from "../access/find-workspace.ts"
import { browseSecrets } from "../browse.ts"
import { nowOf, type StoreContext } from "../context.ts"
import { DEFAULT_NAMESPACE, LIMITS } from "../limits.ts"
import type { ListedRow } from "../ports/statements.ts"
import { isExpired, readExpiry, readMetadata } from "../read-secret.ts"
import { valuesBodyOf } from "../requests/request-body.ts"
import { isProved, requestTags } from "../row-tags.ts"
import type { RequestRow } from "../ports/rows.ts"
import { Namespace } from "../shapes.ts"
import { defineUseCase } from "../use-case.ts"
import { findAgentRules, matchesAny, type AgentRules } from "./agent-rules.ts"
import { readPolicy } from "./read-policy.ts"

/** What an agent learns of a key: nothing that depends on its value but whether there is one. */
export interface AgentKey {
  key: string
  hasValue: boolean
  description?: string
  version: number
  updatedAt: number
  expiresAt?: number
  /** What its policy lets agents do with it. */
  use: ("exec" | "http")[]
  /** Where its policy lets it go. */
  hosts?: string[]
  pendingRequestId?: string
}

export interface AgentKeys {
  keys: AgentKey[]
  nextCursor?: string
}

const PAGE = 200
const DESCRIPTION_MAX = 500

/** Keys of a workspace by name, page by page, without those that agents may neither use nor ask for. */
export const listAgentKeys = defineUseCase({
  name: "listAgentKeys",
  permission: "list",
  scope: "workspace",
  events: [],
  args: () =>
    z.strictObject({
      namespace: z.optional(Namespace),
      prefix: z.optional(z.string("prefix must be a string").check(z.maxLength(LIMITS.nameMaxCharacters, "prefix is too long"))),
      cursor: z.optional(z.string("cursor must be a string").check(z.maxLength(4096, "cursor is not one of this listing's"))),
    }),
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, prefix, cursor }): Promise<AgentKeys> => {
    await assertWorkspaceExists(ctx, namespace)
    const rules = await findAgentRules(ctx, ctx.storage, namespace)
    const query = { namespace, orderBy: "name", order: "asc", ...(prefix !== undefined && prefix !== "" && { prefix }) } as const
    const page = await browseSecrets(ctx, query, { numItems: PAGE, cursor: cursor ?? null })
    const pending = await pendingByKey(ctx, namespace)
    const keys = page.rows.filter((row) => isShown(ctx, rules, row)).map((row) => agentKey(row, page.readAt, pending.get(row.name)))
    return { keys, ...(!page.isDone && { nextCursor: page.continueCursor }) }
  },
})

const isShown = (ctx: StoreContext, rules: AgentRules, row: ListedRow): boolean =>
  ctx.actor.principal.kind !== "agent" || rules.keys === undefined || row.policy !== null || matchesAny(rules.keys, row.name)

const agentKey = (row: ListedRow, now: number, pendingRequestId: string | undefined): AgentKey => {
  const policy = readPolicy(row)
  const isLive = policy !== null && policy.suspendedAt === undefined && (policy.expiresAt === undefined || now < policy.expiresAt)
  const { metadata } = readMetadata(row)
  const description = typeof metadata?.description === "string" ? metadata.description.slice(0, DESCRIPTION_MAX) : undefined
  const hosts = isLive ? [...new Set(policy.http.map(({ host }) => host))] : []
  return {
    key: row.name,
    hasValue: row.hasValue === 1 && !isExpired(row, now),
    ...(description !== undefined && { description }),
    version: row.number,
    updatedAt: row.updatedAt,
    ...readExpiry(row),
    use: isLive ? [...(policy.exec.length > 0 ? (["exec"] as const) : []), ...(policy.http.length > 0 ? (["http"] as const) : [])] : [],
    ...(hosts.length > 0 && { hosts }),
    ...(pendingRequestId !== undefined && { pendingRequestId }),
  }
}

/** Which of the caller's own open requests asks for which key. */
const pendingByKey = async (ctx: StoreContext, namespace: string): Promise<Map<string, string>> => {
  const rows = await ctx.storage.all("listOpenRequestsOf", { requesterId: ctx.actor.principal.id, now: nowOf(ctx) })
  const open = rows.filter((row) => row.namespace === namespace && row.kind === "values" && isProved<RequestRow>(requestTags, ctx.keys.current, row))
  return new Map(open.flatMap((row) => valuesBodyOf(row).variables.map(({ key }) => [key, row.id] as const)))
}
