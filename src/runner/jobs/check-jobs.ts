import type { FileShape } from "./file-shape.ts"
import { cycleText, sentence, type Faults } from "./job-faults.ts"
import type { FoundSecret } from "./job-shape.ts"
import { isTemplate } from "./job-words.ts"
import type { MergedJob } from "./merge-jobs.ts"

/** A job that can be run. */
export interface WholeJob extends MergedJob {
  stage: NonNullable<MergedJob["stage"]>
  target: NonNullable<MergedJob["target"]>
  script: NonNullable<MergedJob["script"]>
}

/** What only shows once jobs are merged: missing keys, unknown stages and jobs, cycles, names that are variables and secrets. */
export const checkJobs = (shape: FileShape, jobs: readonly MergedJob[], faults: Faults): WholeJob[] => {
  const stages = new Map(shape.stages.map(({ value }, at) => [value, at]))
  const byName = new Map(jobs.map((job) => [job.name, job]))
  if (jobs.length === 0 && faults.count === 0) faults.add(shape.at, "add a job with stage, target and script")
  for (const job of jobs) {
    checkPresence(job, faults)
    checkStage(job, stages, faults)
    checkNeeds(job, byName, stages, faults)
    checkOverlap(job, faults)
  }
  checkCycles(jobs, byName, faults)
  return jobs.filter((job): job is WholeJob => job.stage !== undefined && job.target !== undefined && job.script !== undefined)
}

const MISSING = { stage: "add stage, one of stages", target: "add target: linux", script: "add script, a list of commands" } as const

const checkPresence = (job: MergedJob, faults: Faults): void => {
  if (job.faulty.has("extends")) return
  for (const key of ["stage", "target", "script"] as const) if (job[key] === undefined && !job.faulty.has(key)) faults.add(job.at, MISSING[key])
}

const MAX_LISTED = 20

const checkStage = ({ stage }: MergedJob, stages: ReadonlyMap<string, number>, faults: Faults): void => {
  if (stage === undefined || stages.size === 0 || stages.has(stage.value)) return
  faults.add(stage.at, `set stage to one of ${[...stages.keys()].slice(0, MAX_LISTED).join(", ")}`)
}

const checkNeeds = (job: MergedJob, jobs: ReadonlyMap<string, MergedJob>, stages: ReadonlyMap<string, number>, faults: Faults): void => {
  const stageOf = (each: MergedJob): number => stages.get(each.stage?.value ?? "") ?? -1
  for (const { at, value } of job.needs?.value ?? []) {
    const needed = jobs.get(value)
    if (needed === undefined) faults.add(at, isTemplate(value) ? "name a job: templates are not run" : "name a job of this file or its includes")
    else if (stageOf(needed) > stageOf(job) && stageOf(job) !== -1) faults.add(at, `remove ${value}: it is of a later stage`)
  }
}

/** The place that is in the job itself, where one is. */
const checkOverlap = (job: MergedJob, faults: Faults): void => {
  for (const [name, secret] of job.secrets) {
    const variable = job.variables.get(name)
    if (variable === undefined) continue
    const isOwn = (at: { pointer: string }): boolean => at.pointer.startsWith(`/${job.name}/`)
    faults.add(isOwn(variable.at) && !isOwn(secret.at) ? variable.at : secret.at, `remove ${name} from either variables or secrets`)
  }
}

/** Each cycle once, in the order of the file. */
const checkCycles = (jobs: readonly MergedJob[], byName: ReadonlyMap<string, MergedJob>, faults: Faults): void => {
  const done = new Set<string>()
  const visit = (job: MergedJob, chain: ReadonlySet<string>): void => {
    if (done.has(job.name)) return
    const below = new Set([...chain, job.name])
    for (const { at, value } of job.needs?.value ?? []) {
      const needed = byName.get(value)
      const cycle = below.has(value) ? [...below].slice([...below].indexOf(value)) : null
      if (cycle !== null) faults.add(at, `resolve needs cycle by removing one of ${cycleText([...cycle, value])}`)
      else if (needed !== undefined) visit(needed, below)
    }
    done.add(job.name)
  }
  for (const job of jobs) visit(job, new Set())
}

/** What is allowed and unwise. */
export const warningsOf = (jobs: readonly MergedJob[]): string[] => [...new Set(jobs.flatMap((job) => [...traceWarnings(job), ...containerWarnings(job)]))]

const inEnvironment = ({ secrets }: MergedJob): FoundSecret[] => [...secrets.values()].filter(({ value }) => !value.file)

/** `set -x`, `set -o xtrace`, `sh -x`, and the same among other options. */
const TRACE = /(?<![\w.-])(?:set(?:\s+[-+]\w+){0,4}\s+-(?:o\s+xtrace\b|[a-z]*x)|(?:ba|da|z|k)?sh(?:\s+-\w+){0,4}\s+-[a-z]*x)/

const traceWarnings = (job: MergedJob): string[] => {
  if (inEnvironment(job).length === 0) return []
  const traced = (job.script?.value ?? []).filter(({ value }) => TRACE.test(value))
  return traced.map(({ at }) => sentence(at, "take the trace out, or let secrets be files: a trace prints what is in the environment"))
}

const containerWarnings = (job: MergedJob): string[] =>
  job.image === undefined ? [] : inEnvironment(job).map(({ at }) => sentence(at, "let the secret be a file in a container, whose environment more can read"))
