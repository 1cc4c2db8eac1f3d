import { uuidToText } from "../base/uuid.ts"
import { browseSecrets, stateOf } from "./browse.ts"
import type { ListedRow } from "./ports/statements.ts"
import { DEFAULT_NAMESPACE } from "./limits.ts"
import { readExpiry, readMetadata } from "./read-secret.ts"
import { ListArgs } from "./shapes.ts"
import { defineUseCase } from "./use-case.ts"

/** A secret as listings show it: never a value, never ciphertext. */
export interface ListedSecret {
  secretId: string
  namespace?: string
  name: string
  metadata?: Record<string, unknown>
  createdAt: number
  updatedAt: number
  expiresAt?: number
  effectiveState: "active" | "expired"
  keyVersion: number
  version: number
}

export interface Page<Item> {
  page: Item[]
  isDone: boolean
  continueCursor: string
}

/** One page of one workspace, last changed first unless asked otherwise. */
export const list = defineUseCase({
  name: "list",
  permission: "list",
  scope: "workspace",
  events: [],
  args: ListArgs,
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, paginationOpts, order, orderBy, ...filters }): Promise<Page<ListedSecret>> => {
    const query = { namespace, orderBy: orderBy ?? "updated", order: order ?? "desc", ...filters } as const
    const { rows, readAt, ...page } = await browseSecrets(ctx, query, paginationOpts)
    return { page: rows.map((row) => listed(row, readAt)), ...page }
  },
})

const listed = (row: ListedRow, now: number): ListedSecret => ({
  secretId: uuidToText(row.id),
  ...(row.namespace !== DEFAULT_NAMESPACE && { namespace: row.namespace }),
  name: row.name,
  ...readMetadata(row),
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  ...readExpiry(row),
  effectiveState: stateOf(row, now),
  keyVersion: row.keyVersion,
  version: row.number,
})
