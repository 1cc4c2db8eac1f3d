import { constants } from "node:os"
import { isSecretError, SecretError } from "../../base/errors.ts"
import type { StreamFilter } from "../../redact/stream-filter.ts"
import { exitCodeOf, type ChildOrder } from "../child.ts"
import { injectSecrets, type Injection } from "../inject-secrets.ts"
import { runWithPipes } from "../run-with-pipes.ts"
import { removeSecretFolder } from "../secret-folder.ts"
import type { JobResult, StepResult } from "./events.ts"
import type { GraphJob } from "./graph.ts"
import type { JobContext } from "./job-context.ts"
import { JobLog } from "./job-log.ts"
import { containerPlace, hostPlace, makeWorkspace, type JobPlace } from "./job-places.ts"
import { resolveSecrets } from "./prepare-secrets.ts"
import { StepOutput } from "./step-output.ts"
import { copyWorkspace } from "./workspace-copy.ts"

/** Runs one job from its secrets to its clean-up, and records all of it. Never rejects. */
export const runJob = async (job: GraphJob, context: JobContext): Promise<JobResult> => {
  const work = new JobWork(job, context)
  context.onEvent({ type: "job.started", job: job.name, stage: job.stage })
  const result = await work.run()
  const { name, stage, status, durationMs, redactions, errorCode, message, help } = result
  context.onEvent({
    type: "job.finished", job: name, stage, status, durationMs, redactions,
    ...(errorCode !== undefined && { errorCode }), ...(message !== undefined && { message }), ...(help !== undefined && { help }),
  })
  return result
}

type Ending = Pick<JobResult, "status" | "errorCode" | "message" | "help" | "failingSection">

class JobWork {
  readonly #job: GraphJob
  readonly #context: JobContext
  readonly #log: JobLog
  readonly #steps: StepResult[] = []
  #given: string[] = []
  #redactions = 0
  #section = "provider"
  #injection: Injection | null = null
  #place: JobPlace | null = null
  #workspace: string | null = null

  constructor(job: GraphJob, context: JobContext) {
    this.#job = job
    this.#context = context
    this.#log = new JobLog(context, job.name)
  }

  async run(): Promise<JobResult> {
    const startedAt = this.#context.clock()
    const ending = await this.#execute().catch((error: unknown) => this.#failure(error))
    const cleaned = this.#cleanUp()
    const { name, stage } = this.#job
    const result: JobResult = {
      ...(ending.status === "success" && cleaned !== null ? cleaned : ending),
      name, stage, startedAt, durationMs: Math.round(this.#context.clock() - startedAt), steps: this.#steps, redactions: this.#redactions, given: this.#given,
    }
    this.#describe(result)
    return result
  }

  async #execute(): Promise<Ending> {
    this.#log.phase("provider_prepare", "started")
    const resolution = await resolveSecrets(this.#job, this.#context, this.#log)
    this.#section = "workspace"
    this.#workspace = makeWorkspace(this.#context, this.#job)
    const { files, leftOut } = await copyWorkspace(this.#context.root, this.#workspace, this.#context.signal)
    this.#log.system("workspace", { type: "workspace.copied", files, links_left_out: leftOut.toSorted() })
    this.#section = "provider"
    const isContained = this.#job.image !== undefined
    const secrets = isContained ? resolution.secrets.map((secret) => ({ ...secret, file: true })) : resolution.secrets
    this.#injection = injectSecrets(secrets, this.#context.env)
    this.#given = secrets.map(({ name }) => name)
    this.#section = isContained ? "container" : "provider"
    const placed = { job: this.#job, context: this.#context, resolution, injection: this.#injection, workspace: this.#workspace }
    this.#place = isContained ? containerPlace(placed) : hostPlace(placed)
    if (this.#place.start !== null) await this.#startContainer(this.#place.start)
    this.#log.phase("provider_prepare", "success")
    return this.#runSteps(this.#place)
  }

  async #startContainer(order: ChildOrder): Promise<void> {
    const { exitCode, tail } = await this.#spawn(order, { path: this.#log.path("system/container/events.jsonl"), step: 0 })
    if (exitCode !== 0) throw new SecretError("job_failed", "the container could not be started", { details: { exitCode, reason: "container_not_started" }, help: lastLineOf(tail) })
  }

  async #runSteps(place: JobPlace): Promise<Ending> {
    this.#log.phase("execution", "started")
    const { script, name } = this.#job
    for (const [i, command] of script.entries()) {
      if (this.#context.signal.aborted) return { status: "canceled" }
      this.#context.onEvent({ type: "step.started", job: name, step: i + 1, of: script.length })
      const folder = this.#log.stepFolder(i + 1)
      const result = await this.#spawn(place.step(command), { path: `${folder}/events.jsonl`, step: i + 1 })
      this.#steps.push(result)
      this.#context.records.document(`${folder}/summary.json`, "step", { job_id: name, step: i + 1, exit_code: result.exitCode, duration_ms: result.durationMs })
      this.#context.onEvent({ type: "step.finished", job: name, step: i + 1, exitCode: result.exitCode })
      if (this.#context.signal.aborted) return { status: "canceled" }
      if (result.exitCode !== 0) {
        this.#log.phase("execution", "failed")
        return { status: "failed", errorCode: "job_failed", message: `step ${i + 1} ended with ${result.exitCode}`, failingSection: "execution" }
      }
    }
    this.#log.phase("execution", "success")
    return { status: "success" }
  }

  /** One child, its output redacted, logged and shown. Standard output and error are two streams. */
  async #spawn(order: ChildOrder, { path, step }: { path: string; step: number }): Promise<StepResult> {
    const { records, redactor, clock, signal, onEvent } = this.#context
    const begun = clock()
    const { name: job } = this.#job
    const output = new StepOutput({
      records, path, about: { scope: "job", job_id: job, phase_code: "job.execution", phase_family: "execution", step },
      ...(step > 0 && { onLines: (stream, lines) => { for (const text of lines) onEvent({ type: "output", job, step, stream, text }) } }),
    })
    const filters: StreamFilter[] = []
    const openFilter = (): StreamFilter => {
      const filter = redactor.filter()
      filters.push(filter)
      return filter
    }
    const end = await runWithPipes({ order, openFilter, outputs: { stdout: output.writable("stdout"), stderr: output.writable("stderr") }, stdin: "ignore", signal })
    this.#redactions += filters.flatMap((filter) => filter.counts()).reduce((sum, { count }) => sum + count, 0)
    return { exitCode: exitCodeOf(end, constants.signals), durationMs: Math.round(clock() - begun), tail: output.finish() }
  }

  #failure(error: unknown): Ending {
    if (this.#context.signal.aborted) return { status: "canceled", errorCode: "aborted" }
    const known = isSecretError(error) ? error : new SecretError("internal", `the job could not be run: ${codeOf(error)}`)
    this.#log.system(this.#section, { type: "section.failed", status: "failed", error_code: known.code, reason: known.details.reason })
    this.#log.phase("provider_prepare", "failed")
    return { status: "failed", errorCode: known.code, message: known.message, failingSection: this.#section, ...(known.help !== undefined && { help: known.help }) }
  }

  /** The container first: it may still hold the files. */
  #cleanUp(): Ending | null {
    this.#log.phase("cleanup", "started")
    const faults = [
      () => this.#place?.end(),
      () => this.#injection?.remove(),
      () => { if (this.#workspace !== null) removeSecretFolder(this.#workspace) },
    ].flatMap((work) => failureOf(work))
    const [first] = faults
    for (const { code, message } of faults) this.#log.system("cleanup", { type: "section.failed", status: "failed", error_code: code, message })
    this.#log.phase("cleanup", first === undefined ? "success" : "failed")
    return first === undefined ? null : { status: "failed", errorCode: first.code, message: first.message, failingSection: "cleanup", ...(first.help !== undefined && { help: first.help }) }
  }

  #describe(result: JobResult): void {
    const { name, stage, status, steps, errorCode, failingSection } = result
    const failing = status === "failed" && steps.length > 0 ? `${this.#log.stepFolder(steps.length)}/events.jsonl` : null
    const facts = { stage, status, duration_ms: result.durationMs, redactions: result.redactions, ...(errorCode !== undefined && { error_code: errorCode }) }
    this.#log.document("summary.json", "job", { ...facts, steps: steps.map(({ exitCode, durationMs }) => ({ exit_code: exitCode, duration_ms: durationMs })) })
    this.#log.document("manifest.json", "job-manifest", {
      ...facts,
      script_events_paths: steps.map((_, i) => this.#context.records.pathOf(`${this.#log.stepFolder(i + 1)}/events.jsonl`)),
      ...(failingSection !== undefined && { failing_section: failingSection }),
      ...(failing !== null && { failing_step_events_path: this.#context.records.pathOf(failing) }),
      secrets: this.#job.secrets.map((spec) => ({ name: spec.name, given: this.#given.includes(spec.name), injection: spec.file ? "file" : "env" })),
    })
    this.#log.event({ type: "job.finished", ...facts, job_name: name })
  }
}

const lastLineOf = (tail: string): string => tail.trimEnd().split("\n").at(-1) ?? ""

/** A code is a word; a message of the system may hold a path, and one of a library anything. */
const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException | null)?.code ?? "unknown").slice(0, 40)

const failureOf = (work: () => void): SecretError[] => {
  try {
    work()
    return []
  } catch (error) {
    return [isSecretError(error) ? error : new SecretError("internal", `cleaning up failed: ${codeOf(error)}`)]
  }
}
