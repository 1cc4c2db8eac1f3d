import { canonicalJson } from "../base/canonical-json.ts"
import { sameBytes } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import { uuidToText } from "../base/uuid.ts"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext } from "./context.ts"
import { type EventType, type NewEvent, principalBody, secretEvent } from "./event.ts"
import type { SecretRow } from "./ports/rows.ts"
import type { Transaction } from "./ports/storage.ts"
import { secretTags, versionTags } from "./row-tags.ts"
import { sealVersions, type SealedVersion } from "./seal-version.ts"
import type { StoreKeys } from "./store-keys.ts"

export interface SecretWrite {
  name: string
  value: string
  /** Omitted: kept. null: removed. */
  metadata?: Record<string, unknown> | null | undefined
  /** Omitted: the store's default. null: no expiry. `"keep"`: what the secret has. */
  ttlMs?: number | null | "keep" | undefined
  /** The version that the caller saw; 0 for none. */
  ifVersion?: number | undefined
  /** Only this secret: where it is gone meanwhile, nothing is made in its place. */
  secretId?: Uint8Array
}

export interface PutResult {
  secretId: string
  createdAt: number
  updatedAt: number
  expiresAt?: number
  isNew: boolean
  version: number
}

interface WriteOptions {
  /** What an overwrite is called in the log. */
  overwriteEvent?: EventType
  /** Stands in each event. */
  metadata?: Record<string, unknown>
  /** Runs in the same transaction, behind the writes. */
  also?: (tx: Transaction) => Promise<void>
}

/**
 * Appends a version to each named secret, making those that do not exist: all or nothing. Values are sealed before the
 * transaction, bound to the secret that was there; where that has changed meanwhile, they are sealed again.
 */
export const writeSecrets = async (
  ctx: StoreContext,
  namespace: string,
  writes: readonly SecretWrite[],
  options: WriteOptions = {},
): Promise<PutResult[]> => {
  const attempts = 100
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const keys = ctx.keys.current
    const sealed = await sealAll(ctx, keys, namespace, writes)
    try {
      return await ctx.storage.write((tx) => commitAll(ctx, tx, { keys, namespace, writes, sealed, options }))
    } catch (error) {
      if (!(error instanceof SecretReplaced)) throw error
    }
  }
  throw new SecretError("storage_unavailable", "the secret kept being replaced while it was written")
}

/** Another process made or removed the secret between sealing and commit. */
class SecretReplaced extends Error {}

const sealAll = async (
  ctx: StoreContext,
  keys: StoreKeys,
  namespace: string,
  writes: readonly SecretWrite[],
): Promise<SealedWrite[]> => {
  const rows = await Promise.all(writes.map(({ name }) => ctx.storage.one("findSecret", { namespace, name })))
  const sealed = await sealVersions(
    keys,
    writes.map(({ value }, i) => ({ secretId: rows[i]?.id ?? ctx.newId(), versionId: ctx.randomBytes(16), value })),
  )
  return sealed.map((version, i) => ({ ...version, isOfExisting: rows[i] !== null }))
}

interface SealedWrite extends SealedVersion {
  /** Sealed for a secret that was there: a new one of its name never gets its id. */
  isOfExisting: boolean
}

interface Commit {
  keys: StoreKeys
  namespace: string
  writes: readonly SecretWrite[]
  sealed: readonly SealedWrite[]
  options: WriteOptions
}

const commitAll = async (ctx: StoreContext, tx: Transaction, commit: Commit): Promise<PutResult[]> => {
  await assertKeysCurrent(tx, commit.keys)
  const results: PutResult[] = Array.from({ length: commit.writes.length })
  const events: NewEvent[] = []
  for (const i of lockOrder(commit.writes)) {
    const { row, isNew } = await commitOne(ctx, tx, commit, i)
    results[i] = putResult(row, isNew)
    events.push(writeEvent(ctx, row, isNew, commit.options))
  }
  await appendEvents(tx, events)
  await commit.options.also?.(tx)
  return results
}

/** Everybody locks in the order of names, so that two writers of the same secrets cannot wait for each other. */
const lockOrder = (writes: readonly SecretWrite[]): number[] =>
  [...writes.keys()].toSorted((a, b) => ((writes[a] as SecretWrite).name < (writes[b] as SecretWrite).name ? -1 : 1))

const commitOne = async (
  ctx: StoreContext,
  tx: Transaction,
  { keys, namespace, writes, sealed }: Commit,
  index: number,
): Promise<{ row: SecretRow; isNew: boolean }> => {
  const write = writes[index] as SecretWrite
  const version = sealed[index] as SealedWrite
  const existing = await tx.one("lockSecret", { namespace, name: write.name })
  assertIfVersion(write, existing)
  if (write.secretId && (existing === null || !sameBytes(existing.id, write.secretId)))
    throw new SecretError("not_found", `secret "${write.name}" was removed meanwhile`, { details: { name: write.name } })
  if (existing !== null) await assertNewest(tx, keys, existing)
  if (existing === null ? version.isOfExisting : !sameBytes(existing.id, version.secretId)) throw new SecretReplaced()
  const row = tagged(keys, nextRow(ctx, { namespace, write, version, existing }))
  if (existing !== null) await tx.run("updateSecret", row)
  else await insertNew(ctx, tx, row)
  await insertVersion(ctx, tx, { keys, row, version })
  return { row, isNew: existing === null }
}

/** A row with a right tag may still be an older one that somebody put back: its versions tell. */
const assertNewest = async (tx: Transaction, keys: StoreKeys, row: SecretRow): Promise<void> => {
  secretTags.assert(keys, row)
  const latest = await tx.one("findLatestNumber", { secretId: row.id })
  if (latest?.number !== row.number)
    throw new SecretError("decryption_failed", `secret "${row.name}" points to an older version than it has`, { details: { name: row.name } })
}

export const assertIfVersion = (
  write: { name: string; ifVersion?: number | undefined },
  existing: { number: number } | null,
): void => {
  const present = existing?.number ?? 0
  if (write.ifVersion === undefined || write.ifVersion === present) return
  const what = present === 0 ? "does not exist" : `is at version ${present}`
  throw new SecretError("version_conflict", `secret "${write.name}" ${what}, not at version ${write.ifVersion}`, {
    details: { name: write.name, version: present, ifVersion: write.ifVersion },
    help: "Read the secret again and decide anew.",
  })
}

const insertNew = async (ctx: StoreContext, tx: Transaction, row: SecretRow): Promise<void> => {
  const at = row.createdAt
  const createdBy = canonicalJson(principalBody(ctx.actor.principal))
  await tx.run("insertWorkspace", { id: row.namespace, createdAt: at, createdBy })
  if ((await tx.run("insertSecret", row)) === 0) throw new SecretReplaced()
}

const insertVersion = async (
  ctx: StoreContext,
  tx: Transaction,
  { keys, row, version }: { keys: StoreKeys; row: SecretRow; version: SealedVersion },
): Promise<void> => {
  const head = {
    secretId: row.id,
    number: row.number,
    id: version.id,
    namespace: row.namespace,
    keyVersion: version.keyVersion,
    hasValue: version.hasValue,
    createdAt: row.updatedAt,
    createdBy: canonicalJson(principalBody(ctx.actor.principal)),
  }
  const tag = versionTags.seal(keys, head)
  await tx.run("insertVersion", { ...head, wrap: version.wrap, sealed: version.sealed, tag })
  const upTo = row.number - ctx.settings.history
  if (upTo >= 1) await tx.run("pruneVersions", { secretId: row.id, upTo })
}

interface NextRow {
  namespace: string
  write: SecretWrite
  version: SealedVersion
  existing: SecretRow | null
}

const nextRow = (ctx: StoreContext, { namespace, write, version, existing }: NextRow): Omit<SecretRow, "tag"> => {
  const now = nowOf(ctx)
  return {
    id: version.secretId,
    namespace,
    name: write.name,
    number: (existing?.number ?? 0) + 1,
    versionId: version.id,
    keyVersion: version.keyVersion,
    hasValue: version.hasValue,
    createdAt: existing?.createdAt ?? now,
    updatedAt: now,
    expiresAt: write.ttlMs === "keep" ? (existing?.expiresAt ?? null) : expiryOf(ctx, now, write.ttlMs),
    metadata: write.metadata === undefined ? (existing?.metadata ?? null) : metadataText(write.metadata),
    policy: existing?.policy ?? null,
  }
}

/** A write is a fresh secret: its expiry follows from its own ttl or the default, never from what was there. */
const expiryOf = (ctx: StoreContext, now: number, ttlMs: number | null | undefined): number | null => {
  const ttl = ttlMs === undefined ? ctx.settings.defaultTtlMs : ttlMs
  return ttl === null ? null : now + ttl
}

export const metadataText = (metadata: Record<string, unknown> | null): string | null =>
  metadata === null ? null : JSON.stringify(metadata)

export const tagged = (keys: StoreKeys, row: Omit<SecretRow, "tag">): SecretRow => ({ ...row, tag: secretTags.seal(keys, row) })

const putResult = (row: SecretRow, isNew: boolean): PutResult => ({
  secretId: uuidToText(row.id),
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  ...(row.expiresAt !== null && { expiresAt: row.expiresAt }),
  isNew,
  version: row.number,
})

const writeEvent = (ctx: StoreContext, row: SecretRow, isNew: boolean, options: WriteOptions): NewEvent =>
  secretEvent(row, {
    type: isNew ? "created" : (options.overwriteEvent ?? "updated"),
    at: row.updatedAt,
    principal: ctx.actor.principal,
    ...(options.metadata && { metadata: options.metadata }),
  })
