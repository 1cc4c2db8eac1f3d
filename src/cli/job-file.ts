import { dirname, resolve } from "node:path"
import { SecretError } from "../base/errors.ts"
import { graphOf } from "../runner/jobs/compile-jobs.ts"
import type { GraphJob, JobGraph } from "../runner/jobs/graph.ts"
import { findJobFile, readJobFile, rootOf, type JobFile } from "../runner/jobs/read-job-file.ts"
import { referenceChecker } from "./check-reference.ts"
import type { Call } from "./command.ts"
import { shownPath } from "./shown-path.ts"

export interface FoundJobFile {
  root: string
  /** Absolute. */
  path: string
}

/** The one of --file, else the project's own. @throws SecretError `not_found` */
export const jobFileOf = (named: string | undefined): FoundJobFile => {
  if (named !== undefined) return { root: rootOf(dirname(resolve(named))), path: resolve(named) }
  const found = findJobFile(process.cwd())
  if (found !== null) return found
  throw new SecretError("not_found", "there is no .sotto/jobs.yml here or above", { help: "Write one, or name a file with --file. docs/guide/jobs.md describes it." })
}

/** @throws SecretError `SCHEMA_V1` with every fault */
export const loadJobFile = async ({ root, path }: FoundJobFile, call: Call): Promise<JobFile> => {
  const { files: [main, ...included], ...rest } = await readJobFile(root, path, referenceChecker(call))
  return { ...rest, files: [{ ...main, path: shownPath(main.path) }, ...included] }
}

/** @param name of the job, or undefined for all @throws SecretError `not_found` */
export const chosenGraph = (graph: JobGraph, name: string | undefined): JobGraph => {
  const chosen = name === undefined ? graph : graphOf(graph, name)
  if (chosen === null) throw noSuchJob(graph)
  return chosen
}

/** @throws SecretError `not_found` */
export const chosenJob = (graph: JobGraph, name: string): GraphJob => {
  const job = graph.jobs.find((each) => each.name === name)
  if (job === undefined) throw noSuchJob(graph)
  return job
}

const noSuchJob = ({ file, jobs }: JobGraph): SecretError =>
  new SecretError("not_found", `${file} has no job of that name`, { help: `Its jobs are: ${jobs.map(({ name }) => name).join(", ")}` })
