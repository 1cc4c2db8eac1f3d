import type { RedactionCount } from "../../redact/tally.ts"
import type { JobStatus } from "./run-graph.ts"

/** What whoever watches a run is told, as it happens. Nothing of it holds a value. */
export type JobEvent =
  | { type: "run.started"; runId: string; jobs: number }
  | { type: "job.started"; job: string; stage: string }
  | { type: "secret.skipped"; job: string; name: string; reason: string }
  | { type: "step.started"; job: string; step: number; of: number }
  | { type: "output"; job: string; step: number; stream: "stdout" | "stderr"; text: string }
  | { type: "step.finished"; job: string; step: number; exitCode: number }
  | { type: "job.finished"; job: string; stage: string; status: JobStatus; durationMs: number; redactions: number; errorCode?: string; message?: string; help?: string }
  | { type: "run.finished"; status: "success" | "failure"; durationMs: number; receipt: string; counts: readonly RedactionCount[] }

export interface StepResult {
  exitCode: number
  durationMs: number
  /** The last redacted lines. */
  tail: string
}

export interface JobResult {
  name: string
  stage: string
  status: JobStatus
  startedAt: number
  durationMs: number
  steps: StepResult[]
  /** How often something was masked in its output. */
  redactions: number
  /** Names of the secrets that it was given. */
  given: string[]
  errorCode?: string
  /** For a person; no value, no child output. */
  message?: string
  help?: string
  /** Part of the log tree that says more: `provider`, `workspace`, `container`, `cleanup`. */
  failingSection?: string
}
