import { isSecretError, SecretError } from "../../base/errors.ts"
import { parseAssignment, type NamedReference } from "./parse-assignment.ts"

const QUOTED = /^(?:"([^"]*)"|'([^']*)')$/
const MAX_CHARACTERS = 1_048_576

/**
 * A file of references, as `.sotto/env` is: `NAME=reference`, or `NAME?=reference` for one that may be missing; empty lines and
 * lines that begin with # say nothing. No message repeats a line: somebody may have written a value into it.
 * @throws SecretError `invalid_argument` with every faulty line
 */
export const parseReferenceFile = (text: string, path: string): NamedReference[] => {
  if (text.length > MAX_CHARACTERS) throw new SecretError("invalid_argument", `${path} is too large for a file of references`)
  const faults: string[] = []
  const found = new Map<string, NamedReference>()
  for (const [i, line] of text.replace(/^\ufeff/, "").split(/\r?\n/).entries()) {
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
  try {
    const { name, reference, required } = parseAssignment(unquoted(line.replace(/^export[ \t]+/, "")))
    if (found.has(name)) return `names ${name} a second time`
    found.set(name, { name, reference, required })
    return null
  } catch (error) {
    if (isSecretError(error)) return error.message
    throw error
  }
}

const unquoted = (line: string): string => {
  const at = line.indexOf("=") + 1
  const quoted = QUOTED.exec(line.slice(at).trim())
  return quoted === null ? line : line.slice(0, at) + (quoted[1] ?? quoted[2] ?? "")
}
