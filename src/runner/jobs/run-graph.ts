import type { GraphJob, JobGraph } from "./graph.ts"

/** How a job ended. `skipped`: what it waits for did not succeed. */
export type JobStatus = "success" | "failed" | "canceled" | "skipped"

export interface Running {
  graph: JobGraph
  /** So many jobs run at one time. */
  limit: number
  /** Never rejects: a job that cannot be run has failed. */
  runJob: (job: GraphJob) => Promise<"success" | "failed" | "canceled">
  onSkipped: (job: GraphJob) => void
  /** No job is started any more; those that run are waited for. */
  signal: AbortSignal
}

/** Starts every job as soon as all that it waits for has succeeded. @returns how each ended */
export const runGraph = async ({ graph, limit, runJob, onSkipped, signal }: Running): Promise<Map<string, JobStatus>> => {
  const ended = new Map<string, JobStatus>()
  const running = new Map<string, Promise<void>>()
  const skip = (job: GraphJob): void => {
    ended.set(job.name, "skipped")
    onSkipped(job)
  }
  const start = (job: GraphJob): void => {
    const end = runJob(job).then((status) => {
      ended.set(job.name, status)
      running.delete(job.name)
    })
    running.set(job.name, end)
  }
  for (;;) {
    const waiting = graph.jobs.filter(({ name }) => !ended.has(name) && !running.has(name))
    for (const job of waiting) {
      const states = job.after.map((name) => ended.get(name))
      if (signal.aborted || states.some((state) => state !== undefined && state !== "success")) skip(job)
      else if (running.size < limit && states.every((state) => state === "success")) start(job)
    }
    const isDecided = waiting.some(({ name }) => ended.has(name)) // and so, perhaps, what waits for it
    if (!isDecided && running.size === 0) return ended
    if (!isDecided) await Promise.race(running.values())
  }
}
