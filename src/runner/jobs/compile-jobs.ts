import { SecretError } from "../../base/errors.ts"
import type { WholeJob } from "./check-jobs.ts"
import type { GraphJob, JobGraph } from "./graph.ts"
import type { JobFile } from "./read-job-file.ts"

/**
 * What there is to run, without a value and without anybody being asked. The same file always gives the same graph.
 * @param only the name of a job: it and what it needs, by name and at any distance
 * @throws SecretError `not_found` for the name of no job
 */
export const compileJobs = ({ file, stages, jobs }: JobFile, only?: string): JobGraph => {
  const kept = only === undefined ? jobs : neededBy(jobs, only)
  const names = new Set(kept.map(({ name }) => name))
  const order = new Map(stages.map((stage, at) => [stage, at]))
  const place = (job: WholeJob): number => order.get(job.stage.value) ?? 0
  const sorted = kept.toSorted((a, b) => place(a) - place(b))
  const earlier = (job: WholeJob): string[] => sorted.filter((other) => place(other) < place(job)).map(({ name }) => name)
  const after = (job: WholeJob): string[] =>
    job.needs === undefined ? earlier(job) : [...new Set(job.needs.value.map(({ value }) => value))].filter((name) => names.has(name))
  return { version: "v1", file, stages, jobs: sorted.map((job) => graphJob(job, after(job))) }
}

const graphJob = (job: WholeJob, after: readonly string[]): GraphJob => ({
  name: job.name,
  stage: job.stage.value,
  target: job.target.value,
  ...(job.image !== undefined && { image: job.image.value }),
  after,
  variables: Object.fromEntries([...job.variables].map(([name, { value }]) => [name, value])),
  secrets: [...job.secrets.values()].map(({ value }) => value),
  script: job.script.value.map(({ value }) => value),
})

const neededBy = (jobs: readonly WholeJob[], only: string): WholeJob[] => {
  const byName = new Map(jobs.map((job) => [job.name, job]))
  if (!byName.has(only)) throw new SecretError("not_found", "the job file has no job of that name", { help: `It has ${[...byName.keys()].slice(0, 20).join(", ")}.` })
  const wanted = new Set([only])
  for (const name of wanted) for (const { value } of byName.get(name)?.needs?.value ?? []) wanted.add(value)
  return jobs.filter(({ name }) => wanted.has(name))
}
