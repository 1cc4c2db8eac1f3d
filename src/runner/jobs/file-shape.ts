import type { Faults, Found, Place } from "./job-faults.ts"
import { emptyBody, entriesOf, listOf, readDefault, readJob, readVariables, unknownKey, type JobBody } from "./job-shape.ts"
import { isJobName, isStageName, isTemplate, JOB_KEYS, nearest, refusalOf, ROOT_KEYS } from "./job-words.ts"
import type { JobEntry, JobNode } from "./read-tree.ts"

/** What one file says by itself. */
export interface FileShape {
  at: Place
  stages: readonly Found<string>[]
  includes: readonly Found<string>[]
  variables: ReadonlyMap<string, Found<string>>
  default: JobBody
  /** Jobs, and templates, whose names begin with a dot; as they are declared. */
  jobs: ReadonlyMap<string, JobBody>
}

/** The folder of the job file and its templates. */
export type Home = ".sotto" | ".loom"

export const MAX_JOBS = 1_000
export const MAX_INCLUDES = 32

export const readJobFileShape = (root: JobNode, home: Home, faults: Faults): FileShape => {
  const entries = entriesOf(root, faults, "write version, stages and jobs")
  const valueOf = (wanted: string): JobNode | undefined => entries.find(({ key }) => key === wanted)?.value
  if (root.kind === "map") readVersion(root.at, valueOf("version"), faults)
  const [stages, include, variables, defaults] = [valueOf("stages"), valueOf("include"), valueOf("variables"), valueOf("default")]
  if (stages === undefined && root.kind === "map") faults.add(root.at, "add stages, a list of names")
  return {
    at: root.at,
    stages: stages === undefined ? [] : readStages(stages, faults),
    includes: include === undefined ? [] : readIncludes(include, home, faults),
    variables: variables === undefined ? new Map() : readVariables(variables, faults),
    default: defaults === undefined ? emptyBody(root.at) : readDefault(defaults, faults),
    jobs: readJobs(entries, faults, ROOT_KEYS),
  }
}

/** An included file has templates and jobs, and may repeat the version. */
export const readIncludeShape = (root: JobNode, faults: Faults): ReadonlyMap<string, JobBody> => {
  const entries = entriesOf(root, faults, "write templates, each a mapping")
  for (const { key, at, value } of entries) {
    if (key === "version") readVersion(at, value, faults)
    else if ((ROOT_KEYS as readonly string[]).includes(key)) faults.add(at, `move ${key} to the job file; an included file has templates and jobs only`)
  }
  return readJobs(entries, faults, ROOT_KEYS)
}

const readVersion = (whole: Place, node: JobNode | undefined, faults: Faults): void => {
  if (node === undefined) faults.add(whole, "add version: v1")
  else if (node.kind !== "faulty" && !(node.kind === "text" && node.value === "v1")) faults.add(node.at, "set version to v1")
}

const readStageList = listOf("write stages as a list of names, at least one", (length) => length > 0, (node, faults) => {
  if (node.kind === "text" && isStageName(node.value)) return { at: node.at, value: node.value }
  if (node.kind !== "faulty") faults.add(node.at, "name the stage with a to z, 0 to 9, _ and -, a letter first, at most 32 of them")
  return null
})

const readStages = (node: JobNode, faults: Faults): readonly Found<string>[] => {
  const found = readStageList(node, faults)?.value ?? []
  const seen = new Set<string>()
  for (const { at, value } of found) {
    if (seen.has(value)) faults.add(at, `remove the second stage ${value}`)
    seen.add(value)
  }
  return found
}

const readIncludes = (node: JobNode, home: Home, faults: Faults): readonly Found<string>[] => {
  if (node.kind !== "list" || node.items.length > MAX_INCLUDES) {
    if (node.kind !== "faulty") faults.add(node.at, `write include as a list of local: ${home}/templates/<name>.yml, at most ${MAX_INCLUDES}`)
    return []
  }
  return node.items.flatMap((item) => readInclude(item, home, faults) ?? [])
}

const TEMPLATE = /^templates(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+\.ya?ml$/

const readInclude = (node: JobNode, home: Home, faults: Faults): Found<string> | null => {
  const entries = entriesOf(node, faults, `write each include as local: ${home}/templates/<name>.yml`)
  for (const { key, at } of entries) if (key !== "local") faults.add(at, unknownKey(key, ["local"]))
  const local = entries.find(({ key }) => key === "local")
  if (local === undefined) {
    if (node.kind === "map") faults.add(node.at, "add local, the path of a template file")
    return null
  }
  const { value } = local
  if (value.kind === "text" && isTemplatePath(value.value, home)) return { at: value.at, value: value.value }
  if (value.kind !== "faulty") faults.add(value.at, `set include.local to ${home}/templates/<name>.yml or .yaml`)
  return null
}

const isTemplatePath = (path: string, home: Home): boolean =>
  path.length <= 255 && path.startsWith(`${home}/`) && !path.includes("..") && TEMPLATE.test(path.slice(home.length + 1))

const readJobs = (entries: readonly JobEntry[], faults: Faults, roots: readonly string[]): ReadonlyMap<string, JobBody> => {
  const jobs = new Map<string, JobBody>()
  for (const { key, at, value } of entries) {
    if (roots.includes(key)) continue
    const fault = nameFault(key, value)
    if (fault !== null) faults.add(at, fault)
    else if (jobs.size < MAX_JOBS) jobs.set(key, readJob(value, faults))
    else faults.add(at, `keep to ${MAX_JOBS} jobs and templates`)
  }
  return jobs
}

const nameFault = (key: string, value: JobNode): string | null => {
  if (key === "secrets") return "move secrets to a job"
  if (key === "workflow") return refusalOf(key)
  return (saysSomethingOfAJob(value) ? null : strayFault(key)) ?? shapeFault(key)
}

/** A key that is no job by what it holds. */
const strayFault = (key: string): string | null => {
  if ((JOB_KEYS as readonly string[]).includes(key)) return `move ${key} to a job or to default`
  const meant = isTemplate(key) ? null : nearest(key, ROOT_KEYS)
  return refusalOf(key) ?? (meant === null ? null : `write ${meant} for the unknown key, or make it a job with stage, target and script`)
}

const shapeFault = (key: string): string | null =>
  isJobName(key) ? null : "remove the unknown key, or name the job with a to z, 0 to 9, _ and -, a letter first, at most 64 of them"

const saysSomethingOfAJob = (node: JobNode): boolean => node.kind === "map" && node.entries.some(({ key }) => (JOB_KEYS as readonly string[]).includes(key))
