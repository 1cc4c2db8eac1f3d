import { SecretError } from "../../base/errors.ts"
import { uuidToText } from "../../base/uuid.ts"
import { nowOf, appendEvents, type StoreContext } from "../context.ts"
import { DEFAULT_NAMESPACE } from "../limits.ts"
import type { EnvironmentRow } from "../ports/rows.ts"
import type { SandboxLink } from "../ports/sandbox-link.ts"
import { environmentTags } from "../row-tags.ts"
import { SANDBOX_LIMITS } from "../sandbox/limits.ts"
import { defineUseCase, withFreshKeys } from "../use-case.ts"
import { releaseEnvironment } from "./claim.ts"
import { busy, isBusy, laterOf, notEnrolled, noteFailure, prepareStatement, settleReceipt, type PrepareOptions } from "./deliver.ts"
import { changesFrom, isChange, listDesired, versionOf, type Changes } from "./desired.ts"
import { acceptEnrolment } from "./enroll.ts"
import { appliedOf, enrolmentOf, environmentEvent, environmentNotFound, findEnvironment, resultOf, type SyncResult } from "./environment-row.ts"
import { SyncArgs } from "./environment-shapes.ts"

/** What a sync did, or would do, by name. */
export interface SyncAnswer {
  target: string
  generation: number
  mode: "plan" | "apply"
  added: string[]
  updated: string[]
  removed: string[]
  unchanged: number
  restarted: boolean
  /** Of a key, or of all of it (`*`): what the sandbox's format cannot carry, and what else is to be known; code there can read what was delivered. */
  warnings: { key: string; code: string }[]
}

const STATEMENT_TIMEOUT_MS = 90_000
const HELD_MS = 30_000
const LOOK_MS = 100

/**
 * Brings a sandbox what it is to have, and says what that was, by name. With `plan` it says so alone, and asks nobody. What has
 * not changed is not sent. What failed is tried again by itself, wherever a server runs.
 * @throws SecretError `not_found`, `forbidden` for a key that may not go there, `not_supported` where nobody is enrolled,
 * `server_unreachable`, `unauthorized` for an answer that the sandbox did not sign, `sync_failed` where it refused
 */
export const syncEnvironment = defineUseCase({
  name: "syncEnvironment",
  permission: "use",
  scope: "workspace",
  events: ["delivered", "environment_synced", "sync_due"],
  args: SyncArgs,
  run: async (ctx, { namespace = DEFAULT_NAMESPACE, name, keys, mode = "apply", restart }): Promise<SyncAnswer> => {
    const row = await findEnvironment(ctx, namespace, name)
    if (row.removedAt !== null) throw environmentNotFound(name)
    assertMayRestart(ctx, row, restart)
    const desired = await listDesired(ctx, row)
    assertMayGo(row, keys, new Set(desired.map((each) => each.name)))
    const changes = changesFrom(appliedOf(row), desired.map(versionOf))
    if (mode === "plan") return answerOf(row, { keys, mode, changes })
    if (row.signingKey === null && enrolmentOf(row) === null) throw notEnrolled(name)
    const isQuiet = row.address === null && row.signingKey !== null && row.sent === null && row.error === null && !isChange(changes)
    if (isQuiet) return answerOf(row, { keys, mode, changes })
    const done = row.address === null ? await waitForCall(ctx, row, restart) : await deliverNow(ctx, row, restart)
    return answerOf(done.environment, { keys, mode, changes, result: done.result })
  },
})

const assertMayGo = (row: EnvironmentRow, keys: readonly string[] | undefined, desired: ReadonlySet<string>): void => {
  const refused = (keys ?? []).filter((key) => !desired.has(key))
  if (refused.length === 0) return
  throw new SecretError("forbidden", `${refused.join(", ")} may not go to "${row.name}"`, {
    details: { keys: refused, environment: row.name },
    help: `A person allows it with: sotto policy allow KEY --sync ${row.name}`,
  })
}

/** An app that is not restarted keeps what was taken away from it: how that is done is for people to say. */
const assertMayRestart = ({ actor }: StoreContext, row: EnvironmentRow, restart: PrepareOptions["restart"]): void => {
  if (restart === undefined || restart === row.restart || actor.principal.kind !== "agent") return
  throw new SecretError("forbidden", `agents have "${row.name}" restarted as the environment says: ${row.restart}`, { details: { environment: row.name, restart: row.restart } })
}

interface Answered {
  keys?: readonly string[] | undefined
  mode: "plan" | "apply"
  changes: Changes
  result?: SyncResult | null
}

const answerOf = (row: EnvironmentRow, { keys, mode, changes, result }: Answered): SyncAnswer => {
  const isAsked = (key: string): boolean => keys === undefined || keys.includes(key)
  const { added, updated, removed } = result ?? changes
  return {
    target: row.name,
    generation: row.generation,
    mode,
    added: added.filter(isAsked),
    updated: updated.filter(isAsked),
    removed: removed.filter(isAsked),
    unchanged: changes.unchanged.filter(isAsked).length,
    restarted: result?.restarted ?? false,
    warnings: [...(result?.refused ?? []), ...(result?.warnings ?? []).map(({ key, code }) => ({ key: key ?? "*", code })), ...(result?.isAppBack === false ? [{ key: "*", code: "app_not_back" }] : [])],
  }
}

interface Done {
  environment: EnvironmentRow
  /** null where nothing had to be sent. */
  result: SyncResult | null
}

/** Delivers from this process; what has not changed is asked after all the same, for somebody may have taken it away. */
const deliverNow = async (ctx: StoreContext, row: EnvironmentRow, restart: PrepareOptions["restart"]): Promise<Done> => {
  const outcome = await whenFree(ctx, row, { restart, isVerified: true })
  if (outcome.failure !== null) throw outcome.failure
  if (outcome.isDrifted === true) return deliverNow(ctx, row, restart) // what was there had gone, and is brought back
  const after = await ctx.storage.one("findEnvironmentById", { id: row.id })
  if (after === null) throw environmentNotFound(row.name)
  const isDelivered = appliedOf(after).generation > appliedOf(row).generation // by this process, or by another meanwhile
  return { environment: after, result: isDelivered ? resultOf(after) : null }
}

/** One attempt at what is owed to an environment, also to one that is to go. */
export const deliverOnce = async (ctx: StoreContext, namespace: string, name: string): Promise<Outcome> => {
  const row = await ctx.storage.one("findEnvironment", { namespace, name })
  if (row === null) return { failure: null, isGone: true }
  if (row.address === null) return { failure: null, isGone: false }
  return whenFree(ctx, row, {})
}

/** Delivers once nobody else does: the statement itself claims the environment. */
const whenFree = async (ctx: StoreContext, { id, name }: EnvironmentRow, options: PrepareOptions): Promise<Outcome> => {
  const claimAs = uuidToText(ctx.newId())
  for (let waited = 0; waited < HELD_MS; waited += LOOK_MS) {
    const before = await ctx.storage.one("findEnvironmentById", { id })
    if (before === null) throw environmentNotFound(name)
    environmentTags.assert(ctx.keys.current, before)
    const isFree = before.claimedUntil === null || before.claimedUntil <= nowOf(ctx)
    const outcome = isFree ? await deliverClaimed(ctx, before, { ...options, isForced: before.error !== null, claimAs }) : null
    if (outcome !== null && !isBusy(outcome.failure)) return outcome
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  throw busy(name)
}

/** What came of a delivery; `failure` is for whoever asked, and is noted already. */
export interface Outcome {
  failure: Error | null
  isGone: boolean
  /** Something else stands there than was thought: it is to be looked after at once. */
  isDrifted?: boolean
}

/**
 * Does what is to be done with an environment that this process has claimed, or claims with `claimAs`, and releases it with the time at which to look
 * again. What fails is noted and comes back after a while that doubles. Each step reads newer keys by itself: what went out and what
 * was answered meanwhile stays known.
 */
export const deliverClaimed = async (ctx: StoreContext, claimed: EnvironmentRow, options: PrepareOptions = {}): Promise<Outcome> => {
  const link = ctx.sandboxes?.link
  try {
    if (link === undefined || claimed.address === null) throw new SecretError("not_supported", "sandboxes cannot be reached from here")
    const environment = await withFreshKeys(ctx, () => pullEnrolment(ctx, link, claimed))
    if (environment === null) {
      await releaseEnvironment(ctx, claimed.id, { attempts: 0, dueAt: null })
      return { failure: notEnrolled(claimed.name), isGone: false }
    }
    const prepared = await withFreshKeys(ctx, () => prepareStatement(ctx, environment, options))
    if (prepared.kind === "idle") {
      await releaseEnvironment(ctx, claimed.id, { attempts: 0, dueAt: prepared.dueAt })
      return { failure: null, isGone: false }
    }
    const { kind, statement } = prepared
    const answer = await link.call({ ...callOf(environment), path: "messages", body: { kind, ...statement }, timeoutMs: STATEMENT_TIMEOUT_MS, maxBytes: SANDBOX_LIMITS.receiptMaxBytes })
    const settled = await withFreshKeys(ctx, () => settleReceipt(ctx, { ...environment, attempts: claimed.attempts }, answer))
    if (settled.isGone) return { failure: null, isGone: true }
    const { error, dueAt } = settled
    return { failure: error === null ? null : syncFailed(settled.environment), isGone: false, isDrifted: kind === "renewal" && dueAt !== null && dueAt <= nowOf(ctx) }
  } catch (error) {
    if (isBusy(error)) {
      if (options.claimAs === undefined) await releaseEnvironment(ctx, claimed.id, { attempts: claimed.attempts, dueAt: nowOf(ctx) })
      return { failure: error as Error, isGone: false } // somebody else is at it
    }
    const code = await withFreshKeys(ctx, () => noteFailure(ctx, claimed, error))
    await releaseEnvironment(ctx, claimed.id, laterOf(ctx, claimed.attempts, code))
    return { failure: error as Error, isGone: false }
  }
}

export const callOf = ({ address, allowsPrivate }: EnvironmentRow) => ({ address: address as string, allowsPrivate: allowsPrivate === 1 })

/** A daemon that listens proves by its own statement that it was meant, while a token is open; else it is the one that is pinned, or null. */
const pullEnrolment = async (ctx: StoreContext, link: SandboxLink, row: EnvironmentRow): Promise<EnvironmentRow | null> => {
  const pinned = row.signingKey === null ? null : row
  const enrolment = enrolmentOf(row)
  if (enrolment === null) return pinned
  if (pinned === null) return askForEnrolment(ctx, link, row)
  if (nowOf(ctx) >= enrolment.expiresAt) return pinned
  return askForEnrolment(ctx, link, row).catch(() => pinned)
}

const askForEnrolment = async (ctx: StoreContext, link: SandboxLink, row: EnvironmentRow): Promise<EnvironmentRow> => {
  const statement = await link.call({ ...callOf(row), path: "enrolment", timeoutMs: STATEMENT_TIMEOUT_MS, maxBytes: SANDBOX_LIMITS.receiptMaxBytes })
  return acceptEnrolment(ctx, row.id, statement)
}

/** What a sandbox refused, by name. */
export const syncFailed = (row: EnvironmentRow): SecretError => {
  const result = resultOf(row)
  const refused = result?.refused ?? []
  const why =
    refused.length > 0
      ? `its format cannot carry ${refused.map(({ key, code }) => `${key} (${code})`).join(", ")}; the old file stays`
      : result?.isRestored === true
        ? "its app did not come back, and has its old file again"
        : (row.error ?? "refused")
  return new SecretError("sync_failed", `the sandbox "${row.name}" did not take what was sent: ${why}`, {
    details: { environment: row.name, reason: row.error, refused, restarted: result?.restarted ?? false, isRestored: result?.isRestored ?? false },
    help: `\`sotto env status ${row.name}\` shows how it stands.`,
  })
}

/** A sandbox that calls in is told when it next does, by whichever server it calls. */
const waitForCall = async (ctx: StoreContext, row: EnvironmentRow, restart: PrepareOptions["restart"]): Promise<Done> => {
  if (restart !== undefined && restart !== row.restart)
    throw new SecretError("not_supported", `"${row.name}" calls in by itself, and is told to restart as the environment says`)
  await ctx.storage.write(async (tx) => {
    await tx.run("markEnvironmentDue", { id: row.id, dueAt: nowOf(ctx) })
    await appendEvents(tx, [environmentEvent(ctx, row, { type: "sync_due" })])
  })
  ctx.sandboxes?.hub.wake(row.namespace)
  for (let waited = 0; waited < HELD_MS; waited += LOOK_MS) {
    const after = await ctx.storage.one("findEnvironmentById", { id: row.id })
    if (after === null) throw environmentNotFound(row.name)
    if (after.error !== null && after.attempts > row.attempts) throw syncFailed(after)
    if (await isSettled(ctx, after)) return { environment: after, result: appliedOf(after).generation > appliedOf(row).generation ? resultOf(after) : null }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  throw new SecretError("server_unreachable", `the sandbox "${row.name}" has not called in`, {
    details: { environment: row.name },
    help: "What is to go there is sent when it calls in. Is its daemon running, and a server that it can reach?",
  })
}

/** Whether what stands there is what is to stand there, whoever brought it and when. */
const isSettled = async (ctx: StoreContext, row: EnvironmentRow): Promise<boolean> => {
  if (row.error !== null || row.sent !== null || row.signingKey === null) return false
  return !isChange(changesFrom(appliedOf(row), (await listDesired(ctx, row)).map(versionOf)))
}
