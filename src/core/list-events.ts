import { uuidFromText } from "../base/uuid.ts"
import type { StoreContext } from "./context.ts"
import { openCursor, sealCursor } from "./cursor.ts"
import { readEvent, type AuditEvent } from "./event.ts"
import { DEFAULT_NAMESPACE } from "./limits.ts"
import type { Page } from "./list.ts"
import type { EventRow } from "./ports/rows.ts"
import type { StatementName } from "./ports/statements.ts"
import type * as z from "zod/mini"
import { authorizeStore, isAllowed } from "./authorize.ts"
import { ListEventsArgs } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"

type Query = z.output<ReturnType<typeof ListEventsArgs>>
type Direction = "Asc" | "Desc"
type Listing = Extract<StatementName, `list${"EventsBy" | "StoreEvents"}${string}${Direction}`>

interface Position {
  at: number
  seq: number
}

/** One page of the log: of one workspace, of one secret, or of the store itself; newest first unless asked otherwise. */
export const listEvents = defineUseCase({
  name: "listEvents",
  permission: "audit",
  scope: "workspace",
  events: [],
  args: ListEventsArgs,
  target: (args) => (args.store === true || args.secretId !== undefined ? null : (args.namespace ?? DEFAULT_NAMESPACE)),
  run: async (ctx, args): Promise<Page<AuditEvent>> => {
    if (args.store === true) authorizeStore(ctx.actor, "audit")
    const { paginationOpts: page, order = "desc", ...query } = args
    const keys = ctx.keys.current
    const bound = ["events", order, query]
    const start = page.cursor === null ? firstPosition(order) : openCursor<Position>(keys, bound, page.cursor)
    const found = (await selectEvents(ctx, query, { order, start, limit: page.numItems + 1 })).filter((row) => isVisible(ctx, row))
    const rows = found.slice(0, page.numItems)
    const last = rows.at(-1)
    const end: Position = last ? { at: last.createdAt, seq: last.seq } : start
    return {
      page: rows.map(readEvent),
      isDone: found.length <= page.numItems,
      continueCursor: sealCursor(keys, bound, { ...end }),
    }
  },
})

/**
 * A secret's id alone names no workspace: its events are shown where the caller may audit that workspace. A secret stays in
 * one, so it is all or none of them, and none looks like a secret that never was.
 */
const isVisible = (ctx: StoreContext, row: EventRow): boolean =>
  row.namespace === null || isAllowed(ctx.actor, "audit", row.namespace)

const firstPosition = (order: "asc" | "desc"): Position =>
  order === "asc" ? { at: -1, seq: -1 } : { at: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER }

interface Walk {
  order: "asc" | "desc"
  start: Position
  limit: number
}

const selectEvents = (
  ctx: StoreContext,
  query: Omit<Query, "paginationOpts" | "order">,
  { order, start, limit }: Walk,
): Promise<EventRow[]> => {
  const { kind, ...by } = indexOf(query)
  const params = {
    ...by,
    afterCreatedAt: start.at,
    afterSeq: start.seq,
    since: query.after ?? 0,
    until: query.before ?? Number.MAX_SAFE_INTEGER,
    name: query.name ?? null,
    type: query.type ?? null,
    principalId: query.principal ?? null,
    limit,
  }
  const statement = `list${kind}${order === "asc" ? "Asc" : "Desc"}` as Listing
  return ctx.storage.all(statement, params)
}

/** The index that leads to the fewest rows. */
const indexOf = (query: Omit<Query, "paginationOpts" | "order">) => {
  const namespace = query.namespace ?? DEFAULT_NAMESPACE
  if (query.store === true) return { kind: "StoreEvents" }
  if (query.secretId !== undefined) return { kind: "EventsBySecret", secretId: uuidFromText(query.secretId) }
  if (query.name !== undefined) return { kind: "EventsByName", namespace, byName: query.name }
  if (query.principal !== undefined) return { kind: "EventsByPrincipal", namespace, byPrincipal: query.principal }
  if (query.type !== undefined) return { kind: "EventsByType", namespace, byType: query.type }
  return { kind: "EventsByNamespace", namespace }
}
