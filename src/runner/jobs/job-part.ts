import { variableFault } from "../../core/references/variable-name.ts"
import type { Faults, Located, Place } from "./faults.ts"
import { JOB_KEYS, meantBy, REFUSED_IN_JOBS, type JobKey } from "./keywords.ts"
import type { Tree } from "./yaml-tree.ts"

export interface JobSecret {
  reference: string
  file: boolean
  required: boolean
}

/** What one mapping says of a job: a job, a template or `default`. What it does not say is absent. */
export interface JobPart {
  place: Place
  stage?: Located<string>
  target?: Located<string>
  script?: readonly Located<string>[]
  extends?: Located<string>
  needs?: readonly Located<string>[]
  image?: Located<string>
  variables: ReadonlyMap<string, Located<string>>
  secrets: ReadonlyMap<string, Located<JobSecret>>
  /** Keys that are there with something that they cannot hold: told already, and not missing. */
  faulty: ReadonlySet<string>
}

/** The kind of thing that a mapping is, as it stands in sentences. */
type PartKind = "job" | "default"

const VARIABLE = /^[A-Z_][A-Z0-9_]{0,127}$/

/** The first letter keeps an image from being an option of the engine's command line. */
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,255}$/

export const readJobPart = (tree: Tree, kind: PartKind, faults: Faults): JobPart => {
  const faulty = new Set<string>()
  const part: JobPart = { place: tree.place, variables: new Map(), secrets: new Map(), faulty }
  if (tree.kind !== "map") {
    faults.add(tree.place, "make it a mapping of keys such as stage, target and script")
    return { ...part, faulty: new Set(JOB_KEYS) }
  }
  for (const [key, value] of tree.entries) {
    const isKnown = (JOB_KEYS as readonly string[]).includes(key)
    const read = isKnown ? readKey(key as JobKey, value, kind, faults) : {}
    Object.assign(part, read)
    if (isKnown && !(key in read)) faulty.add(key)
    if (!isKnown) faults.add(value.place, refusalOf(key))
  }
  return part
}

const refusalOf = (key: string): string => {
  if (Object.hasOwn(REFUSED_IN_JOBS, key)) return REFUSED_IN_JOBS[key] as string
  const meant = meantBy(key, JOB_KEYS)
  return meant === null ? `remove the key; a job has ${JOB_KEYS.join(", ")}` : `write ${meant}`
}

const readKey = (key: JobKey, tree: Tree, kind: PartKind, faults: Faults): Partial<JobPart> => {
  if (kind === "default" && key === "secrets") return refuse(tree, "move secrets to a job; default.secrets is not allowed", faults)
  if (kind === "default" && key === "extends") return refuse(tree, "move extends to a job", faults)
  switch (key) {
    case "variables":
      return { variables: readVariables(tree, faults) }
    case "secrets":
      return { secrets: readSecrets(tree, faults) }
    case "script":
    case "needs":
      return readTexts(key, tree, faults)
    case "image":
      return readImage(tree, faults)
    default:
      return readText(key, tree, faults)
  }
}

const refuse = (tree: Tree, fix: string, faults: Faults): Record<string, never> => {
  faults.add(tree.place, fix)
  return {}
}

const readText = (key: "stage" | "target" | "extends", tree: Tree, faults: Faults): Partial<JobPart> => {
  if (tree.kind !== "text" || tree.text === "") return refuse(tree, `set ${key} to a name`, faults)
  return { [key]: { value: tree.text, place: tree.place } }
}

const readTexts = (key: "script" | "needs", tree: Tree, faults: Faults): Partial<JobPart> => {
  const what = key === "script" ? "commands" : "names of jobs"
  if (tree.kind !== "list" || (key === "script" && tree.items.length === 0)) return refuse(tree, `make ${key} a list of ${what}`, faults)
  const items = tree.items.flatMap((item): Located<string>[] => {
    if (item.kind === "text" && item.text.trim() !== "") return [{ value: item.text, place: item.place }]
    faults.add(item.place, key === "script" ? "write a command, as text" : "write the name of a job")
    return []
  })
  return { [key]: items }
}

const readImage = (tree: Tree, faults: Faults): Partial<JobPart> => {
  const name = tree.kind === "map" ? tree.entries.get("name") : tree
  if (tree.kind === "map")
    for (const [key, value] of tree.entries) {
      if (key === "build") faults.add(value.place, "remove build: Sotto builds no images; name one that is there")
      else if (key !== "name") faults.add(value.place, "remove the key; an image has a name")
    }
  if (name?.kind !== "text" || !IMAGE.test(name.text)) return refuse(name ?? tree, "set image to the name of an image, such as alpine:3.22", faults)
  return { image: { value: name.text, place: name.place } }
}

export const readVariables = (tree: Tree, faults: Faults): Map<string, Located<string>> => {
  const variables = new Map<string, Located<string>>()
  if (tree.kind !== "map") refuse(tree, "make variables a mapping from names to text", faults)
  else
    for (const [name, value] of tree.entries) {
      if (!VARIABLE.test(name)) faults.add(value.place, "name the variable in capitals, digits and _, a digit not first")
      else if (value.kind !== "text") faults.add(value.place, "write the value as text, in quotes")
      else variables.set(name, { value: value.text, place: value.place })
    }
  return variables
}

const readSecrets = (tree: Tree, faults: Faults): Map<string, Located<JobSecret>> => {
  const secrets = new Map<string, Located<JobSecret>>()
  if (tree.kind !== "map") refuse(tree, "make secrets a mapping from variables to mappings with a ref", faults)
  else
    for (const [name, spec] of tree.entries) {
      const fault = VARIABLE.test(name) ? variableFault(name) : "names no variable: capitals, digits and _, a digit not first"
      if (fault !== null) faults.add(spec.place, `rename the secret: it ${fault}`)
      const secret = readSecret(spec, faults)
      if (fault === null && secret !== null) secrets.set(name, { value: secret, place: spec.place })
    }
  return secrets
}

const SPEC_KEYS = ["ref", "file", "required"]

const readSecret = (tree: Tree, faults: Faults): JobSecret | null => {
  if (tree.kind !== "map") {
    faults.add(tree.place, "make the secret a mapping with a ref")
    return null
  }
  for (const [key, value] of tree.entries)
    if (!SPEC_KEYS.includes(key)) faults.add(value.place, "remove the key; a secret has ref, file and required, and never a value or a credential")
  const ref = tree.entries.get("ref")
  const file = readSwitch(tree.entries.get("file"), faults)
  const required = readSwitch(tree.entries.get("required"), faults)
  if (ref?.kind === "text" && ref.text !== "") return { reference: ref.text, file, required }
  faults.add(ref?.place ?? tree.place, "set ref to a reference, such as env://NAME")
  return null
}

const readSwitch = (tree: Tree | undefined, faults: Faults): boolean => {
  if (tree === undefined) return true
  if (tree.kind === "literal" && typeof tree.value === "boolean") return tree.value
  faults.add(tree.place, "write true or false, without quotes")
  return true
}
