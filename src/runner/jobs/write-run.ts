import type { Redactor } from "../../redact/create-redactor.ts"
import type { RedactionCount } from "../../redact/tally.ts"
import type { JobResult } from "./events.ts"
import type { JobGraph } from "./graph.ts"
import type { RunFacts } from "./predefined-variables.ts"
import type { RunRecords } from "./run-records.ts"

export interface JobsOutcome {
  status: "success" | "failure"
  isCanceled: boolean
  durationMs: number
  jobs: readonly JobResult[]
  /** How often each secret was masked, and in which form. */
  counts: readonly RedactionCount[]
  receiptPath: string
}

interface Written {
  run: { graph: JobGraph; root: string; jobFile: string; command: readonly string[]; signal: AbortSignal; clock: () => number }
  facts: RunFacts
  records: RunRecords
  startedAt: number
  jobs: readonly JobResult[]
  calls: Readonly<Record<string, number>>
  redactor: Redactor
}

/** The documents that a run ends with: summaries, manifests, the report of its phases, and the receipt. */
export const writeRun = ({ run, facts, records, startedAt, jobs, calls, redactor }: Written): JobsOutcome => {
  const finishedAt = run.clock()
  const durationMs = Math.round(finishedAt - startedAt)
  const status = jobs.every((job) => job.status === "success") ? "success" : "failure"
  const ended = { status, exit_code: status === "success" ? 0 : 1, duration_ms: durationMs }
  const failing = jobs.find((job) => job.status === "failed")
  const counts = redactor.counts()
  records.document("pipeline/summary.json", "pipeline", { pipeline_id: facts.pipelineId, ...ended })
  records.document("pipeline/manifest.json", "pipeline-manifest", {
    pipeline_id: facts.pipelineId, ...ended,
    jobs: jobs.map(({ name, stage, status: state }) => ({ job_id: name, stage, status: state, ...(state !== "skipped" && { manifest_path: records.pathOf(`jobs/${name}/manifest.json`) }) })),
    ...(failing !== undefined && { failing_job_id: failing.name, failing_job_manifest_path: records.pathOf(`jobs/${failing.name}/manifest.json`) }),
  })
  records.document("summary.json", "sotto-jobs-run-logs", { ...ended, jobs: jobs.length, redactions: counts })
  const phaseReport = records.document("phase-report.json", "sotto-jobs-run-phase-report", { phases: phasesOf(jobs, { startedAt, durationMs, status }) })
  const content = redactor.redactJson({
    command: run.command, repo_root: run.root, workflow_path: run.jobFile,
    started_at: new Date(startedAt).toISOString(), finished_at: new Date(finishedAt).toISOString(), ...ended,
    ...(failing?.message !== undefined && { error: `${failing.name}: ${failing.message}` }),
    logs_dir: records.folder, events_jsonl_path: records.pathOf("events.jsonl"), phase_report_path: phaseReport,
    graph_ir: run.graph, provider_calls: calls, redactions: counts,
  }) as Record<string, unknown>
  // Output was redacted as it came: a second time, its markers would be taken for text.
  const receiptPath = records.documentRedacted(`../../receipts/${facts.runId}.json`, "sotto-jobs-run", { ...content, executor_receipt: { jobs: jobs.map((job) => jobReceipt(job, redactor)) } })
  return { status, isCanceled: run.signal.aborted, durationMs, jobs, counts, receiptPath }
}

const jobReceipt = (job: JobResult, redactor: Redactor): object => {
  const { name, stage, status, startedAt, durationMs, steps, redactions, given, errorCode, failingSection } = job
  const facts = redactor.redactJson({
    job_id: name, stage, status, started_at: new Date(startedAt).toISOString(), duration_ms: durationMs, redactions, secrets_given: given,
    ...(errorCode !== undefined && { error_code: errorCode }),
    ...(failingSection !== undefined && { failing_section: failingSection }),
  }) as object
  return { ...facts, steps: steps.map(({ exitCode, durationMs: ms, tail }) => ({ exit_code: exitCode, duration_ms: ms, output_tail: tail })) }
}

const phasesOf = (jobs: readonly JobResult[], { startedAt, durationMs, status }: { startedAt: number; durationMs: number; status: string }) => [
  { scope: "run", phase_code: "run.bootstrap", started_at: new Date(startedAt).toISOString() },
  { scope: "run", phase_code: "run.pipeline_execute", status, duration_ms: durationMs },
  ...jobs.filter((job) => job.status !== "skipped").map((job) => ({ scope: "job", job_id: job.name, phase_code: "job.execution", status: job.status, duration_ms: job.durationMs })),
  { scope: "run", phase_code: "run.finalize", status },
]
