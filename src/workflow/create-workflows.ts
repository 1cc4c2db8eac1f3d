import { SecretError } from "../base/errors.ts"
import { randomBase62 } from "../core/access/base62.ts"
import { assertWorkspaceExists } from "../core/access/find-workspace.ts"
import { authorize } from "../core/authorize.ts"
import { appendEvents, assertKeysCurrent, nowOf, type StoreContext, type Transaction } from "../core/context.ts"
import { DEFAULT_NAMESPACE } from "../core/limits.ts"
import type { RunRow } from "../core/ports/rows.ts"
import type { RunStatus, WorkflowHost, WorkflowRuns } from "../core/ports/workflow-runs.ts"
import { runTags } from "../core/row-tags.ts"
import { contextOf } from "../core/store-context.ts"
import { withFreshKeys } from "../core/use-case.ts"
import { isStarter } from "../core/workflow/run-actor.ts"
import { deliverMessage, isEnded, saveRun } from "../core/workflow/deliver-message.ts"
import { endRun, type Host } from "./advance-run.ts"
import { newRunId } from "./base-workflow.ts"
import type { AnyClass } from "./metadata.ts"
import { newRunRow } from "./new-run.ts"
import { createContainer, createRegistry, waitsAt, type Resolve } from "./registry.ts"
import { SecretsRequestWorkflow } from "./secrets-request-workflow.ts"
import { Worker } from "./worker.ts"

export interface WorkflowsOptions {
  /** What `openStore` gave. */
  store: object
  workflows: readonly AnyClass[]
  /** The app's container; else one that makes classes from the types of their constructors. */
  resolve?: Resolve
  onFailure?: Host["onFailure"]
  /** So long a step may take before another process may take it over, in milliseconds. Default 60,000. */
  leaseMs?: number
}

/** The runs of whoever opened the store, and those of others. */
export interface Workflows extends WorkflowRuns, WorkflowHost {
  /** Resolves once nothing is to be done now. */
  idle(): Promise<void>
  /** Ends what runs, and listens no more. */
  close(): Promise<void>
}

const LEASE_MS = 60_000

/** Runs workflows on this store's database, beside any number of other processes. */
export const createWorkflows = (options: WorkflowsOptions): Workflows => createWorkflowsOver(contextOf(options.store), options)

export const createWorkflowsOver = (ctx: StoreContext, { workflows, resolve = createContainer(), onFailure = () => undefined, leaseMs = LEASE_MS }: Omit<WorkflowsOptions, "store">): Workflows => {
  const registry = createRegistry([...new Set([...workflows, SecretsRequestWorkflow])])
  const host: Host = { ctx, registry, resolve, holder: randomBase62(ctx.randomBytes, 16), leaseMs, onFailure }
  const worker = new Worker(host)
  const callsOf = (actor: StoreContext["actor"]) => callsFor({ ...ctx, actor }, host, worker)
  return { ...callsOf(ctx.actor), as: callsOf, idle: () => worker.idle(), close: () => worker.close() }
}

const callsFor = (ctx: StoreContext, host: Host, worker: Worker): WorkflowRuns => ({
  start: async (name, args, { workspace = DEFAULT_NAMESPACE } = {}) => {
    authorize(ctx.actor, "request", workspace)
    await assertWorkspaceExists(ctx, workspace)
    host.registry.find(name)
    const id = newRunId(ctx.randomBytes)
    const inserted = await written(ctx, async (tx) => {
      const row = worker.claimed(ctx, newRunRow(ctx, { id, namespace: workspace, name, args }))
      await tx.run("insertRun", row)
      await appendEvents(tx, [{ type: "workflow_started", at: row.createdAt, principal: ctx.actor.principal, namespace: workspace, metadata: { workflowId: id, name } }])
      return row
    })
    worker.take(inserted)
    return { workflowId: id }
  },
  resume: async (id, transition, payload) => {
    await written(ctx, (tx) => resumeRun(ctx, tx, { host, id, transition, payload }))
    worker.wake()
  },
  cancel: async (id) => {
    await written(ctx, async (tx) => cancelRun(ctx, tx, (await ownRun(ctx, tx, id, "lockRun")).id))
    worker.wake()
  },
  status: async (id) => statusOf(host, await withFreshKeys(ctx, () => ownRun(ctx, ctx.storage, id))),
  documents: async (id) => {
    await withFreshKeys(ctx, () => ownRun(ctx, ctx.storage, id))
    const rows = await ctx.storage.all("listRunDocuments", { runId: id })
    return rows
      .filter(({ isCurrent }) => isCurrent === 1)
      .map(({ id: documentId, name, key, place, transition, content }) => ({ id: documentId, name, key, place, transition, content: JSON.parse(content) as Record<string, unknown> }))
  },
})

/** In a transaction under the store's present keys, which are read again where they have moved on. */
const written = <T>(ctx: StoreContext, work: (tx: Transaction) => Promise<T>): Promise<T> =>
  withFreshKeys(ctx, () =>
    ctx.storage.write(async (tx) => {
      await assertKeysCurrent(tx, ctx.keys.current)
      return work(tx)
    }),
  )

const ownRun = async (ctx: StoreContext, reads: Pick<Transaction, "one">, id: string, how: "findRun" | "lockRun" = "findRun"): Promise<RunRow> => {
  const run = await reads.one(how, { id })
  if (run === null || run.actorId !== ctx.actor.principal.id) throw runNotFound()
  runTags.assert(ctx.keys.current, run)
  if (!isStarter(ctx, run.actor)) throw runNotFound()
  return run
}

const runNotFound = (): SecretError => new SecretError("not_found", "there is no such workflow run, or it is not yours")

const statusOf = ({ registry }: Host, run: RunRow): RunStatus => ({
  workflowId: run.id,
  name: run.name,
  workspaceId: run.namespace,
  status: run.claimedBy !== null ? "running" : run.status,
  place: run.place,
  availableTransitions: run.status === "waiting" ? waitsAt(registry.find(run.name).meta, run.place).map(({ id }) => id) : [],
  result: run.result === null ? null : (JSON.parse(run.result) as unknown),
  error: run.error,
  parentId: run.parentId,
})

interface Resume {
  host: Host
  id: string
  transition: string
  payload: unknown
}

const resumeRun = async (ctx: StoreContext, tx: Transaction, { host, id, transition, payload }: Resume): Promise<void> => {
  const run = await ownRun(ctx, tx, id, "lockRun")
  const wait = waitsAt(host.registry.find(run.name).meta, run.place).find((each) => each.id === transition)
  const isWaiting = run.status === "waiting" && run.claimedBy === null
  if (wait === undefined || !isWaiting) throw new SecretError("request_closed", "the run does not wait for that now")
  const parsed = wait.schema?.safeParse(payload)
  if (parsed?.success === false) throw new SecretError("invalid_argument", `invalid payload for '${transition}': ${parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ")}`)
  const data = parsed === undefined ? (payload ?? null) : parsed.data
  const input = { workflowId: id, status: "completed" as const, hasError: false, errorMessage: null, data }
  await deliverMessage(ctx, tx, { id: `resume:${id}:${run.version}`, runId: id, transition, input })
  const now = (await tx.one("lockRun", { id })) as RunRow
  await saveRun(ctx, tx, { ...now, status: "pending" }) // a second click finds nobody waiting
  await appendEvents(tx, [{ type: "workflow_resumed", at: nowOf(ctx), principal: ctx.actor.principal, namespace: run.namespace, metadata: { workflowId: id, transition } }])
}

/** The run first, held until the end: whom it brings in meanwhile, it brings in before or not at all. */
const cancelRun = async (ctx: StoreContext, tx: Transaction, id: string): Promise<void> => {
  const now = await tx.one("lockRun", { id })
  if (now === null || isEnded(now)) return
  runTags.assert(ctx.keys.current, now)
  const cancelled: RunRow = { ...now, status: "cancelled", isReady: 0, claimedBy: null, claimedUntil: null, dueAt: null, version: now.version + 1, updatedAt: nowOf(ctx) }
  await saveRun(ctx, tx, cancelled)
  for (const child of await tx.all("listRunsOfParent", { parentId: id })) await cancelRun(ctx, tx, child.id)
  await endRun(ctx, tx, cancelled)
}
