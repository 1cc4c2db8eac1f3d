import type { Transaction } from "./ports/storage.ts"

export const PERMISSIONS = ["list", "use", "reveal", "write", "request", "audit", "admin"] as const
export type Permission = (typeof PERMISSIONS)[number]

export type PrincipalKind = "person" | "agent" | "service"

/** Who acts. Stands in every event and beside every version. */
export interface Principal {
  kind: PrincipalKind
  id: string
  name: string
}

/** Permissions on the workspaces that a pattern covers: an id, a prefix with `*` at its end, or `*`. */
export interface Grant {
  pattern: string
  permissions: readonly Permission[]
}

/** A principal with what it may do. */
export interface Actor {
  principal: Principal
  grants: readonly Grant[]
  /** Who answers for the principal: the person whom its requests ask. The principal itself where absent. */
  owner?: string
  /** By what the principal was proved; absent where it opened the store itself. */
  credential?: { kind: "token" | "session" | "operator"; id: string }
  /** Runs inside the transaction that makes a read durable: throws where the credential was revoked meanwhile. */
  assertLive?: (tx: Transaction) => Promise<void>
}

/** What an embedding program and the command line act as where nobody else is named: may do everything. */
export const LOCAL_USER: Principal = { kind: "person", id: "local", name: "local user" }

export const ALL_GRANTS: readonly Grant[] = [{ pattern: "*", permissions: PERMISSIONS }]

/** What tokens of agents can never hold. */
export const NEVER_FOR_AGENTS: readonly Permission[] = ["reveal", "write", "admin"]
