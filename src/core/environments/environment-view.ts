import { nowOf, type StoreContext } from "../context.ts"
import type { EnvironmentRow, SecretRow } from "../ports/rows.ts"
import { SANDBOX_LIMITS } from "../sandbox/limits.ts"
import type { SandboxFacts } from "../sandbox/messages.ts"
import type { ENVIRONMENT_STATES } from "./environment-states.ts"
import { changesFrom, chooseDesired, isChange, versionOf } from "./desired.ts"
import { appliedOf, enrolmentOf, factsOf, keysThere, patternsOf, resultOf, type SyncResult } from "./environment-row.ts"

/** How an environment stands. Names and versions, never a value. */
export interface EnvironmentView {
  name: string
  namespace: string
  state: (typeof ENVIRONMENT_STATES)[number]
  /** Where its daemon listens; null where it calls in. */
  address: string | null
  allowsPrivate: boolean
  /** Patterns of keys that may go there, where a secret's policy says so too. */
  keys: string[]
  restart: "auto" | "never"
  /** How its daemon writes, and its lease; null before it is enrolled. */
  sandbox: SandboxFacts | null
  generation: number
  /** What stands there, by its last receipt. */
  delivered: { key: string; version: number }[]
  /** Code of the last failure, and how many there were in a row. */
  error: string | null
  attempts: number
  /** The last authentic word from it. */
  contactAt: number | null
  /** Until when an enrolment token counts. */
  enrolmentExpiresAt: number | null
  lastResult: SyncResult | null
  createdAt: number
  updatedAt: number
}

export const viewOfEnvironment = (ctx: StoreContext, row: EnvironmentRow, candidates: readonly SecretRow[]): EnvironmentView => ({
  name: row.name,
  namespace: row.namespace,
  state: stateOf(ctx, row, candidates),
  address: row.address,
  allowsPrivate: row.allowsPrivate === 1,
  keys: patternsOf(row),
  restart: row.restart,
  sandbox: factsOf(row),
  generation: row.generation,
  delivered: isLeaseOver(ctx, row) ? [] : appliedOf(row).manifest.map(({ key, version }) => ({ key, version })),
  error: row.error,
  attempts: row.attempts,
  contactAt: row.contactAt,
  enrolmentExpiresAt: openEnrolmentEnd(ctx, row),
  lastResult: resultOf(row),
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})

/** A sandbox that calls in, and does not, is told of nothing: what it is to lose or to get is found here, not when it is sent. */
const stateOf = (ctx: StoreContext, row: EnvironmentRow, candidates: readonly SecretRow[]): EnvironmentView["state"] => {
  if (row.removedAt !== null) return row.isRevoking === 1 ? "revocation_pending" : "removing"
  if (row.sealingKey === null) return "not_enrolled"
  if (row.isRevoking === 1) return "revocation_pending"
  const desired = chooseDesired(ctx, row, candidates)
  const names = new Set(desired.map(({ name }) => name))
  if (!isLeaseOver(ctx, row) && [...keysThere(row)].some((key) => !names.has(key))) return "revocation_pending"
  if (row.error !== null) return "failing"
  const isUnderWay = row.sent !== null || (row.dueAt !== null && row.claimedUntil !== null)
  return isUnderWay || isChange(changesFrom(appliedOf(row), desired.map(versionOf))) ? "pending" : "synced"
}

const openEnrolmentEnd = (ctx: StoreContext, row: EnvironmentRow): number | null => {
  const enrolment = enrolmentOf(row)
  return enrolment !== null && nowOf(ctx) < enrolment.expiresAt ? enrolment.expiresAt : null
}

/** A clock may be a minute off. */
const LEASE_SLACK_MS = 60_000
/** A statement may be so long on its way, by the sandbox's clock. */
const ON_ITS_WAY_MS = SANDBOX_LIMITS.validForMs + SANDBOX_LIMITS.clockSkewMs

/**
 * Whether the daemon has deleted what it held by now, whether anybody reached it or not. What was said last counts for it even
 * where its answer was lost: it may have arrived.
 */
export const isLeaseOver = (ctx: StoreContext, row: EnvironmentRow): boolean => {
  const leaseMs = factsOf(row)?.leaseMs ?? null
  if (leaseMs === null || row.contactAt === null) return false
  const { saidAt } = appliedOf(row)
  const lastWordAt = saidAt === undefined ? row.contactAt : Math.max(row.contactAt, saidAt + ON_ITS_WAY_MS)
  return nowOf(ctx) > lastWordAt + leaseMs + LEASE_SLACK_MS
}
