import type { TokenRow } from "../ports/rows.ts"
import type { Grant, Principal, PrincipalKind } from "../principal.ts"
import { readGrants } from "./grants.ts"

/** What may be told of a token: everything but what proves it. */
export interface TokenFacts {
  id: string
  kind: PrincipalKind
  owner: string
  name: string
  grants: Grant[]
  createdAt: number
  createdBy: Principal
  expiresAt?: number
  revokedAt?: number
  /** To the minute. */
  lastUsedAt?: number
}

export const tokenFacts = (row: Omit<TokenRow, "tag">): TokenFacts => ({
  id: row.id,
  kind: row.kind,
  owner: row.owner,
  name: row.name,
  grants: readGrants(row.grants, row.kind),
  createdAt: row.createdAt,
  createdBy: JSON.parse(row.createdBy) as Principal,
  ...(row.expiresAt !== null && { expiresAt: row.expiresAt }),
  ...(row.revokedAt !== null && { revokedAt: row.revokedAt }),
  ...(row.lastUsedAt !== null && { lastUsedAt: row.lastUsedAt }),
})
