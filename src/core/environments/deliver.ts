import { sameBytes } from "../../base/bytes.ts"
import { isSecretError, SecretError } from "../../base/errors.ts"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext, type Transaction } from "../context.ts"
import { secretEvent } from "../event.ts"
import type { EnvironmentRow } from "../ports/rows.ts"
import { headOf, ReceiptBody, sealPayload, type DeliveryBody, type Manifest } from "../sandbox/messages.ts"
import { SANDBOX_LIMITS } from "../sandbox/limits.ts"
import { readStatement, signStatement, type Statement } from "../sandbox/statement.ts"
import { currentRoot } from "../store-keys.ts"
import { changesFrom, isChange, listDesired, nextExpiry, openDesired, versionOf, type Opened } from "./desired.ts"
import { appliedOf, environmentEvent, factsOf, keysThere, lockEnvironment, saveEnvironment, sentOf, SYNC_PRINCIPAL, type Standing, type Applied, type DeliveredVersion, type Sent, type SyncResult } from "./environment-row.ts"
import { isLeaseOver } from "./environment-view.ts"
import { CLAIM_MS } from "./claim.ts"
import { deleteEnvironment } from "./manage-environments.ts"

/** A statement that is ready to go. */
export interface Prepared {
  kind: "delivery" | "renewal"
  statement: Statement
  environment: EnvironmentRow
}

export interface PrepareOptions {
  /** Who looks after it from the statement on, where nobody has claimed it yet: one transaction does both. */
  claimAs?: string
  restart?: DeliveryBody["restart"] | undefined
  /** Say everything even where nothing has changed. */
  isForced?: boolean
  /** Ask at least whether all of it still stands there. */
  isVerified?: boolean
  /** The sandbox says that what was delivered does not stand there any more. */
  isGone?: boolean
}

/** What is to happen next with an environment that nothing has to be said to; null for nothing by itself. */
export interface Idle {
  kind: "idle"
  dueAt: number | null
}

/**
 * What has to be said to a sandbox now: everything that it is to have, where that is not what stands there; that its lease goes
 * on, where a third of it has passed; else nothing. What is said counts as on its way from the commit on: it has a generation of
 * its own, and the log names each secret whose value leaves.
 * @throws SecretError `not_supported` where it is not enrolled; `decryption_failed`, `payload_too_large`
 */
export const prepareStatement = async (ctx: StoreContext, environment: EnvironmentRow, options: PrepareOptions = {}): Promise<Prepared | Idle> => {
  if (environment.sealingKey === null) throw notEnrolled(environment.name)
  const desired = await listDesired(ctx, environment)
  const isOver = isLeaseOver(ctx, environment)
  const applied = options.isGone === true || isOver ? { ...appliedOf(environment), manifest: [] } : appliedOf(environment)
  const kind = kindOf(ctx, environment, { isNew: isChange(changesFrom(applied, desired.map(versionOf))), options })
  if (kind === "idle") return { kind, dueAt: earliest(renewalOf(ctx, environment), nextExpiry(desired)) }
  if (kind === "renewal") {
    const row = await recordSending(ctx, { environment, applied, delivery: null, claimAs: options.claimAs })
    return { kind, environment: row, statement: sign(ctx, kind, { ...timed(ctx, row), generation: row.generation }) }
  }
  const opened = await openDesired(ctx, environment, desired) // only where values leave
  const { removed } = changesFrom(applied, opened.manifest)
  const mayStand = isOver ? [] : [...keysThere(environment)].filter((key) => !opened.manifest.some((each) => each.key === key))
  const sent: Sent = { generation: environment.generation + 1, manifest: opened.manifest, restart: options.restart ?? environment.restart, expiryAt: nextExpiry(opened.rows), ...(mayStand.length > 0 && { mayStand }) }
  const row = await recordSending(ctx, { environment, applied, delivery: { opened, sent, isRevoking: removed.length + mayStand.length > 0 }, claimAs: options.claimAs })
  const body = { ...timed(ctx, row), generation: sent.generation, prev: applied.generation, manifest: wireOf(sent.manifest), remove: removed, restart: sent.restart }
  const sealed = await sealPayload(row.sealingKey as Uint8Array, { ...opened.values }, body)
  return { kind, environment: row, statement: sign(ctx, kind, { ...body, sealed }) }
}

/** What was sent and not answered may have arrived or not: it is said again, under another number. */
const kindOf = (ctx: StoreContext, environment: EnvironmentRow, { isNew, options }: { isNew: boolean; options: PrepareOptions }): "idle" | "renewal" | "delivery" => {
  if (isNew || environment.sent !== null || options.isForced === true) return "delivery"
  const renewAt = renewalOf(ctx, environment)
  return options.isVerified === true || (renewAt !== null && nowOf(ctx) >= renewAt) ? "renewal" : "idle"
}

const timed = (ctx: StoreContext, { id }: EnvironmentRow) => {
  const issuedAt = nowOf(ctx)
  return { ...headOf(id), issuedAt, expiresAt: issuedAt + SANDBOX_LIMITS.validForMs }
}

const sign = (ctx: StoreContext, kind: "delivery" | "renewal", body: object): Statement =>
  signStatement(kind, body, currentRoot(ctx.keys.current).sandboxes().signing)

const wireOf = (manifest: readonly DeliveredVersion[]): Manifest => manifest.map(({ key, version }) => ({ key, version }))

export const notEnrolled = (name: string): SecretError =>
  new SecretError("not_supported", `the environment "${name}" is not enrolled`, {
    details: { environment: name },
    help: `Run \`sotto env enroll ${name}\`, and start \`sotto daemon\` in the sandbox with the token.`,
  })

interface Sending {
  environment: EnvironmentRow
  applied: Applied
  /** null for a renewal, which leaves what was sent as it is. */
  delivery: { opened: Opened; sent: Sent; isRevoking: boolean } | null
  claimAs: string | undefined
}

/**
 * Two senders cannot share a generation: the second finds the row moved on, and begins again. So does who looked at what is to go
 * before the environment was removed.
 */
const recordSending = (ctx: StoreContext, { environment, applied, delivery, claimAs }: Sending): Promise<EnvironmentRow> =>
  ctx.storage.write(async (tx) => {
    await assertKeysCurrent(tx, ctx.keys.current)
    const row = await lockEnvironment(ctx, tx, environment.id)
    const isAsSeen = row?.generation === environment.generation && row.sent === environment.sent && row.removedAt === environment.removedAt
    if (row === null || !isAsSeen || row.signingKey === null) throw busy(environment.name)
    if (claimAs !== undefined) await claimIn(ctx, tx, row, claimAs)
    const isHeld = delivery === null || delivery.sent.manifest.length > 0
    const standing = JSON.stringify({ ...appliedOf(row), ...(isHeld && { saidAt: nowOf(ctx) }) })
    const next: EnvironmentRow = { ...row, generation: row.generation + 1, applied: standing, ...(delivery && { sent: JSON.stringify(delivery.sent), isRevoking: delivery.isRevoking ? 1 : row.removedAt === null ? 0 : row.isRevoking }) }
    await saveEnvironment(ctx, tx, next)
    if (delivery !== null) await appendEvents(tx, deliveredEvents(ctx, row, { opened: delivery.opened, applied, generation: next.generation }))
    return next
  })

const claimIn = async (ctx: StoreContext, tx: Transaction, row: EnvironmentRow, holder: string): Promise<void> => {
  const now = nowOf(ctx)
  if (row.claimedUntil !== null && row.claimedUntil > now) throw busy(row.name)
  await tx.run("claimEnvironment", { id: row.id, claimedBy: holder, claimedUntil: now + CLAIM_MS })
}

/** One for each value that this sandbox has not had, or not for sure. */
const deliveredEvents = (ctx: StoreContext, row: EnvironmentRow, { opened, applied, generation }: { opened: Opened; applied: Applied; generation: number }) => {
  const had = new Set([...applied.manifest, ...(sentOf(row)?.manifest ?? [])].map(({ id }) => id))
  return opened.manifest.flatMap(({ id }, i) =>
    had.has(id) ? [] : [secretEvent(opened.rows[i] as Opened["rows"][number], { type: "delivered", at: nowOf(ctx), principal: ctx.actor.principal, metadata: { environment: row.name, generation } })],
  )
}

export const busy = (name: string): SecretError =>
  new SecretError("storage_unavailable", `another delivery to "${name}" is under way`, { details: { environment: name, reason: BUSY }, help: "Try again in a moment." })

const BUSY = "busy"
export const isBusy = (error: unknown): boolean => isSecretError(error) && error.details.reason === BUSY

const RENEW_PART = 3
/** A daemon may say that its lease is nothing. */
const RENEW_MIN_MS = 10_000

/** A contact of a time to come, as a clock that was set back makes it, counts for nothing. */
const renewalOf = (ctx: StoreContext, row: EnvironmentRow): number | null => {
  const leaseMs = factsOf(row)?.leaseMs ?? null
  if (leaseMs === null || row.contactAt === null) return null
  return row.contactAt > nowOf(ctx) ? nowOf(ctx) : row.contactAt + Math.max(RENEW_MIN_MS, Math.floor(leaseMs / RENEW_PART))
}

const earliest = (...times: (number | null)[]): number | null => {
  const known = times.filter((at) => at !== null)
  return known.length === 0 ? null : Math.min(...known)
}

export type Settled =
  | { isGone: true }
  | { isGone: false; environment: EnvironmentRow; result: SyncResult | null; error: string | null; dueAt: number | null }

const GENERATION_MAX = 2 ** 50

/**
 * Takes in what a sandbox answers to the last statement, once. It is authentic, but may lie: what it says stands there is all that
 * is believed of it, and names that it was never told go nowhere. Whoever has claimed the environment has released it then.
 * @throws SecretError `unauthorized` for what its key did not sign
 */
export const settleReceipt = async (ctx: StoreContext, { id, signingKey, attempts }: EnvironmentRow, given: unknown): Promise<Settled> => {
  if (signingKey === null) throw new SecretError("unauthorized", "nobody is enrolled there")
  const receipt = readStatement("receipt", { schema: ReceiptBody, given, publicKey: signingKey })
  if (receipt.sandboxId !== id) throw new SecretError("unauthorized", "what arrived is no authentic receipt")
  return ctx.storage.write(async (tx): Promise<Settled> => {
    await assertKeysCurrent(tx, ctx.keys.current)
    const row = await lockEnvironment(ctx, tx, id)
    if (row === null) return { isGone: true }
    const isAwaited = receipt.generation === row.generation && receipt.generation > (appliedOf(row).answered ?? 0)
    const isItsOwn = row.signingKey !== null && sameBytes(row.signingKey, signingKey)
    if (!isAwaited || !isItsOwn) throw new SecretError("unauthorized", "the receipt answers something else") // an old one, played again
    const result = resultFrom(row, receipt)
    const next = takenIn(ctx, row, { receipt, result })
    const applied = appliedOf(next)
    const isDone = next.removedAt !== null && applied.manifest.length === 0 && receipt.isApplied
    if (isDone) {
      await deleteEnvironment(ctx, tx, next)
      return { isGone: true }
    }
    await saveEnvironment(ctx, tx, next)
    const isSync = row.sent !== null && receipt.isApplied
    const isFirstFailure = next.error !== null && row.error !== next.error
    if (isSync || isFirstFailure) await appendEvents(tx, [outcomeEvent(ctx, next, result, isSync)])
    const { error } = next
    const schedule = scheduleOf(ctx, { before: row, after: next, attempts })
    await tx.run("releaseEnvironment", { id, ...schedule })
    return { isGone: false, environment: next, result: receipt.isApplied ? result : null, error, dueAt: schedule.dueAt }
  })
}

const scheduleOf = (ctx: StoreContext, { before, after, attempts }: { before: EnvironmentRow; after: EnvironmentRow; attempts: number }): { attempts: number; dueAt: number | null } =>
  after.error === null ? { attempts: 0, dueAt: nextDue(ctx, before, after) } : laterOf(ctx, attempts, after.error)

/** When it is next to be looked after; null where that is for a backoff to say. What went without a word is brought back at once. */
const nextDue = (ctx: StoreContext, before: EnvironmentRow, after: EnvironmentRow): number | null => {
  if (after.error !== null) return null
  const sent = sentOf(before)
  const isAsExpected = isSameManifest(appliedOf(after).manifest, (sent ?? appliedOf(before)).manifest)
  return isAsExpected ? earliest(renewalOf(ctx, after), sent?.expiryAt ?? null) : nowOf(ctx)
}

/** What a sandbox has that it was never told of, in one: reserved, so the name of no secret that is delivered. */
const UNTOLD: DeliveredVersion = { key: "SOTTO_UNTOLD", version: 0, id: null }

const toldTo = (row: EnvironmentRow): DeliveredVersion[] => [...(sentOf(row)?.manifest ?? []), ...appliedOf(row).manifest]

const standingOf = (row: EnvironmentRow, { applied }: ReceiptBody): DeliveredVersion[] => {
  const told = toldTo(row)
  const names = new Set(told.map(({ key }) => key))
  const known = applied.manifest.filter(({ key }) => names.has(key))
  const manifest = known.map(({ key, version }) => told.find((each) => each.key === key && each.version === version) ?? { key, version, id: null })
  return known.length === applied.manifest.length ? manifest : [...manifest, UNTOLD]
}

const takenIn = (ctx: StoreContext, row: EnvironmentRow, { receipt, result }: { receipt: ReceiptBody; result: SyncResult }): EnvironmentRow => {
  const sent = sentOf(row)
  const { format, mode, leaseMs } = receipt
  const manifest = standingOf(row, receipt)
  const isAsked = sent !== null && receipt.generation === sent.generation
  const isTrue = !isAsked || !receipt.isApplied || isSameManifest(manifest, sent.manifest)
  const error = !isTrue ? "untruthful_receipt" : receipt.isApplied ? null : (receipt.error ?? "refused")
  return {
    ...row,
    facts: JSON.stringify({ format, mode, leaseMs }),
    applied: JSON.stringify({ generation: receipt.applied.generation, manifest, answered: receipt.generation } satisfies Standing),
    sent: isAsked && error === null ? null : row.sent,
    generation: Math.max(row.generation, Math.min(receipt.mark, GENERATION_MAX)),
    result: isAsked ? JSON.stringify(result) : row.result,
    error,
    isRevoking: error === null && row.removedAt === null ? 0 : row.isRevoking,
    contactAt: nowOf(ctx),
  }
}

const isSameManifest = (a: readonly DeliveredVersion[], b: readonly DeliveredVersion[]): boolean => {
  const ids = new Set(b.map(({ id }) => id))
  return a.length === b.length && a.every(({ id }) => id !== null && ids.has(id))
}

const resultFrom = (row: EnvironmentRow, { generation, added, updated, removed, refused, warnings, restarted, isAppBack, isRestored }: ReceiptBody): SyncResult => {
  const names = new Set(toldTo(row).map(({ key }) => key))
  const [isTold, isAboutTold] = [(key: string): boolean => names.has(key), ({ key }: { key: string | null }): boolean => key === null || names.has(key)]
  return {
    generation, restarted, isAppBack, isRestored,
    added: added.filter(isTold), updated: updated.filter(isTold), removed: removed.filter(isTold),
    refused: refused.filter(isAboutTold), warnings: warnings.filter(isAboutTold),
  }
}

const outcomeEvent = (ctx: StoreContext, row: EnvironmentRow, { generation, added, updated, removed, restarted, refused }: SyncResult, isSync: boolean) =>
  environmentEvent(ctx, row, {
    type: isSync ? "environment_synced" : "sync_failed",
    principal: SYNC_PRINCIPAL,
    more: isSync ? { generation, added, updated, removed, restarted } : { code: row.error ?? "refused", refused },
  })

const BACKOFF_FIRST_MS = 1_000
const BACKOFF_MAX_MS = 300_000
/** Trying again changes nothing until somebody changes something. */
const PATIENT_MS = 300_000

/** After one failure more. */
export const laterOf = (ctx: StoreContext, attempts: number, code: string): { attempts: number; dueAt: number } => ({
  attempts: attempts + 1,
  dueAt: nowOf(ctx) + backoffMs(ctx, attempts + 1, code),
})

/** When to try again after so many failures in a row: the time doubles, with a fifth of it left to chance. */
const backoffMs = (ctx: Pick<StoreContext, "randomBytes">, attempts: number, code: string): number => {
  const [chance = 0] = ctx.randomBytes(1)
  const base = code === "refused" || code === "not_restarted" ? PATIENT_MS : Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(20, attempts - 1))
  return Math.floor(base * (0.9 + (0.2 * chance) / 255))
}

/** Notes that a sandbox was not reached, or said something wrong. What was sent may have arrived. */
export const noteFailure = (ctx: StoreContext, { id }: EnvironmentRow, error: unknown): Promise<string> => {
  const code = isSecretError(error) ? error.code : "internal"
  return ctx.storage.write(async (tx) => {
    await assertKeysCurrent(tx, ctx.keys.current)
    const row = await lockEnvironment(ctx, tx, id)
    if (row === null) return code
    if (row.removedAt !== null && isLeaseOver(ctx, row)) {
      await deleteEnvironment(ctx, tx, row)
      return code
    }
    const isRevoking = row.isRevoking
    const isSame = row.error === code
    await saveEnvironment(ctx, tx, { ...row, error: code, isRevoking })
    if (!isSame) await appendEvents(tx, [environmentEvent(ctx, row, { type: "sync_failed", principal: SYNC_PRINCIPAL, more: { code } })])
    return code
  })
}
