import { sameBytes } from "../base/bytes.ts"
import { isSecretError, SecretError, type SecretErrorCode } from "../base/errors.ts"
import { nowOf, type StoreContext } from "./context.ts"
import { type NewEvent, secretEvent } from "./event.ts"
import type { CurrentRow, SecretRow, VersionRow } from "./ports/rows.ts"
import { secretTags, versionTags } from "./row-tags.ts"
import { openVersion } from "./seal-version.ts"
import { StaleKeys, type StoreKeys } from "./store-keys.ts"

export interface OpenedSecret {
  row: SecretRow
  version: number
  value: string
}

/** Why a secret that was asked for is not there; everything else that goes wrong is thrown. */
export type Unavailable = "not_found" | "expired" | "key_unavailable"

const UNAVAILABLE: readonly SecretErrorCode[] = ["not_found", "expired", "key_unavailable"]

export const unavailableReason = (error: unknown): Unavailable | null =>
  isSecretError(error) && UNAVAILABLE.includes(error.code) ? (error.code as Unavailable) : null

export const unavailable = (name: string, reason: Unavailable): SecretError =>
  new SecretError(reason, `secret "${name}" is unavailable: ${reason}`, { details: { name } })

/**
 * The secret beside its current version; null where there is none. A secret whose version is gone was tampered with, and is
 * not the same as no secret. @throws SecretError `decryption_failed`
 */
export const findCurrent = async (ctx: StoreContext, namespace: string, name: string): Promise<CurrentRow | null> => {
  const found = await ctx.storage.one("findCurrent", { namespace, name })
  if (found !== null || (await ctx.storage.one("findSecret", { namespace, name })) === null) return found
  const again = await ctx.storage.one("findCurrent", { namespace, name }) // it may just have been made
  if (again === null) throw new SecretError("decryption_failed", `failed to decrypt secret "${name}"`, { details: { name } })
  return again
}

/**
 * Opens a secret: its row is proved first, then its expiry is judged, then its key is looked for, then it is decrypted.
 * @throws SecretError `not_found`, `expired`, `key_unavailable`, `decryption_failed`
 */
export const openSecret = async (
  ctx: StoreContext,
  found: CurrentRow | null,
  asked: { name: string; version?: number | undefined; /** Its own row was proved a moment ago. */ isProved?: boolean },
): Promise<OpenedSecret> => {
  if (found === null) throw unavailable(asked.name, "not_found")
  const keys = ctx.keys.current
  try {
    const current = versionOf(found)
    assertCurrentRow(keys, found, current, asked.isProved === true)
    if (isExpired(found, nowOf(ctx))) throw unavailable(asked.name, "expired")
    const isCurrent = asked.version === undefined || asked.version === found.number
    const version = isCurrent ? current : await olderVersion(ctx, keys, found, { name: asked.name, version: asked.version as number })
    return { row: found, version: version.number, value: await openVersion(keys, version) }
  } catch (error) {
    throw named(error, asked.name)
  }
}

/** The boundary itself is expired. */
export const isExpired = (row: { expiresAt: number | null }, now: number): boolean => row.expiresAt !== null && now >= row.expiresAt

/** Both rows carry their own tag, and what they say twice must agree. */
const assertCurrentRow = (keys: StoreKeys, row: CurrentRow, version: VersionRow, isProved: boolean): void => {
  if (!isProved) secretTags.assert(keys, row)
  versionTags.assert(keys, version)
  const agrees =
    sameBytes(row.versionId, row.versionRowId) &&
    row.keyVersion === row.versionKeyVersion &&
    row.namespace === row.versionNamespace &&
    row.hasValue === row.versionHasValue &&
    row.number === row.latestNumber
  if (!agrees) throw new SecretError("decryption_failed")
}

const versionOf = (row: CurrentRow): VersionRow => ({
  secretId: row.id,
  number: row.number,
  id: row.versionRowId,
  namespace: row.versionNamespace,
  keyVersion: row.versionKeyVersion,
  hasValue: row.versionHasValue,
  createdAt: row.versionCreatedAt,
  createdBy: row.versionCreatedBy,
  tag: row.versionTag,
  wrap: row.wrap,
  sealed: row.sealed,
})

const olderVersion = async (
  ctx: StoreContext,
  keys: StoreKeys,
  found: CurrentRow,
  asked: { name: string; version: number },
): Promise<VersionRow> => {
  const version = await ctx.storage.one("findVersion", { secretId: found.id, number: asked.version })
  if (version === null) throw unavailable(asked.name, "not_found")
  versionTags.assert(keys, version)
  return version
}

const named = (error: unknown, name: string): unknown => {
  if (error instanceof StaleKeys && error.failure.code === "key_unavailable") return new StaleKeys(unavailable(name, "key_unavailable"))
  if (!isSecretError(error) || error.code !== "decryption_failed") return error
  return new SecretError("decryption_failed", `failed to decrypt secret "${name}"`, { details: { name }, ...(error.help && { help: error.help }) })
}

export const readEventOf = (ctx: StoreContext, opened: OpenedSecret, type: "read" | "exported"): NewEvent => {
  const { id, namespace, name } = opened.row
  return secretEvent({ id, namespace, name, number: opened.version }, { type, at: nowOf(ctx), principal: ctx.actor.principal })
}

export const recordsReads = (ctx: StoreContext): boolean => ctx.settings.auditReads

/** Resolves once the read is durable, where reads are recorded; exports always are. */
export const auditRead = async (ctx: StoreContext, opened: readonly OpenedSecret[], type: "read" | "exported"): Promise<void> => {
  if (opened.length === 0 || (type === "read" && !recordsReads(ctx))) return
  await ctx.readAudit.record(
    ctx.actor,
    opened.map((secret) => readEventOf(ctx, secret, type)),
  )
}

export const readMetadata = (row: SecretRow): { metadata?: Record<string, unknown> } =>
  row.metadata === null ? {} : { metadata: JSON.parse(row.metadata) as Record<string, unknown> }

export const readExpiry = (row: SecretRow): { expiresAt?: number } => (row.expiresAt === null ? {} : { expiresAt: row.expiresAt })
