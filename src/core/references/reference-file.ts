import { SecretError } from "../../base/errors.ts"
import type { SecretSpec } from "./secret-spec.ts"

const LINE = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)(\?)?[ \t]*=[ \t]*(.*?)[ \t]*$/
const QUOTED = /^(?:"([^"]*)"|'([^']*)')$/

/** A line of a file of references. */
export type NamedReference = Pick<SecretSpec, "name" | "reference" | "required">

/**
 * A file of references, as `.sotto/env` is: `NAME=reference`, or `NAME?=reference` for one that may be missing; empty lines and
 * lines that begin with # say nothing. No message repeats a line: somebody may have written a value into it.
 * @throws SecretError `invalid_argument` with every faulty line
 */
export const parseReferenceFile = (text: string, path: string): NamedReference[] => {
  const faults: string[] = []
  const found = new Map<string, NamedReference>()
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const fault = readLine(line.trim(), found)
    if (fault !== null) faults.push(`line ${i + 1} ${fault}`)
  }
  if (faults.length > 0)
    throw new SecretError("invalid_argument", `${path}: ${faults.join("; ")}`, {
      details: { faults },
      help: "Write NAME=reference, such as API_KEY=sotto://acme/API_KEY, or NAME?=reference for one that may be missing.",
    })
  return [...found.values()]
}

const readLine = (line: string, found: Map<string, NamedReference>): string | null => {
  if (line === "" || line.startsWith("#")) return null
  const [, name, optional, rest = ""] = LINE.exec(line) ?? []
  if (name === undefined) return "is not NAME=reference"
  if (found.has(name)) return `names ${name} a second time`
  const quoted = QUOTED.exec(rest)
  const reference = quoted ? (quoted[1] ?? quoted[2] ?? "") : rest
  if (!reference.includes("://")) return `gives ${name} no reference`
  found.set(name, { name, reference, required: optional === undefined })
  return null
}
