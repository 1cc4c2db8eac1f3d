import { isSecretError, SecretError } from "../base/errors.ts"
import { randomBase62 } from "../core/access/base62.ts"
import { isAllowed } from "../core/authorize.ts"
import { appendEvents, assertKeysCurrent, assertKeysFresh, nowOf, type StoreContext, type Transaction } from "../core/context.ts"
import type { RunMessageRow, RunRow } from "../core/ports/rows.ts"
import { outcomeText } from "../core/requests/request-body.ts"
import { requestEvent, saveRequest } from "../core/requests/request-row.ts"
import { isIntact, requestTags, runMessageTags, runTags } from "../core/row-tags.ts"
import { withFreshKeys } from "../core/use-case.ts"
import { deliverMessage, isEnded, saveRun, type TransitionInput } from "../core/workflow/deliver-message.ts"
import { readActor } from "../core/workflow/run-actor.ts"
import type { RunContext } from "./base-workflow.ts"
import type { ClassMeta, TransitionMeta } from "./metadata.ts"
import { newChildRow } from "./new-run.ts"
import { waitsAt, type Registry, type Resolve } from "./registry.ts"
import { withScope, type Draft } from "./run-scope.ts"

export interface Host {
  ctx: StoreContext
  registry: Registry
  resolve: Resolve
  /** This process, in claims. */
  holder: string
  /** So long a step may take before another process may take it over. */
  leaseMs: number
  /** Hears of what a transition threw; the run's error names it by `reference`. */
  onFailure: (reference: string, error: unknown) => void
}

/** What a run is to do next. */
interface Step {
  transition: TransitionMeta
  message: RunMessageRow | null
}

/** Takes a claimed run through all the steps that it can take now. */
export const advanceRun = async (host: Host, claimed: RunRow): Promise<void> => {
  let run: RunRow | null = claimed
  while (run !== null) {
    const at: RunRow = run
    run = await withFreshKeys(host.ctx, () => takeStep(host, at))
  }
}

/** @returns the run as this process goes on with it; null where it ends, waits, or is somebody else's by now */
const takeStep = async (host: Host, run: RunRow): Promise<RunRow | null> => {
  const { ctx, registry } = host
  await assertKeysFresh(ctx.storage, ctx.keys.current)
  const { target, meta } = registry.find(run.name)
  const workflow = await host.resolve(target)
  const rows = await ctx.storage.all("listRunMessages", { runId: run.id })
  const messages = rows.filter((row) => isIntact<RunMessageRow>(runMessageTags, ctx.keys.current, row)) // nobody hears what Sotto did not say
  const step = nextStep(ctx, run, { meta, workflow, messages })
  if (step === null) return commit(ctx, run, { tx: async (tx) => (await tx.all("listRunMessages", { runId: run.id })).length > rows.length, apply: (now, isNews) => rest(ctx, now, isNews) })
  const outcome = await execute(host, run, { step, meta, workflow })
  return commit(ctx, run, {
    tx: async (tx, now) => {
      await writeOutcome(ctx, tx, { run: now, outcome, step })
      const next = nextRow(ctx, now, { outcome, step, meta })
      return isEnded(next) || goesOn(meta, workflow, next) || (await tx.all("listRunMessages", { runId: now.id })).length > 0
    },
    // where nothing goes on by itself and nobody has said anything, the run waits from this commit on
    apply: (now, isMore) => {
      const next = nextRow(ctx, now, { outcome, step, meta })
      return isMore ? next : rest(ctx, next, false)
    },
  })
}

/** A message for a wait of this place comes first, then what goes by itself. */
const nextStep = (ctx: StoreContext, run: RunRow, { meta, workflow, messages }: { meta: ClassMeta; workflow: object; messages: readonly RunMessageRow[] }): Step | null => {
  for (const message of messages) {
    const transition = waitsAt(meta, run.place).find(({ id }) => id === message.transition)
    if (transition !== undefined && isLetThrough(meta, workflow, transition, run)) return { transition, message }
  }
  const isOver = run.dueAt !== null && nowOf(ctx) >= run.dueAt
  const [waiting] = waitsAt(meta, run.place)
  if (isOver && waiting !== undefined) return { transition: waiting, message: overMessage(run, waiting) }
  const automatic = meta.transitions.find((each) => !each.isWait && each.from === run.place && isLetThrough(meta, workflow, each, run))
  return automatic === undefined ? null : { transition: automatic, message: null }
}

const goesOn = (meta: ClassMeta, workflow: object, run: RunRow): boolean =>
  meta.transitions.some((each) => !each.isWait && each.from === run.place && isLetThrough(meta, workflow, each, run))

const overMessage = (run: RunRow, transition: TransitionMeta): RunMessageRow => {
  const input: TransitionInput = { workflowId: run.id, status: "expired", hasError: true, errorMessage: "the wait is over", data: null }
  return { id: "", runId: run.id, transition: transition.id, input: JSON.stringify(input), createdAt: 0, tag: new Uint8Array(0) }
}

const isLetThrough = (meta: ClassMeta, workflow: object, { id }: TransitionMeta, run: RunRow): boolean => {
  const guard = meta.guards.get(id)
  if (guard === undefined) return true
  return (workflow as Record<string, (state: unknown) => boolean>)[guard]?.(JSON.parse(run.state)) === true
}

type Outcome = { ok: true; draft: Draft } | { ok: false; error: string }

/** Runs the method outside of any transaction; what it wants to have happened is kept aside. */
const execute = async (host: Host, run: RunRow, { step, meta, workflow }: { step: Step; meta: ClassMeta; workflow: object }): Promise<Outcome> => {
  const draft: Draft = {
    state: JSON.parse(run.state) as Record<string, unknown>,
    result: run.result === null ? null : (JSON.parse(run.result) as unknown),
    documents: [], children: [], writes: [], dueAt: null,
  }
  try {
    const actor = await readActor(host.ctx, run.actor)
    if (!isAllowed(actor, "list", run.namespace)) throw new SecretError("forbidden", "whoever started the run may not go on here")
    const { transition, message } = step
    const scope = { ctx: { ...host.ctx, actor }, run, transition, nextWaits: waitsAt(meta, transition.to), draft }
    const context: RunContext = { workflowId: run.id, workspaceId: run.namespace, userId: run.actorId, args: Object.freeze(JSON.parse(run.args) as object) as RunContext["args"] }
    const method = (workflow as Record<string, (...args: unknown[]) => unknown>)[transition.id] as (...args: unknown[]) => unknown
    const state = structuredClone(draft.state)
    const args = message === null ? [state, context] : [state, JSON.parse(message.input), context]
    const returned = await withScope(scope, async () => method.apply(workflow, args))
    if (typeof returned === "object" && returned !== null) draft.state = returned as Record<string, unknown>
    return { ok: true, draft }
  } catch (error) {
    return { ok: false, error: errorText(host, error) }
  }
}

/** Ours say what is wrong; of others nothing is laid down but a reference: they may hold anything. */
const errorText = ({ ctx, onFailure }: Host, error: unknown): string => {
  if (isSecretError(error)) return `${error.code}: ${error.message}`
  const reference = randomBase62(ctx.randomBytes, 8)
  onFailure(reference, error)
  return `the step failed (reference ${reference})`
}

interface Commit {
  /** @returns what `apply` is told: whether there is more to do */
  tx(tx: Transaction, now: RunRow): Promise<boolean>
  apply(now: RunRow, isMore: boolean): RunRow
}

/** Commits a step on top of the very run that it began with: compare and set on version and claim. */
const commit = (ctx: StoreContext, run: RunRow, { tx: write, apply }: Commit): Promise<RunRow | null> =>
  ctx.storage.write(async (tx) => {
    await assertKeysCurrent(tx, ctx.keys.current)
    const now = await tx.one("lockRun", { id: run.id })
    if (now === null || now.version !== run.version || now.claimedBy !== run.claimedBy || isEnded(now)) return null
    runTags.assert(ctx.keys.current, now)
    const saved = apply(now, await write(tx, now))
    await saveRun(ctx, tx, saved)
    if (isEnded(saved)) await endRun(ctx, tx, saved)
    return saved.claimedBy === null ? null : saved
  })

/** Nothing is to be done until somebody says something, or the wait is over. What was said meanwhile is looked at once more. */
const rest = (ctx: StoreContext, run: RunRow, isNews: boolean): RunRow => {
  const isOver = run.dueAt !== null && nowOf(ctx) >= run.dueAt
  return { ...run, status: "waiting", isReady: isNews ? 1 : 0, claimedBy: null, claimedUntil: null, dueAt: isOver ? null : run.dueAt }
}

const nextRow = (ctx: StoreContext, run: RunRow, { outcome, step: { transition }, meta }: { outcome: Outcome; step: Step; meta: ClassMeta }): RunRow => {
  const at = nowOf(ctx)
  const base = { ...run, version: run.version + 1, updatedAt: at, dueAt: null }
  if (!outcome.ok) {
    if (transition.errorPlace !== undefined) return { ...base, place: transition.errorPlace, error: outcome.error }
    return { ...base, status: "failed", error: outcome.error, isReady: 0, claimedBy: null, claimedUntil: null }
  }
  const { draft } = outcome
  const moved = { ...base, place: transition.to, state: JSON.stringify(draft.state), result: draft.result === null ? null : JSON.stringify(draft.result), error: null }
  if (transition.to === "end") return { ...moved, status: "completed", isReady: 0, claimedBy: null, claimedUntil: null }
  const timeouts = waitsAt(meta, transition.to).flatMap(({ timeoutMs }) => (timeoutMs === undefined || timeoutMs === 0 ? [] : [at + timeoutMs]))
  const dueAt = Math.min(...timeouts, ...(draft.dueAt === null ? [] : [draft.dueAt]))
  return { ...moved, dueAt: Number.isFinite(dueAt) ? dueAt : null }
}

const writeOutcome = async (ctx: StoreContext, tx: Transaction, { run, outcome, step }: { run: RunRow; outcome: Outcome; step: Step }): Promise<void> => {
  if (step.message !== null && step.message.id !== "") await tx.run("deleteRunMessage", { id: step.message.id })
  if (!outcome.ok) return
  const { draft } = outcome
  await writeDocuments(ctx, tx, { run, draft, transition: step.transition })
  for (const child of draft.children) await tx.run("insertRun", newChildRow(ctx, run, child))
  for (const write of draft.writes) await write(tx)
}

const writeDocuments = async (ctx: StoreContext, tx: Transaction, { run, draft, transition }: { run: RunRow; draft: Draft; transition: TransitionMeta }): Promise<void> => {
  if (draft.documents.length === 0) return
  const present = await tx.all("listRunDocuments", { runId: run.id })
  let number = present.length
  for (const { name, key, content } of draft.documents) {
    const before = present.find((each) => each.key === key && each.isCurrent === 1)
    if (before !== undefined) await tx.run("retireRunDocument", { runId: run.id, key })
    await tx.run("insertRunDocument", {
      id: `doc_${randomBase62(ctx.randomBytes, 22)}`, runId: run.id, number: before?.number ?? ++number, name, key, place: transition.to, transition: transition.id,
      content: JSON.stringify(content), isCurrent: 1, createdAt: nowOf(ctx),
    })
  }
}

/** Nobody is asked any more for what nobody waits for. */
const cancelQuestions = async (ctx: StoreContext, tx: Transaction, runId: string): Promise<void> => {
  for (const request of await tx.all("listOpenRequestsOfRun", { runId })) {
    requestTags.assert(ctx.keys.current, request)
    const outcome = outcomeText({ stored: [], kept: [], skipped: [], allowed: [] })
    await saveRequest(ctx, tx, { ...request, state: "cancelled", openKey: null, codeHash: null, formHash: null, settledAt: nowOf(ctx), outcome })
    await appendEvents(tx, [requestEvent(ctx, request, "request_cancelled", { workflowId: runId })])
  }
}

/** The run that waits for this one hears of its end in the same step: once, however often anybody looks. */
export const endRun = async (ctx: StoreContext, tx: Transaction, run: RunRow): Promise<void> => {
  const { id, parentId, callback, status } = run
  await tx.run("deleteRunMessages", { runId: id })
  await cancelQuestions(ctx, tx, id)
  await appendEvents(tx, [{ type: "workflow_ended", at: nowOf(ctx), principal: ctx.actor.principal, namespace: run.namespace, metadata: { workflowId: id, status } }])
  if (parentId === null || callback === null) return
  const input: TransitionInput = {
    workflowId: id, status: status as TransitionInput["status"], hasError: status !== "completed", errorMessage: run.error,
    data: run.result === null ? null : (JSON.parse(run.result) as unknown),
    ...(run.callbackMeta !== null && { meta: JSON.parse(run.callbackMeta) as unknown }),
  }
  await deliverMessage(ctx, tx, { id: `end:${id}`, runId: parentId, transition: callback, input })
}
