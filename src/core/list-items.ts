import { uuidToText } from "../base/uuid.ts"
import * as z from "zod/mini"
import { assertWorkspaceExists } from "./access/find-workspace.ts"
import { browseSecrets, stateOf, type BrowsePage } from "./browse.ts"
import type { SecretItem } from "./by-ref/secret-ref.ts"
import { LIMITS } from "./limits.ts"
import type { Page } from "./list.ts"
import { readExpiry, readMetadata } from "./read-secret.ts"
import { ListArgs, Namespace } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"

/** A secret as the REST API lists it page by page: never a value. */
export interface ListedItem extends SecretItem {
  version: number
  createdAt: number
  updatedAt: number
  expiresAt?: number
  state: "active" | "expired"
  keyVersion: number
  metadata?: Record<string, unknown>
  /** When its value was last read, where reads are recorded. */
  lastUsedAt?: number
}

/** One page of a workspace, by key unless asked otherwise. @throws SecretError `not_found` */
export const listItems = defineUseCase({
  name: "list",
  permission: "list",
  scope: "workspace",
  events: [],
  args: () => z.extend(ListArgs(), { namespace: Namespace }),
  run: async (ctx, { namespace, paginationOpts, order, orderBy, ...filters }): Promise<Page<ListedItem>> => {
    await assertWorkspaceExists(ctx, namespace)
    const by = orderBy ?? "name"
    const query = { namespace, orderBy: by, order: order ?? (by === "name" ? "asc" : "desc"), ...filters } as const
    const { rows, readAt, ...page } = await browseSecrets(ctx, query, paginationOpts)
    return { page: rows.map((row) => listedItem(row, readAt)), ...page }
  },
})

/** All of a workspace by key, with nothing but what a key is: the list that old clients ask for. @throws `not_found` */
export const listKeys = defineUseCase({
  name: "list",
  permission: "list",
  scope: "workspace",
  events: [],
  args: () => z.strictObject({ namespace: Namespace }),
  run: async (ctx, { namespace }): Promise<SecretItem[]> => {
    await assertWorkspaceExists(ctx, namespace)
    const items: SecretItem[] = []
    let cursor: string | null = null
    for (;;) {
      const query = { namespace, orderBy: "name", order: "asc" } as const
      const { rows, isDone, continueCursor }: BrowsePage = await browseSecrets(ctx, query, { numItems: LIMITS.pageMaxItems, cursor })
      for (const row of rows) items.push(item(row))
      if (isDone) return items
      cursor = continueCursor
    }
  },
})

type Row = BrowsePage["rows"][number]

const item = (row: Row): SecretItem => ({ id: uuidToText(row.id), key: row.name, hasValue: row.hasValue === 1 })

const listedItem = (row: Row, now: number): ListedItem => ({
  ...item(row),
  version: row.number,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  ...readExpiry(row),
  state: stateOf(row, now),
  keyVersion: row.keyVersion,
  ...readMetadata(row),
  ...(row.lastUsedAt !== null && { lastUsedAt: row.lastUsedAt }),
})
