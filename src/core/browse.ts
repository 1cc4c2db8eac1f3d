import type { JsonValue } from "../base/canonical-json.ts"
import { hex } from "../base/bytes.ts"
import { nowOf, type StoreContext } from "./context.ts"
import { openCursor, sealCursor } from "./cursor.ts"
import { LIMITS } from "./limits.ts"
import type { Params, StatementName, ListedRow } from "./ports/statements.ts"
import { isExpired } from "./read-secret.ts"
import { secretTags } from "./row-tags.ts"

export interface SecretsQuery {
  namespace: string
  /** The order that a listing without filters has; a filter may bring its own. */
  orderBy: "updated" | "name"
  order: "asc" | "desc"
  prefix?: string | undefined
  state?: "active" | "expired" | undefined
  expiringBefore?: number | undefined
  keyVersion?: number | undefined
}

export interface BrowsePage {
  rows: ListedRow[]
  /** When they were read: what `stateOf` judges them by. */
  readAt: number
  isDone: boolean
  continueCursor: string
}

type Sort = "Updated" | "Name" | "Expiry"
type Listing = Extract<StatementName, `listBy${Sort}${"Asc" | "Desc"}`>

/** Where the next page starts: behind this sort key and id. */
interface Position {
  sort: number | string
  id: string
}

/**
 * One page of a workspace's secrets, each proved by its tag. A prefix orders by name, a question of expiry by expiry, so
 * that every listing walks an index.
 */
export const browseSecrets = async (
  ctx: StoreContext,
  query: SecretsQuery,
  page: { numItems: number; cursor: string | null },
): Promise<BrowsePage> => {
  const keys = ctx.keys.current
  const sort = sortOf(query)
  const bound = ["secrets", sort, query]
  const start = page.cursor === null ? firstPosition(sort, query.order) : openCursor<Position>(keys, bound, page.cursor)
  const now = nowOf(ctx)
  const listing = `listBy${sort}${query.order === "asc" ? "Asc" : "Desc"}` as Listing
  const params = { ...filters(query, now), afterSort: start.sort, afterId: bytesOf(start.id), limit: page.numItems + 1 }
  const found = await ctx.storage.all(listing, params as Params<Listing>)
  const rows = found.slice(0, page.numItems)
  for (const row of rows) secretTags.assertAgain(keys, row)
  const last = rows.at(-1)
  return {
    rows,
    readAt: now,
    isDone: found.length <= page.numItems,
    continueCursor: sealCursor(keys, bound, (last ? positionOf(sort, last) : start) as unknown as JsonValue),
  }
}

export const stateOf = (row: ListedRow, now: number): "active" | "expired" => (isExpired(row, now) ? "expired" : "active")

const sortOf = (query: SecretsQuery): Sort => {
  if (query.prefix !== undefined) return "Name"
  if (query.state === "expired" || query.expiringBefore !== undefined) return "Expiry"
  return query.orderBy === "name" ? "Name" : "Updated"
}

const positionOf = (sort: Sort, row: ListedRow): Position => {
  const key = { Updated: row.updatedAt, Name: row.name, Expiry: row.expiresAt ?? 0 }[sort]
  return { sort: key, id: hex(row.id) }
}

const MAX_TEXT = "\u{10ffff}"

/** Before everything in the direction of the walk. */
const firstPosition = (sort: Sort, order: "asc" | "desc"): Position => {
  const isAsc = order === "asc"
  const extreme = sort === "Name" ? (isAsc ? "" : MAX_TEXT.repeat(LIMITS.nameMaxCharacters + 1)) : isAsc ? -1 : Number.MAX_SAFE_INTEGER
  return { sort: extreme, id: isAsc ? "00".repeat(16) : "ff".repeat(16) }
}

const filters = (query: SecretsQuery, now: number) => ({
  namespace: query.namespace,
  nameFrom: query.prefix || null,
  nameTo: query.prefix ? afterPrefix(query.prefix) : null,
  expiresMax: expiresMax(query, now),
  expiresMin: query.state === "active" ? now : null,
  keyVersion: query.keyVersion ?? null,
})

const expiresMax = (query: SecretsQuery, now: number): number | null => {
  const bounds = [...(query.state === "expired" ? [now] : []), ...(query.expiringBefore === undefined ? [] : [query.expiringBefore - 1])]
  return bounds.length === 0 ? null : Math.min(...bounds)
}

/** The least text above every text with this prefix, in code point order; null where none is. */
const afterPrefix = (prefix: string): string | null => {
  const points = [...prefix]
  while (points.length > 0) {
    const last = (points.pop() as string).codePointAt(0) as number
    if (last < 0x10ffff) return points.join("") + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1)
  }
  return null
}

const bytesOf = (id: string): Uint8Array => Uint8Array.from(id.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
