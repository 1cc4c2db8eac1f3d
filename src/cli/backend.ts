import type { CleanupResult } from "../core/cleanup.ts"
import type { TokenFacts } from "../core/access/token-facts.ts"
import type { AuditEvent, EventType } from "../core/event.ts"
import type { Grant, Principal, PrincipalKind } from "../core/principal.ts"
import type { RotateResult } from "../core/rotate.ts"
import type { RotationStatus } from "../core/rotation-status.ts"
import type { EnvironmentBackend } from "./environment-backend.ts"
import type { RequestBackend } from "./request-backend.ts"
import type { RotationProgress } from "../core/shapes.ts"

export interface SecretRef {
  workspace: string
  name: string
}

export interface SecretContent {
  value: string
  metadata?: Record<string, unknown> | null
  ttlMs?: number | null
}

export interface Written {
  name: string
  version: number
  isNew: boolean
  updatedAt: number
  expiresAt?: number
}

export interface Read {
  name: string
  value: string
  version: number
  updatedAt: number
  expiresAt?: number
  metadata?: Record<string, unknown>
}

export interface Listed {
  id: string
  name: string
  version: number
  state: "active" | "expired"
  createdAt: number
  updatedAt: number
  expiresAt?: number
  keyVersion: number
  metadata?: Record<string, unknown>
}

export interface PageOf<Item> {
  page: Item[]
  isDone: boolean
  continueCursor: string
}

export interface PageRequest {
  limit: number
  cursor: string | null
}

export interface EventQuery extends PageRequest {
  /** null: events of the store itself. */
  workspace: string | null
  type?: EventType
  name?: string
  principal?: string
  after?: number
  before?: number
}

export interface VersionFacts {
  version: number
  createdAt: number
  principal?: Principal
  current: boolean
}

export interface NewToken {
  name: string
  kind: PrincipalKind
  owner?: string
  grants: Grant[]
  ttlMs?: number | null
}

export interface RotateRequest {
  reencrypt: boolean
  dryRun: boolean
  signal: AbortSignal
  onProgress: (progress: RotationProgress) => void
}

/**
 * What commands do their work with: the local store, or a server. The answers are the same. Failures are SecretError.
 */
export interface Backend {
  put(ref: SecretRef, content: SecretContent & { ifVersion?: number }): Promise<Written>
  putMany(workspace: string, secrets: readonly ({ name: string } & SecretContent)[]): Promise<Written[]>
  get(ref: SecretRef & { version?: number }): Promise<Read>
  /** At most 1,000 names. The event of an export is another than that of reads. */
  getMany(workspace: string, names: readonly string[], purpose?: "export"): Promise<{ secrets: { name: string; value: string }[]; missing: string[] }>
  remove(ref: SecretRef & { ifVersion?: number }): Promise<{ removed: boolean }>
  list(query: { workspace: string; prefix?: string; state?: "active" | "expired" } & PageRequest): Promise<PageOf<Listed>>
  versions(ref: SecretRef): Promise<VersionFacts[]>
  rollback(ref: SecretRef, version: number): Promise<Written>
  /** Newest first. */
  events(query: EventQuery): Promise<PageOf<AuditEvent>>
  listWorkspaces(): Promise<string[]>
  createWorkspace(id: string): Promise<void>
  deleteWorkspace(id: string): Promise<void>
  keyringStatus(): Promise<RotationStatus>
  addKey(): Promise<{ version: number }>
  retireKey(version: number): Promise<{ version: number }>
  rotate(request: RotateRequest): Promise<RotateResult>
  cleanup(retention: { secretsMs?: number; eventsMs?: number }): Promise<{ secrets: CleanupResult; events: CleanupResult }>
  listTokens(): Promise<TokenFacts[]>
  createToken(token: NewToken): Promise<{ facts: TokenFacts; token: string }>
  revokeToken(id: string): Promise<{ revoked: boolean }>
  requests: RequestBackend
  environments: EnvironmentBackend
  close(): Promise<void>
}
