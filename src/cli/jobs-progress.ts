import type { JobEvent } from "../runner/jobs/events.ts"
import type { JobGraph } from "../runner/jobs/graph.ts"
import type { RedactionCount } from "../redact/tally.ts"
import type { Call } from "./command.ts"
import type { Screen } from "./screen.ts"
import { count, table } from "./table.ts"
import { visible } from "./visible.ts"

export interface RunWatch {
  onEvent: (event: JobEvent) => void
  /** Leaves the terminal as it was. */
  end: () => void
}

/** What a person sees of a run while it goes on; with --json every event is a line for programs. */
export const watchRun = ({ screen, options }: Call, graph: JobGraph): RunWatch => {
  const isStreaming = options.flag("stream")
  if (screen.isJson) return { onEvent: (event) => { if (event.type !== "output" || isStreaming) screen.write(`${JSON.stringify(event)}\n`) }, end: () => undefined }
  const watch = new Watch(screen, graph, isStreaming)
  return { onEvent: (event) => watch.onEvent(event), end: () => watch.end() }
}

type Finished = Extract<JobEvent, { type: "job.finished" }>

const REDRAWN_MS = 500
const TAIL_LINES = 20

class Watch {
  readonly #screen: Screen
  readonly #graph: JobGraph
  readonly #isStreaming: boolean
  readonly #running = new Map<string, { since: number; step: string }>()
  readonly #tails = new Map<string, string[]>()
  readonly #finished: Finished[] = []
  readonly #isDrawing: boolean
  readonly #timer: NodeJS.Timeout | null
  #isDrawn = false

  constructor(screen: Screen, graph: JobGraph, isStreaming: boolean) {
    this.#screen = screen
    this.#graph = graph
    this.#isStreaming = isStreaming
    this.#isDrawing = screen.isTerminal.stderr
    this.#timer = this.#isDrawing ? setInterval(() => this.#draw(), REDRAWN_MS).unref() : null
  }

  onEvent(event: JobEvent): void {
    switch (event.type) {
      case "job.started":
        this.#running.set(event.job, { since: Date.now(), step: "" })
        if (!this.#isDrawing) this.#say(`${event.job} (${event.stage}) started`)
        break
      case "secret.skipped":
        this.#say(`${event.job}: ${event.name} has no value (${event.reason}); the job runs without it`)
        break
      case "step.started":
        Object.assign(this.#running.get(event.job) ?? {}, { step: `step ${event.step} of ${event.of}` })
        break
      case "output":
        this.#onOutput(event.job, event.text)
        break
      case "job.finished":
        this.#onFinished(event)
        break
      case "run.finished":
        this.#summarize(event.counts)
        break
      case "run.started":
      case "step.finished":
    }
    this.#draw()
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#erase()
  }

  #onOutput(job: string, text: string): void {
    const line = visible(text)
    if (this.#isStreaming) {
      this.#erase()
      this.#screen.write(`${job} | ${line}\n`)
    } else this.#tails.set(job, [...(this.#tails.get(job) ?? []), line].slice(-TAIL_LINES))
  }

  #onFinished(event: Finished): void {
    this.#running.delete(event.job)
    this.#finished.push(event)
    const code = event.errorCode === undefined || event.errorCode === "job_failed" ? "" : ` (${event.errorCode})`
    this.#say(`${event.job} (${event.stage}) ${event.status}${event.status === "skipped" ? "" : ` after ${seconds(event.durationMs)}`}${code}`)
    if (event.status !== "failed") return
    for (const line of this.#tails.get(event.job) ?? []) this.#say(`  | ${line}`)
    if (event.message !== undefined) this.#say(`  ${visible(event.message)}`)
    if (event.help !== undefined && event.help !== "") this.#say(`  ${visible(event.help)}`)
  }

  #summarize(counts: readonly RedactionCount[]): void {
    const order = this.#graph.jobs.map(({ name }) => name)
    const rows = this.#finished.toSorted((a, b) => order.indexOf(a.job) - order.indexOf(b.job))
    this.#say(`\n${table(["JOB", "STAGE", "STATUS", "TIME", "MASKED"], rows.map((row) => [row.job, row.stage, row.status, row.status === "skipped" ? "-" : seconds(row.durationMs), String(row.redactions)]))}`)
    const byName = Map.groupBy(counts, ({ name }) => name)
    for (const [name, all] of byName) this.#say(`${name} was masked ${count(all.reduce((sum, each) => sum + each.count, 0), "time")}: ${all.map((each) => `${each.variant} ${each.count}`).join(", ")}`)
  }

  #say(text: string): void {
    this.#erase()
    this.#screen.note(text)
  }

  #draw(): void {
    if (!this.#isDrawing || this.#running.size === 0) return
    const now = Date.now()
    const running = [...this.#running].map(([job, { since, step }]) => `${job}${step === "" ? "" : `, ${step}`}, ${Math.floor((now - since) / 1000)} s`).join("; ")
    const line = `[${this.#finished.length} of ${this.#graph.jobs.length}] ${running}`
    this.#screen.noteRaw(`\r\u001b[2K${line.slice(0, (process.stderr.columns || 80) - 1)}`)
    this.#isDrawn = true
  }

  #erase(): void {
    if (this.#isDrawn) this.#screen.noteRaw("\r\u001b[2K")
    this.#isDrawn = false
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
