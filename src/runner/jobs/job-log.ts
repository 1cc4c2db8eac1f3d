import type { JobContext } from "./job-context.ts"

type Fields = Readonly<Record<string, unknown>>

/** The part of the log tree that belongs to one job. */
export class JobLog {
  readonly #context: Pick<JobContext, "records">
  readonly #job: string

  constructor(context: Pick<JobContext, "records">, job: string) {
    this.#context = context
    this.#job = job
  }

  path(rest: string): string {
    return `jobs/${this.#job}/${rest}`
  }

  stepFolder(step: number): string {
    return this.path(`user/execution/script/${String(step).padStart(2, "0")}`)
  }

  /** An event of the job, which the run's own stream has as well. */
  event(fields: Fields): void {
    const whole = { scope: "job", job_id: this.#job, ...fields }
    this.#context.records.append(this.path("events.jsonl"), whole)
    this.#context.records.append("events.jsonl", whole)
  }

  phase(phase: "provider_prepare" | "execution" | "cleanup", status: "started" | "success" | "failed"): void {
    this.event({ phase_code: `job.${phase}`, phase_family: phase, type: `phase.${status === "started" ? "started" : "finished"}`, ...(status !== "started" && { status }) })
  }

  /** What Sotto itself does for the job: `provider`, `workspace`, `container`, `cleanup`. */
  system(section: string, fields: Fields): void {
    this.#context.records.append(this.path(`system/${section}/events.jsonl`), { scope: "job", job_id: this.#job, ...fields })
  }

  document(rest: string, kind: string, content: Fields): string {
    return this.#context.records.document(this.path(rest), kind, { job_id: this.#job, ...content })
  }
}
