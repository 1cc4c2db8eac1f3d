import { availableParallelism } from "node:os"
import { join } from "node:path"
import type { GuardedVariable } from "../../core/ports/provider.ts"
import { planReferences, type ProviderTable } from "../../core/references/plan-references.ts"
import type { Resolving } from "../../core/references/resolve-references.ts"
import { shareSessions, type SharedSessions } from "../../core/references/share-sessions.ts"
import { createRedactor, type Redactor } from "../../redact/create-redactor.ts"
import { makeWorkFolder, removeSecretFolder, sweepLeftovers } from "../secret-folder.ts"
import type { JobEvent, JobResult } from "./events.ts"
import type { JobGraph } from "./graph.ts"
import type { JobContext } from "./job-context.ts"
import type { RunFacts } from "./predefined-variables.ts"
import { runGraph } from "./run-graph.ts"
import { runJob } from "./run-job.ts"
import { prepareRunsFolder, RunRecords } from "./run-records.ts"
import { gitOutput } from "./workspace-copy.ts"
import { writeRun, type JobsOutcome } from "./write-run.ts"

export interface JobsRun {
  graph: JobGraph
  /** The workspace: what jobs get a copy of, and where the run is recorded. */
  root: string
  /** Absolute. */
  jobFile: string
  env: Readonly<Record<string, string | undefined>>
  /** The command line, for the receipt. */
  command: readonly string[]
  providers: ProviderTable
  setting: Resolving["setting"]
  /** Ctrl-C. */
  signal: AbortSignal
  clock: () => number
  onEvent: (event: JobEvent) => void
  /** So many jobs at one time; as many as there are processors, and two at least. */
  limit?: number
}

/**
 * Runs the jobs of a graph, each with its own secrets in a copy of the workspace, and records what happened, however it ends. All
 * values are known to one redactor until the end: a later job may print what an earlier one left.
 * @throws SecretError `SECRETS_REF_INVALID` before anything is started; `storage_unavailable`
 */
export const runJobs = async (run: JobsRun): Promise<JobsOutcome> => {
  sweepLeftovers(run.env)
  const sessions = shareSessions(run.providers, run.signal)
  const guarded = await guardedOf(run)
  const redactor = createRedactor(credentialsOf(run.env, guarded))
  const workFolder = makeWorkFolder()
  const dropWork = (): void => removeSecretFolder(workFolder)
  process.on("exit", dropWork)
  try {
    return await record(run, { sessions, guarded, redactor, workFolder })
  } finally {
    process.off("exit", dropWork)
    dropWork()
    await sessions.close()
    redactor.dispose()
  }
}

interface Prepared {
  sessions: SharedSessions
  guarded: readonly GuardedVariable[]
  redactor: Redactor
  workFolder: string
}

const record = async (run: JobsRun, { sessions, guarded, redactor, workFolder }: Prepared): Promise<JobsOutcome> => {
  const { root, env, clock, signal, graph } = run
  const startedAt = clock()
  const facts = await factsOf(run, startedAt)
  const folder = join(prepareRunsFolder(root), "logs", facts.runId)
  const records = new RunRecords({ folder, runId: facts.runId, redactJson: (value) => redactor.redactJson(value), clock })
  const onEvent = (event: JobEvent): void => run.onEvent(event.type === "output" ? event : (redactor.redactJson(event) as JobEvent))
  const context: JobContext = { root, env, providers: sessions.table, setting: run.setting, guarded, redactor, records, facts, workFolder, clock, signal, onEvent }
  onEvent({ type: "run.started", runId: facts.runId, jobs: graph.jobs.length })
  const jobs = await execute(run, context)
  const outcome = writeRun({ run, facts, records, startedAt, jobs, calls: sessions.calls(), redactor })
  onEvent({ type: "run.finished", status: outcome.status, durationMs: outcome.durationMs, receipt: outcome.receiptPath, counts: outcome.counts })
  if (records.failure !== null) throw records.failure
  return outcome
}

const execute = async ({ graph, signal, limit = Math.max(2, availableParallelism()) }: JobsRun, context: JobContext): Promise<JobResult[]> => {
  const { records, onEvent, clock } = context
  const results: JobResult[] = []
  const phase = (fields: Record<string, unknown>): void => {
    const whole = { scope: "pipeline", phase_code: "pipeline.execute", phase_family: "execute", ...fields }
    records.append("pipeline/events.jsonl", whole)
    records.append("events.jsonl", whole)
  }
  phase({ type: "phase.started" })
  await runGraph({
    graph, limit, signal,
    runJob: async (job) => {
      const result = await runJob(job, context)
      results.push(result)
      return result.status === "skipped" ? "failed" : result.status
    },
    onSkipped: ({ name, stage }) => {
      results.push({ name, stage, status: "skipped", startedAt: clock(), durationMs: 0, steps: [], redactions: 0, given: [] })
      onEvent({ type: "job.finished", job: name, stage, status: "skipped", durationMs: 0, redactions: 0 })
    },
  })
  phase({ type: "phase.finished", status: results.every(({ status }) => status === "success") ? "success" : "failed" })
  const order = graph.jobs.map(({ name }) => name)
  return results.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
}

/** What no job may inherit, whoever asks for it: a job without secrets would see them in its environment. */
const guardedOf = async ({ graph, providers, setting }: JobsRun): Promise<GuardedVariable[]> => {
  const specs = graph.jobs.flatMap((job) => job.secrets.map((spec) => ({ ...spec, name: `${job.name}: ${spec.name}` })))
  const batches = await planReferences(specs, providers)
  return batches.flatMap(({ scheme, provider, references }) => [...(provider.guardedVariables?.(references, setting(scheme)) ?? [])])
}

const credentialsOf = (env: JobsRun["env"], guarded: readonly GuardedVariable[]) =>
  guarded.flatMap(({ name, isSecret }) => (isSecret && env[name] ? [{ name: "VAULT_CREDENTIAL", value: env[name] }] : []))

const factsOf = async ({ root, jobFile }: JobsRun, startedAt: number): Promise<RunFacts> => {
  // nanoseconds, as far as the name goes: two runs of one millisecond have two folders
  const id = `${Math.floor(startedAt)}${String(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0).padStart(6, "0").slice(-6)}`
  const sha = (await gitOutput(root, ["rev-parse", "--short", "HEAD"]))?.trim()
  const branch = (await gitOutput(root, ["symbolic-ref", "--quiet", "--short", "HEAD"]))?.trim()
  return { runId: `sotto-jobs-run-${id}`, pipelineId: `sotto-jobs-${id}`, jobFile, commit: sha === undefined || sha === "" ? null : { shortSha: sha, branch: branch ?? null } }
}

