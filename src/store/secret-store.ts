import type { CleanupResult } from "../core/cleanup.ts"
import type { AuditEvent, EventType } from "../core/event.ts"
import type { Page } from "../core/list.ts"
import type { MaintainOptions } from "../core/maintain.ts"
import type { Principal } from "../core/principal.ts"
import type { RotateResult } from "../core/rotate.ts"
import type { RotationStatus } from "../core/rotation-status.ts"
import type { RotationProgress } from "../core/shapes.ts"

/** Why a secret has no value to give; everything else that goes wrong is thrown. */
export type UnavailableReason = "not_found" | "expired" | "key_unavailable"

interface Ref<Namespace> {
  /** Omitted: the unnamed workspace, `default`. */
  namespace?: Namespace
  name: string
}

interface Content<Metadata> {
  /** Any well-formed string up to 64 KiB of UTF-8; kept byte for byte. */
  value: string
  /** Up to 16 KiB of JSON. Omitted: kept on overwrite. null: removed. */
  metadata?: Metadata | null
  /** Milliseconds until it expires, up to 100 years. Omitted: the store's default. null: never. */
  ttlMs?: number | null
}

interface Conditional {
  /** Write only if this is the present version; 0 for "must not exist". @throws SecretError `version_conflict` */
  ifVersion?: number
}

interface Pagination {
  paginationOpts: { numItems: number; cursor: string | null }
  order?: "asc" | "desc"
}

export interface PutResult {
  secretId: string
  createdAt: number
  updatedAt: number
  expiresAt?: number
  isNew: boolean
  version: number
}

/** `value` is plain; printing the whole object hides it. */
export interface Reading<Metadata> {
  value: string
  metadata?: Metadata
  expiresAt?: number
  updatedAt: number
  version: number
}

export interface ListedSecret<Namespace, Metadata> {
  secretId: string
  namespace?: Namespace
  name: string
  metadata?: Metadata
  createdAt: number
  updatedAt: number
  expiresAt?: number
  effectiveState: "active" | "expired"
  keyVersion: number
  version: number
}

export interface ListFilters {
  /** Names that begin so; pages come in the order of names. */
  prefix?: string
  state?: "active" | "expired"
  /** Expiring before this time; pages come in the order of expiry. */
  expiringBefore?: number
  keyVersion?: number
  orderBy?: "updated" | "name"
}

export interface EventFilters<Namespace> {
  namespace?: Namespace
  name?: string
  secretId?: string
  type?: EventType
  /** The id of a principal. */
  principal?: string
  /** From this time on. */
  after?: number
  /** Up to, not including, this time. */
  before?: number
  /** Events of the store itself (key ring, tokens) instead of a workspace's. */
  store?: boolean
}

/** An open store. Every method checks its arguments and throws SecretError with a stable code. */
export interface SecretStore<
  Namespace extends string = string,
  Metadata extends Record<string, unknown> = Record<string, unknown>,
> {
  put(args: Ref<Namespace> & Content<Metadata> & Conditional): Promise<PutResult>
  putMany(args: {
    namespace?: Namespace
    secrets: ({ name: string } & Content<Metadata> & Conditional)[]
    purpose?: "import"
  }): Promise<(PutResult & { name: string })[]>
  get(
    args: Ref<Namespace> & { version?: number },
  ): Promise<({ ok: true } & Reading<Metadata>) | { ok: false; reason: UnavailableReason }>
  getOrThrow(args: Ref<Namespace> & { version?: number }): Promise<Reading<Metadata>>
  getMany(args: { namespace?: Namespace; names: string[]; purpose?: "export" }): Promise<{
    secrets: ({ name: string } & Reading<Metadata>)[]
    missing: { name: string; reason: UnavailableReason }[]
  }>
  update(
    args: Ref<Namespace> & Partial<Pick<Content<Metadata>, "metadata" | "ttlMs">> & Conditional,
  ): Promise<{ updated: false } | { updated: true; updatedAt: number; expiresAt?: number; version: number }>
  remove(args: Ref<Namespace> & Conditional): Promise<{ removed: boolean }>
  versions(args: Ref<Namespace>): Promise<{ version: number; createdAt: number; principal?: Principal; current: boolean }[]>
  rollback(args: Ref<Namespace> & { version: number }): Promise<PutResult>
  list(args: { namespace?: Namespace } & Pagination & ListFilters): Promise<Page<ListedSecret<Namespace, Metadata>>>
  listEvents(args: Pagination & EventFilters<Namespace>): Promise<Page<AuditEvent>>
  namespaces(): Promise<{ namespace?: Namespace; secrets: number }[]>
  rotate(args?: {
    onProgress?: (progress: RotationProgress) => void
    signal?: AbortSignal
    batchSize?: number
    reencrypt?: boolean
    dryRun?: boolean
  }): Promise<RotateResult>
  rotationStatus(): Promise<RotationStatus>
  isRotationComplete(): Promise<boolean>
  retireKey(args: { version: number }): Promise<{ version: number }>
  cleanupSecrets(args?: { retentionMs?: number | null }): Promise<CleanupResult>
  cleanupEvents(args?: { retentionMs?: number | null }): Promise<CleanupResult>
  maintain(options: MaintainOptions): () => Promise<void>
  close(): Promise<void>
}
