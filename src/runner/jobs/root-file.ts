import type { Faults, Located, Place } from "./faults.ts"
import { readJobPart, readVariables, type JobPart } from "./job-part.ts"
import { meantBy, REFUSED_AT_ROOT, ROOT_KEYS } from "./keywords.ts"
import type { Tree } from "./yaml-tree.ts"

/** One file as it is written: a job file, or one that it includes. */
export interface RootFile {
  place: Place
  stages: readonly Located<string>[]
  includes: readonly Located<string>[]
  variables: ReadonlyMap<string, Located<string>>
  default: JobPart | null
  /** Jobs and templates by name, in the order of the file. */
  jobs: ReadonlyMap<string, JobPart>
}

type FileKind = "job file" | "included"

const STAGE = /^[a-z][a-z0-9_-]{0,31}$/
const JOB = /^\.?[a-z][a-z0-9_-]{0,63}$/
const MAX_JOBS = 1_000

export const isTemplate = (name: string): boolean => name.startsWith(".")

export const readRootFile = (tree: Tree, kind: FileKind, faults: Faults): RootFile => {
  const reader = new RootReader(faults)
  if (tree.kind === "map") reader.read(tree.entries, tree.place, kind)
  else faults.add(tree.place, "make the file a mapping with version, stages and jobs")
  return reader.file(tree.place)
}

class RootReader {
  readonly #faults: Faults
  #stages: Located<string>[] = []
  #includes: Located<string>[] = []
  #variables: ReadonlyMap<string, Located<string>> = new Map()
  #default: JobPart | null = null
  readonly #jobs = new Map<string, JobPart>()

  constructor(faults: Faults) {
    this.#faults = faults
  }

  file(place: Place): RootFile {
    return { place, stages: this.#stages, includes: this.#includes, variables: this.#variables, default: this.#default, jobs: this.#jobs }
  }

  read(entries: ReadonlyMap<string, Tree>, place: Place, kind: FileKind): void {
    for (const [key, value] of entries) {
      const isRootKey = (ROOT_KEYS as readonly string[]).includes(key)
      if (isRootKey && kind === "included" && key !== "version") this.#faults.add(value.place, "move the key to the job file; a file that is included has templates and jobs")
      else if (isRootKey) this.#readKey(key as (typeof ROOT_KEYS)[number], value)
      else this.#readJob(key, value)
    }
    if (kind === "included") return
    for (const key of ["version", "stages"]) if (!entries.has(key)) this.#faults.add({ ...place, path: [key] }, key === "version" ? "set version to v1" : "list the stages")
    if (![...this.#jobs.keys()].some((name) => !isTemplate(name)) && this.#includes.length === 0) this.#faults.add(place, "write at least one job")
  }

  #readKey(key: (typeof ROOT_KEYS)[number], tree: Tree): void {
    switch (key) {
      case "version":
        if (tree.kind !== "text" || tree.text !== "v1") this.#faults.add(tree.place, "set version to v1")
        return
      case "stages":
        this.#stages = this.#readStages(tree)
        return
      case "include":
        this.#includes = this.#readIncludes(tree)
        return
      case "variables":
        this.#variables = readVariables(tree, this.#faults)
        return
      case "default":
        this.#default = readJobPart(tree, "default", this.#faults)
    }
  }

  #readStages(tree: Tree): Located<string>[] {
    const stages: Located<string>[] = []
    if (tree.kind !== "list" || tree.items.length === 0) this.#faults.add(tree.place, "make stages a list of names")
    else
      for (const item of tree.items) {
        if (item.kind !== "text" || !STAGE.test(item.text)) this.#faults.add(item.place, "name the stage with small letters, digits, - and _, a letter first, at most 32")
        else if (stages.some(({ value }) => value === item.text)) this.#faults.add(item.place, "remove the stage; it is listed before")
        else stages.push({ value: item.text, place: item.place })
      }
    return stages
  }

  #readIncludes(tree: Tree): Located<string>[] {
    if (tree.kind !== "list") {
      this.#faults.add(tree.place, "make include a list of mappings with local")
      return []
    }
    return tree.items.flatMap((item): Located<string>[] => {
      const local = item.kind === "map" && item.entries.size === 1 ? item.entries.get("local") : undefined
      if (local?.kind === "text") return [{ value: local.text, place: local.place }]
      this.#faults.add(item.place, "make it a mapping with the one key local")
      return []
    })
  }

  #readJob(name: string, tree: Tree): void {
    const fix = this.#jobFault(name)
    if (fix !== null) this.#faults.add(tree.place, fix)
    else this.#jobs.set(name, readJobPart(tree, "job", this.#faults))
  }

  #jobFault(name: string): string | null {
    if (Object.hasOwn(REFUSED_AT_ROOT, name)) return REFUSED_AT_ROOT[name] as string
    if (this.#jobs.size >= MAX_JOBS) return `keep to ${MAX_JOBS} jobs`
    if (JOB.test(name)) {
      const meant = name.startsWith(".") ? null : meantBy(name, ROOT_KEYS)
      return meant === null ? null : `write ${meant}, or give the job another name`
    }
    return "name the job with small letters, digits, - and _, a letter first, at most 64; a template begins with a dot"
  }
}
