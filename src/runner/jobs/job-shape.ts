import { variableFault } from "../../core/references/variable-name.ts"
import type { SecretSpec } from "../../core/references/secret-spec.ts"
import type { Faults, Found, Place } from "./job-faults.ts"
import { BUILD_FIX, isVariable, JOB_KEYS, nearest, refusalOf, SPEC_KEYS, type JobKey } from "./job-words.ts"
import type { JobEntry, JobNode } from "./read-tree.ts"

/** What a job, a template or `default` says by itself, before anything is merged. What was faulty is absent, and named. */
export interface JobBody {
  at: Place
  stage?: Found<string>
  target?: Found<string>
  image?: Found<string>
  extends?: Found<string>
  script?: Found<readonly Found<string>[]>
  needs?: Found<readonly Found<string>[]>
  variables: ReadonlyMap<string, Found<string>>
  secrets: ReadonlyMap<string, FoundSecret>
  /** Keys that are there with something that they cannot hold. */
  faulty: ReadonlySet<string>
}

export interface FoundSecret extends Found<SecretSpec> {
  /** Of its reference. */
  refAt: Place
}

export const emptyBody = (at: Place): JobBody => ({ at, variables: new Map(), secrets: new Map(), faulty: new Set() })

export const readJob = (node: JobNode, faults: Faults): JobBody => {
  const body = emptyBody(node.at)
  const entries = entriesOf(node, faults, "write a job as a mapping, with stage, target and script")
  return Object.assign(body, readKeys(entries, faults))
}

/** What every job has where it says nothing else. */
export const readDefault = (node: JobNode, faults: Faults): JobBody => {
  const entries = entriesOf(node, faults, "write default as a mapping of keys of jobs")
  for (const { key, at } of entries) {
    if (key === "secrets") faults.add(at, "move secrets to a job; default.secrets is not allowed")
    if (key === "extends") faults.add(at, "move extends to a job; default.extends is not allowed")
  }
  return Object.assign(emptyBody(node.at), readKeys(entries.filter(({ key }) => key !== "secrets" && key !== "extends"), faults))
}

const readKeys = (entries: readonly JobEntry[], faults: Faults): Partial<JobBody> => {
  const read = new Map<string, unknown>()
  const faulty = new Set<string>()
  for (const { key, at, value } of entries) {
    const reader = READERS[key as JobKey] as ((node: JobNode, faults: Faults) => unknown) | undefined
    if (!Object.hasOwn(READERS, key) || reader === undefined) {
      faults.add(at, unknownKey(key, JOB_KEYS))
      continue
    }
    const found = value.kind === "faulty" ? null : reader(value, faults)
    if (found === null) faulty.add(key)
    else read.set(key, found)
  }
  return { ...Object.fromEntries(read), faulty }
}

/** The key itself is not repeated: it may be anything. */
export const unknownKey = (key: string, known: readonly string[]): string => {
  const refusal = refusalOf(key)
  if (refusal !== null) return refusal
  const meant = nearest(key, known)
  return meant === null ? `remove the unknown key; there are ${known.join(", ")}` : `write ${meant} for the unknown key`
}

/** Of what is no mapping nothing, and a fault. */
export const entriesOf = (node: JobNode, faults: Faults, fix: string): readonly JobEntry[] => {
  if (node.kind === "map") return node.entries
  if (node.kind !== "faulty") faults.add(node.at, fix)
  return []
}

const textOf = (fix: string, isRight: (text: string) => boolean = (text) => text.trim() !== "") => (node: JobNode, faults: Faults): Found<string> | null => {
  if (node.kind === "text" && isRight(node.value)) return { at: node.at, value: node.value }
  if (node.kind !== "faulty") faults.add(node.at, fix)
  return null
}

type ReadText = ReturnType<typeof textOf>

/** null where an item is faulty: half a script is none. */
export const listOf = (fix: string, isRight: (length: number) => boolean, read: ReadText) => (node: JobNode, faults: Faults): Found<Found<string>[]> | null => {
  if (node.kind !== "list" || !isRight(node.items.length)) {
    if (node.kind !== "faulty") faults.add(node.at, fix)
    return null
  }
  const items = node.items.map((item) => read(item, faults))
  const found = items.filter((item) => item !== null)
  return found.length === items.length ? { at: node.at, value: found } : null
}

/** Of a container image, as engines take it: it never begins as an option does. */
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,511}$/
const readImageName = textOf("set image to the name of a container image, such as node:24", (text) => IMAGE.test(text))

const readImage = (node: JobNode, faults: Faults): Found<string> | null => {
  if (node.kind !== "map") return readImageName(node, faults)
  for (const { key, at } of node.entries) if (key !== "name") faults.add(at, key === "build" ? BUILD_FIX : unknownKey(key, ["name"]))
  const name = node.entries.find(({ key }) => key === "name")
  if (name !== undefined) return readImageName(name.value, faults)
  if (!node.entries.some(({ key }) => key === "build")) faults.add(node.at, "set image.name to the name of a container image")
  return null
}

export const readVariables = (node: JobNode, faults: Faults): ReadonlyMap<string, Found<string>> => {
  const found = new Map<string, Found<string>>()
  for (const { key, at, value } of entriesOf(node, faults, "write variables as a mapping of names to text")) {
    const text = readVariable(value, faults)
    if (!isVariable(key)) faults.add(at, VARIABLE_FIX)
    else if (text !== null) found.set(key, { at, value: text.value })
  }
  return found
}

const VARIABLE_FIX = "name the variable with A to Z, 0 to 9 and _, a digit not first"
const readVariable = textOf("write the value of a variable as text, in quotes where YAML reads something else", () => true)

const readSecrets = (node: JobNode, faults: Faults): ReadonlyMap<string, FoundSecret> => {
  const found = new Map<string, FoundSecret>()
  for (const { key, at, value } of entriesOf(node, faults, "write secrets as a mapping of names to mappings with ref")) {
    const spec = readSpec(value, faults)
    if (!isVariable(key)) faults.add(at, VARIABLE_FIX)
    else if (variableFault(key) !== null) faults.add(at, `give the secret another name: ${key} cannot hold one`)
    else if (spec !== null) found.set(key, { at, refAt: spec.ref.at, value: { name: key, reference: spec.ref.value, file: spec.file, required: spec.required } })
  }
  return found
}

const readRef = textOf("set ref to a reference, such as env://NAME", (text) => text !== "")

const readSpec = (node: JobNode, faults: Faults): { ref: Found<string>; file: boolean; required: boolean } | null => {
  const entries = entriesOf(node, faults, "write the secret as a mapping with ref")
  for (const { key, at } of entries) if (!(SPEC_KEYS as readonly string[]).includes(key)) faults.add(at, unknownKey(key, SPEC_KEYS))
  const valueOf = (wanted: string): JobNode | undefined => entries.find(({ key }) => key === wanted)?.value
  const ref = valueOf("ref")
  if (ref === undefined && node.kind === "map") faults.add(node.at, "add ref, which says where the value is")
  const reference = ref === undefined ? null : readRef(ref, faults)
  const [file, required] = [readFlag(valueOf("file"), faults), readFlag(valueOf("required"), faults)]
  return reference === null || file === null || required === null ? null : { ref: reference, file, required }
}

const readFlag = (node: JobNode | undefined, faults: Faults): boolean | null => {
  if (node === undefined) return true
  if (node.kind === "flag") return node.value
  if (node.kind !== "faulty") faults.add(node.at, "write true or false, without quotes")
  return null
}

const READERS: Readonly<Record<JobKey, (node: JobNode, faults: Faults) => unknown>> = {
  stage: textOf("set stage to one of stages"),
  target: textOf("set target to linux", (text) => text === "linux"),
  script: listOf("write script as a list of commands, at least one", (length) => length > 0, textOf("write each entry of script as text that is not empty")),
  extends: textOf("set extends to the name of a template, such as .base"),
  needs: listOf("write needs as a list of names of jobs", () => true, textOf("name a job")),
  image: readImage,
  variables: readVariables,
  secrets: readSecrets,
}
