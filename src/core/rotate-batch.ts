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
import { claimSecretsUnder, type ClaimedSecret } from "./rotation-walk.ts"

/**
 * Moves the wraps of the next secrets of the shared walk to the active key. Keys work outside the transaction; inside it
 * each wrap is replaced only if it still is the one that was read.
 */
export const rewrapBatch = async (ctx: StoreContext, { walk, at, batchSize }: BatchRequest): Promise<BatchResult> => {
  const keys = ctx.keys.current
  const { secrets, next } = await claimSecretsUnder(ctx, staleVersionsAtHand(keys), walk, batchSize)
  if (secrets.length === 0) return { rotated: 0, skipped: 0, next: null }
  const { rewraps, skipped } = await rewrapAll(ctx, keys, secrets)
  const rotated = await ctx.storage.write((tx) => commitRewraps(ctx, tx, { keys, rewraps, at }))
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
  claimed: readonly ClaimedSecret[],
): Promise<{ rewraps: Rewrap[]; skipped: number }> => {
  const all = await ctx.storage.all("listWrapsOfSecrets", { ids: idsOf(claimed.map(({ secretId }) => secretId)) })
  // a re-encryption under way moves older rows itself: a new tag on them would hide from it that they need a new DEK
  const ours = all.filter(({ tag }) => generationOf(tag) === keys.generation || !keys.roots.has(generationOf(tag)))
  const stale = ours.filter((row) => row.keyVersion < keys.activeKeyVersion && keys.wrapper.versions.includes(row.keyVersion))
  const proved = stale.filter((row) => isIntact<VersionWrapRow>(versionTags, keys, row))
  const deks = await keys.wrapper.unwrap(proved.map((row) => unwrapRequest(keys, { ...row, id: row.id })))
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

interface Commit {
  keys: StoreKeys
  rewraps: readonly Rewrap[]
  at: number
}

const commitRewraps = async (ctx: StoreContext, tx: Transaction, { keys, rewraps, at }: Commit): Promise<number> => {
  await assertKeysCurrent(tx, keys)
  const bySecret = groupBySecret(rewraps)
  const locked = await tx.all("lockSecretsById", { ids: idsOf(bySecret.map(secretIdOf)) })
  const rows = new Map(locked.map((row) => [hex(row.id), row]))
  const pairs = bySecret.flatMap((group) => {
    const row = rows.get(hex(secretIdOf(group)))
    return row ? [{ group, row }] : []
  })
  const flat = pairs.flatMap(({ group }) => group)
  const counts = await tx.runMany(
    "rewrapVersion",
    flat.map(({ old, next }) => ({ ...next, oldWrap: old.wrap })),
  )
  const done = new Set(flat.filter((_, i) => (counts[i] ?? 0) > 0))
  const moved = pairs.map(({ group, row }) => ({ row, group: group.filter((rewrap) => done.has(rewrap)) })).filter(({ group }) => group.length > 0)
  await tx.runMany("updateSecret", moved.flatMap(({ row, group }) => movedRow(keys, row, group)))
  await appendEvents(tx, moved.map(({ row, group }) => rotatedEvent(ctx, keys, { row, group, at })))
  return done.size
}

const idsOf = (ids: readonly Uint8Array[]): string => JSON.stringify(ids.map(hex))

const secretIdOf = (group: readonly Rewrap[]): Uint8Array => (group[0] as Rewrap).old.secretId

const groupBySecret = (rewraps: readonly Rewrap[]): Rewrap[][] => {
  const groups: Rewrap[][] = []
  for (const rewrap of rewraps) {
    const last = groups.at(-1)
    if (last && sameBytes((last[0] as Rewrap).old.secretId, rewrap.old.secretId)) last.push(rewrap)
    else groups.push([rewrap])
  }
  return groups
}

/** The secret's own row repeats the key version of its current version. */
const movedRow = (keys: StoreKeys, row: SecretRow, group: readonly Rewrap[]): SecretRow[] => {
  if (!group.some(({ old }) => sameBytes(old.id, row.versionId)) || !isIntact(secretTags, keys, row)) return []
  return [tagged(keys, { ...row, keyVersion: keys.activeKeyVersion })]
}

const rotatedEvent = (
  ctx: StoreContext,
  keys: StoreKeys,
  { row, group, at }: { row: SecretRow; group: readonly Rewrap[]; at: number },
): NewEvent =>
  secretEvent(row, {
    type: "rotated",
    at,
    principal: ctx.actor.principal,
    metadata: { fromVersion: Math.max(...group.map(({ old }) => old.keyVersion)), toVersion: keys.activeKeyVersion },
  })
