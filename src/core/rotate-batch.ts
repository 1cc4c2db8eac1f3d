import { hex, sameBytes, wipe } from "../base/bytes.ts"
import { appendEvents, assertKeysCurrent, type StoreContext } from "./context.ts"
import { type NewEvent, secretEvent } from "./event.ts"
import type { BatchRequest, BatchResult } from "./ports/rotation.ts"
import type { SecretRow, VersionWrapRow } from "./ports/rows.ts"
import type { Transaction } from "./ports/storage.ts"
import { dekAad } from "../crypto/envelope.ts"
import { generationOf, isIntact, secretTags, versionTags } from "./row-tags.ts"
import { unwrapRequest } from "./seal-version.ts"
import type { StoreKeys } from "./store-keys.ts"
import { tagged } from "./write-secrets.ts"
import { claimSecretsUnder } from "./rotation-walk.ts"

/**
 * Moves the wraps of the next secrets of the shared walk to the active key. Keys and tags work outside the transaction; inside
 * it each row is replaced only if it still is the one that was read.
 */
export const rewrapBatch = async (ctx: StoreContext, { walk, at, batchSize }: BatchRequest): Promise<BatchResult> => {
  const keys = ctx.keys.current
  const { secrets, next } = await claimSecretsUnder(ctx, staleVersionsAtHand(keys), walk, batchSize)
  if (secrets.length === 0) return { rotated: 0, skipped: 0, next: null }
  const ids = idsOf(secrets.map(({ secretId }) => secretId))
  const rows = await ctx.storage.all("listSecretsById", { ids }) // before the wraps: who has the same tag later has the same wrap
  const { rewraps, skipped } = await rewrapAll(ctx, keys, await ctx.storage.all("listWrapsOfSecrets", { ids }))
  const groups = groupBySecret(rewraps, rows)
  const rotated = await ctx.storage.write((tx) => commitRewraps(ctx, tx, { keys, groups, at }))
  return { rotated, skipped, next }
}

const staleVersionsAtHand = (keys: StoreKeys): number[] =>
  keys.wrapper.versions.filter((version) => version < keys.activeKeyVersion)

interface Rewrap {
  old: VersionWrapRow
  next: VersionWrapRow
}

const rewrapAll = async (
  ctx: StoreContext,
  keys: StoreKeys,
  all: readonly VersionWrapRow[],
): Promise<{ rewraps: Rewrap[]; skipped: number }> => {
  // a re-encryption under way moves older rows itself: a new tag on them would hide from it that they need a new DEK
  const ours = all.filter(({ tag }) => generationOf(tag) === keys.generation || !keys.roots.has(generationOf(tag)))
  const stale = ours.filter((row) => row.keyVersion < keys.activeKeyVersion && keys.wrapper.versions.includes(row.keyVersion))
  const proved = stale.filter((row) => isIntact<VersionWrapRow>(versionTags, keys, row))
  const deks = await keys.wrapper.unwrap(proved.map((row) => unwrapRequest(keys, row)))
  const openable = proved.flatMap((row, i) => (deks[i] ? [{ row, dek: deks[i] }] : []))
  const keyVersion = keys.activeKeyVersion
  const wraps = await keys.wrapper.wrap(
    openable.map(({ row, dek }) => ({
      keyVersion,
      plain: dek,
      aad: dekAad({ storeId: keys.storeId, secretId: row.secretId, versionId: row.id }, keyVersion),
    })),
  )
  const rewraps = openable.map(({ row, dek }, i) => {
    wipe(dek)
    const next = { ...row, keyVersion, wrap: wraps[i] as Uint8Array }
    return { old: row, next: { ...next, tag: versionTags.seal(keys, next) } }
  })
  return { rewraps, skipped: stale.length - rewraps.length }
}

/** What moves of one secret, beside the secret's own row as it was read. */
interface Group {
  secretId: Uint8Array
  rewraps: Rewrap[]
  row: SecretRow | undefined
}

const groupBySecret = (rewraps: readonly Rewrap[], rows: readonly SecretRow[]): Group[] => {
  const byId = new Map(rows.map((row) => [hex(row.id), row]))
  const groups: Group[] = []
  for (const rewrap of rewraps) {
    const { secretId } = rewrap.old
    const last = groups.at(-1)
    if (last && sameBytes(last.secretId, secretId)) last.rewraps.push(rewrap)
    else groups.push({ secretId, rewraps: [rewrap], row: byId.get(hex(secretId)) })
  }
  return groups
}

interface Commit {
  keys: StoreKeys
  groups: readonly Group[]
  at: number
}

const commitRewraps = async (ctx: StoreContext, tx: Transaction, { keys, groups, at }: Commit): Promise<number> => {
  await assertKeysCurrent(tx, keys)
  const moving = groups.flatMap((group) => {
    const next = group.row ? movedRow(keys, group.row, group.rewraps) : null
    return next && group.row ? [{ group, move: { id: next.id, keyVersion: next.keyVersion, tag: next.tag, oldTag: group.row.tag } }] : []
  })
  const counts = await tx.runMany("moveSecret", moving.map(({ move }) => move))
  const unchanged = moving.filter((_, i) => counts[i] === 1).map(({ group }) => group)
  const isMoved = new Set(unchanged)
  const others = await lockRows(tx, keys, groups.filter((group) => !isMoved.has(group)))
  return rewrapVersions(ctx, tx, { keys, groups: [...unchanged, ...others], at })
}

/** Where the secret's row is another one by now, or does not change, it is locked and looked at anew. */
const lockRows = async (tx: Transaction, keys: StoreKeys, groups: readonly Group[]): Promise<Group[]> => {
  if (groups.length === 0) return []
  const rows = await tx.all("lockSecretsById", { ids: idsOf(groups.map(({ secretId }) => secretId)) })
  const byId = new Map(rows.map((row) => [hex(row.id), row]))
  const present = groups.flatMap((group) => {
    const row = byId.get(hex(group.secretId))
    return row ? [{ ...group, row }] : []
  })
  await tx.runMany("updateSecret", present.flatMap(({ row, rewraps }) => movedRow(keys, row, rewraps) ?? []))
  return present
}

const rewrapVersions = async (ctx: StoreContext, tx: Transaction, { keys, groups, at }: Commit): Promise<number> => {
  const flat = groups.flatMap(({ rewraps }) => rewraps)
  const counts = await tx.runMany(
    "rewrapVersion",
    flat.map(({ old, next }) => ({ ...next, oldWrap: old.wrap })),
  )
  const done = new Set(flat.filter((_, i) => counts[i] === 1))
  const events = groups.flatMap(({ row, rewraps }) => {
    const moved = rewraps.filter((rewrap) => done.has(rewrap))
    return row && moved.length > 0 ? [rotatedEvent(ctx, keys, { row, rewraps: moved, at })] : []
  })
  await appendEvents(tx, events)
  return done.size
}

const idsOf = (ids: readonly Uint8Array[]): string => JSON.stringify(ids.map(hex))

/** The secret's own row repeats the key version of its current version. */
const movedRow = (keys: StoreKeys, row: SecretRow, rewraps: readonly Rewrap[]): SecretRow | null => {
  if (!rewraps.some(({ old }) => sameBytes(old.id, row.versionId)) || !isIntact(secretTags, keys, row)) return null
  return tagged(keys, { ...row, keyVersion: keys.activeKeyVersion })
}

const rotatedEvent = (
  ctx: StoreContext,
  keys: StoreKeys,
  { row, rewraps, at }: { row: SecretRow; rewraps: readonly Rewrap[]; at: number },
): NewEvent =>
  secretEvent(row, {
    type: "rotated",
    at,
    principal: ctx.actor.principal,
    metadata: { fromVersion: Math.max(...rewraps.map(({ old }) => old.keyVersion)), toVersion: keys.activeKeyVersion },
  })
