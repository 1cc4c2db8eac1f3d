import type { EffectiveJob } from "./effective-jobs.ts"
import type { Faults, Located } from "./faults.ts"
import { isTemplate } from "./root-file.ts"
import type { GraphJob, JobGraph } from "./graph.ts"

interface Compiling {
  file: string
  stages: readonly Located<string>[]
  jobs: readonly EffectiveJob[]
  /** Of all that is declared, also of what is too faulty to be among the jobs. */
  declared: ReadonlySet<string>
}

/** Orders jobs by what they wait for. Faults are added; the graph is of use only where there are none. */
export const compileJobs = ({ file, stages, jobs, declared }: Compiling, faults: Faults): JobGraph => {
  const order = new Map(stages.map(({ value }, at) => [value, at]))
  const stageOf = ({ stage }: EffectiveJob): number => order.get(stage.value) ?? 0
  checkNeeds({ jobs, declared, stageOf }, faults)
  const sorted = jobs.toSorted((a, b) => stageOf(a) - stageOf(b))
  const before = (job: EffectiveJob): string[] => sorted.filter((each) => stageOf(each) < stageOf(job)).map(({ name }) => name)
  return {
    version: "v1",
    file,
    stages: stages.map(({ value }) => value),
    jobs: sorted.map((job) => graphJob(job, job.needs === undefined ? before(job) : [...new Set(job.needs.map(({ value }) => value))])),
  }
}

const graphJob = (job: EffectiveJob, after: string[]): GraphJob => ({
  name: job.name,
  stage: job.stage.value,
  target: "linux",
  ...(job.image !== undefined && { image: job.image.value }),
  after,
  variables: Object.fromEntries([...job.variables].map(([name, { value }]) => [name, value])),
  secrets: [...job.secrets].map(([name, { value }]) => ({ name, ...value })),
  script: job.script.map(({ value }) => value),
})

interface Checking extends Pick<Compiling, "jobs" | "declared"> {
  stageOf: (job: EffectiveJob) => number
}

const checkNeeds = ({ jobs, declared, stageOf }: Checking, faults: Faults): void => {
  const byName = new Map(jobs.map((job) => [job.name, job]))
  for (const job of jobs)
    for (const { value, place } of job.needs ?? []) {
      const needed = byName.get(value)
      if (needed === undefined && (isTemplate(value) || !declared.has(value))) faults.add(place, "name a job of this file")
      else if (needed !== undefined && stageOf(needed) > stageOf(job)) faults.add(place, "name a job of the same stage or of an earlier one")
    }
  const cycle = cycleIn(byName)
  if (cycle !== null) faults.add(cycle.place, `resolve needs cycle by removing one of: ${cycle.names.join(" -> ")}`)
}

const cycleIn = (jobs: ReadonlyMap<string, EffectiveJob>): { names: string[]; place: Located<string>["place"] } | null => {
  const done = new Set<string>()
  const open: string[] = []
  const visit = (name: string): ReturnType<typeof cycleIn> => {
    open.push(name)
    for (const { value, place } of jobs.get(name)?.needs ?? []) {
      const start = open.indexOf(value)
      if (start !== -1) return { names: [...open.slice(start), value], place }
      const found = done.has(value) ? null : visit(value)
      if (found !== null) return found
    }
    done.add(open.pop() as string)
    return null
  }
  for (const name of jobs.keys()) {
    const found = done.has(name) ? null : visit(name)
    if (found !== null) return found
  }
  return null
}

/** The job and all that must come before it. */
export const graphOf = (graph: JobGraph, name: string): JobGraph | null => {
  const byName = new Map(graph.jobs.map((job) => [job.name, job]))
  if (!byName.has(name)) return null
  const wanted = new Set([name])
  for (const each of wanted) for (const before of byName.get(each)?.after ?? []) wanted.add(before) // a set gives what is added while it is walked
  return { ...graph, jobs: graph.jobs.filter((job) => wanted.has(job.name)) }
}
