import { existsSync } from "node:fs"
import { basename, dirname, join, relative, resolve, sep } from "node:path"
import { fromUtf8 } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import type { SecretSpec } from "../../core/references/secret-spec.ts"
import type { ReadFile } from "../trust.ts"
import { checkJobs, warningsOf, type WholeJob } from "./check-jobs.ts"
import { MAX_JOBS, readIncludeShape, readJobFileShape, type FileShape, type Home } from "./file-shape.ts"
import { assertFaultless, createFaults, type Faults, type Found, type Place } from "./job-faults.ts"
import type { JobBody } from "./job-shape.ts"
import { mergeJobs } from "./merge-jobs.ts"
import { MAX_FILE_BYTES, openJobText } from "./open-job-text.ts"
import { readTree, type JobNode } from "./read-tree.ts"

/** A job file that follows the grammar, with everything that it includes. */
export interface JobFile {
  /** From the folder it is run in, with `/`. */
  file: string
  /** Everything that was read, the job file first: what is judged is what is used. */
  files: readonly [ReadFile, ...ReadFile[]]
  stages: readonly string[]
  /** Merged, as they are declared. */
  jobs: readonly WholeJob[]
  /** Each `<json-pointer>: <advice> (file:line)`. */
  warnings: readonly string[]
}

/** Names, by their place in the list, the fix of each reference that is malformed. Nobody is contacted. */
export type ReferenceFixes = (specs: readonly SecretSpec[]) => Promise<ReadonlyMap<number, string>>

export interface JobFileQuestion {
  /** The folder that it is run in: includes are found from here, and lie below it. */
  root: string
  /** Else `.sotto/jobs.yml`, or `.loom/workflow.yml` where only that exists. */
  file?: string
  referenceFixes: ReferenceFixes
}

export const JOB_FILES = [join(".sotto", "jobs.yml"), join(".loom", "workflow.yml")] as const

/** The job file of a folder, from there; null where there is none. */
export const defaultJobFile = (root: string): string | null => JOB_FILES.find((path) => existsSync(join(root, path))) ?? null

/** @throws SecretError `SCHEMA_V1` with every fault, `not_found`, `invalid_argument` */
export const readJobFile = async ({ root, file, referenceFixes }: JobFileQuestion): Promise<JobFile> => {
  const path = file ?? join(root, defaultJobFile(root) ?? JOB_FILES[0])
  const faults = createFaults()
  const first = readFirst(path, file === undefined ? root : null)
  const name = relative(resolve(root), resolve(path)).split(sep).join("/")
  const home: Home = basename(dirname(resolve(path))) === ".loom" ? ".loom" : ".sotto"
  const tree = await treeOf(first, name, faults)
  const own = tree === null ? null : readJobFileShape(tree, home, faults)
  const { files, shape } = own === null ? { files: [], shape: null } : await withIncludes(own, root, faults)
  if (shape !== null) await checkReferences(shape, referenceFixes, faults)
  const jobs = shape === null ? [] : checkJobs(shape, mergeJobs(shape, faults), faults)
  assertFaultless(faults, name)
  return { file: name, files: [first, ...files], stages: shape?.stages.map(({ value }) => value) ?? [], jobs, warnings: warningsOf(jobs) }
}

const readFirst = (path: string, inside: string | null): ReadFile => {
  const file = openJobText(path, inside)
  if (typeof file !== "string") return file
  const isMissing = !existsSync(path)
  throw new SecretError(isMissing ? "not_found" : "invalid_argument", isMissing ? `there is no job file ${path}` : `${path} cannot be the job file: ${file}`, {
    details: { path },
    help: isMissing ? `Write one, or name it with --file: ${JOB_FILES.join(" and ")} are looked for.` : "Name another file with --file.",
  })
}

const treeOf = async ({ bytes }: ReadFile, file: string, faults: Faults): Promise<JobNode | null> => {
  try {
    return await readTree(fromUtf8(bytes), file, faults)
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error
    faults.add({ pointer: "/", file, line: 1 }, "save the file as UTF-8")
    return null
  }
}

const MAX_TOTAL_BYTES = 2 * MAX_FILE_BYTES

const withIncludes = async (own: FileShape, root: string, faults: Faults): Promise<{ files: ReadFile[]; shape: FileShape }> => {
  const files: ReadFile[] = []
  const jobs = new Map(own.jobs)
  const seen = new Set<string>()
  let bytes = 0
  for (const { at, value } of own.includes) {
    if (seen.has(value)) faults.add(at, "remove the second include of the same file")
    const file = seen.has(value) ? null : readInclude({ at, value }, root, faults)
    seen.add(value)
    if (file === null) continue
    bytes += file.bytes.length
    files.push(file)
    if (bytes > MAX_TOTAL_BYTES) {
      faults.add(at, "include less: the job file and its includes may be 2 MiB together")
      break
    }
    const tree = await treeOf(file, value, faults)
    for (const [name, body] of tree === null ? [] : readIncludeShape(tree, faults)) addJob(jobs, name, body, faults)
  }
  return { files, shape: { ...own, jobs } }
}

const readInclude = ({ at, value }: Found<string>, root: string, faults: Faults): ReadFile | null => {
  const file = openJobText(join(root, value), root)
  if (typeof file !== "string") return file
  faults.add(at, file)
  return null
}

const addJob = (jobs: Map<string, JobBody>, name: string, body: JobBody, faults: Faults): void => {
  if (jobs.has(name)) faults.add(body.at, `give ${name} another name; the job file or another include has it already`)
  else if (jobs.size >= MAX_JOBS) faults.add(body.at, `keep to ${MAX_JOBS} jobs and templates`)
  else jobs.set(name, body)
}

/** Each where it is written, once, however many jobs take it over. */
const checkReferences = async ({ jobs }: FileShape, fixes: ReferenceFixes, faults: Faults): Promise<void> => {
  const written: { spec: SecretSpec; at: Place }[] = [...jobs.values()].flatMap(({ secrets }) => [...secrets.values()].map(({ value, refAt }) => ({ spec: value, at: refAt })))
  if (written.length === 0) return
  const found = await fixes(written.map(({ spec }) => spec))
  for (const [i, { at }] of written.entries()) {
    const fix = found.get(i)
    if (fix !== undefined) faults.add(at, fix)
  }
}
