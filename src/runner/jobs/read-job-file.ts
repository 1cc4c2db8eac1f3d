import { realpathSync } from "node:fs"
import { dirname, join, relative, sep } from "node:path"
import { SecretError } from "../../base/errors.ts"
import type { ReadFile } from "../trust.ts"
import { checkReferences, warnOfValues, type CheckReference } from "./check-secrets.ts"
import { compileJobs } from "./compile-jobs.ts"
import { effectiveJobs } from "./effective-jobs.ts"
import { Faults, type Located } from "./faults.ts"
import type { JobGraph } from "./graph.ts"
import { readBytes } from "./job-file-bytes.ts"
import type { JobPart } from "./job-part.ts"
import { readRootFile, type RootFile } from "./root-file.ts"
import { parseTree } from "./yaml-tree.ts"

export interface JobFile {
  graph: JobGraph
  /** Every file that was read, as it was read: the job file first, then what it includes. */
  files: [ReadFile, ...ReadFile[]]
  /** Sentences with their places. */
  warnings: readonly string[]
}

const MAX_INCLUDES = 100

/**
 * Reads a job file with what it includes, checks all of it, and compiles it. No provider is contacted, and each file is read once:
 * what is judged is what runs.
 * @param root the folder of the repository; what is included lies below it
 * @param path of the job file, below the root or elsewhere
 * @throws SecretError `SCHEMA_V1` with every fault; `invalid_argument` for a job file that cannot be read
 */
export const readJobFile = async (root: string, path: string, checkReference: CheckReference): Promise<JobFile> => {
  const faults = new Faults()
  const shown = relative(root, path).split(sep).join("/")
  const main = { path, bytes: readBytes(path) }
  const file = await readTree(main, shown, "job file", faults)
  const included = await readIncludes(root, templatesOf(shown), file, faults)
  const parts = gather([file, ...included.map(({ file: each }) => each)], faults)
  const jobs = effectiveJobs(file, parts, faults)
  const graph = compileJobs({ file: shown, stages: file.stages, jobs, declared: new Set(parts.keys()) }, faults)
  await checkReferences(parts.values(), checkReference, faults)
  warnOfValues(jobs, faults)
  faults.assertNone()
  return { graph, files: [main, ...included.map(({ read }) => read)], warnings: faults.warnings }
}

/** For a file of the original, its own folder serves. */
const templatesOf = (shown: string): string => (shown.startsWith(".loom/") ? ".loom/templates" : ".sotto/templates")

const readTree = async ({ bytes }: ReadFile, shown: string, kind: "job file" | "included", faults: Faults): Promise<RootFile> => {
  const tree = await parseTree(textOf(bytes, shown), shown, faults)
  return readRootFile(tree ?? { kind: "map", entries: new Map(), place: { file: shown, line: 1, path: [] } }, tree === null ? "included" : kind, faults)
}

const textOf = (bytes: Uint8Array, shown: string): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    throw new SecretError("invalid_argument", `${shown} is no text in UTF-8`)
  }
}

const gather = (files: readonly RootFile[], faults: Faults): Map<string, JobPart> => {
  const jobs = new Map<string, JobPart>()
  for (const file of files)
    for (const [name, part] of file.jobs) {
      if (jobs.has(name)) faults.add(part.place, "give it another name; a file that was read before has this one")
      else jobs.set(name, part)
    }
  return jobs
}

interface Included {
  read: ReadFile
  file: RootFile
}

const readIncludes = async (root: string, folder: string, { includes }: RootFile, faults: Faults): Promise<Included[]> => {
  const included: Included[] = []
  const seen = new Set<string>()
  for (const include of includes.slice(0, MAX_INCLUDES)) {
    const read = seen.has(include.value) ? refuse(include, "remove the include; it is listed before", faults) : readInclude(root, folder, include, faults)
    seen.add(include.value)
    if (read !== null) included.push({ read, file: await readTree(read, include.value, "included", faults) })
  }
  const [, ...beyond] = includes.slice(MAX_INCLUDES - 1)
  if (beyond[0] !== undefined) refuse(beyond[0], `keep to ${MAX_INCLUDES} includes`, faults)
  return included
}

const refuse = ({ place }: Located<string>, fix: string, faults: Faults): null => {
  faults.add(place, fix)
  return null
}

const readInclude = (root: string, folder: string, include: Located<string>, faults: Faults): ReadFile | null => {
  const { value } = include
  const isLocal = value.startsWith(`${folder}/`) && /\.ya?ml$/.test(value) && !/[\0\\]/.test(value) && value.split("/").every((part) => part !== ".." && part !== "." && part !== "")
  if (!isLocal) return refuse(include, `set include.local to ${folder}/<name>.yml or .yaml`, faults)
  const path = join(root, value)
  try {
    const real = realpathSync(path)
    if (!real.startsWith(realpathSync(root) + sep)) return refuse(include, "include a file of this repository, not a link out of it", faults)
    return { path, bytes: readBytes(path) }
  } catch {
    return refuse(include, "include a file that is there and can be read", faults)
  }
}

const DEFAULTS = [".sotto/jobs.yml", ".loom/workflow.yml"]

/** The job file of the folder or of the first above it that has one. */
export const findJobFile = (folder: string): { root: string; path: string } | null => {
  const found = DEFAULTS.map((name) => join(folder, name)).find((path) => isThere(path))
  if (found !== undefined) return { root: folder, path: found }
  return folder === dirname(folder) ? null : findJobFile(dirname(folder))
}

const ROOT_SIGNS = [".git", ".sotto", ".loom"]

/** The repository that a file lies in: the nearest folder with a sign of one, else the file's own. */
export const rootOf = (folder: string): string => {
  let at = folder
  while (!ROOT_SIGNS.some((sign) => isThere(join(at, sign)))) {
    if (at === dirname(at)) return folder
    at = dirname(at)
  }
  return at
}

const isThere = (path: string): boolean => {
  try {
    realpathSync(path)
    return true
  } catch {
    return false
  }
}
