import { SecretError } from "../../base/errors.ts"
import { parseAssignment } from "./parse-assignment.ts"
import type { SecretSpec } from "./secret-spec.ts"

const MAX_CHARACTERS = 1_048_576

/**
 * A file of references, such as `.sotto/env`: lines of `NAME=reference` or `NAME?=reference`, empty lines, and comments from
 * `#` at the start of a line. No quotes, no `export`, no variables inside.
 * @throws SecretError `invalid_argument` with the number of the line and none of its text: somebody may have pasted a value
 */
export const parseReferenceFile = (text: string, { path, file = false }: { path: string; file?: boolean }): SecretSpec[] => {
  if (text.length > MAX_CHARACTERS) throw new SecretError("invalid_argument", `${path} is too large for a file of references`)
  const lines = new Map<string, number>()
  return text.replace(/^\ufeff/, "").split(/\r?\n/).flatMap((line, index) => {
    const content = line.trim()
    if (content === "" || content.startsWith("#")) return []
    const where = `${path}, line ${index + 1}`
    const spec = parseAssignment(content, { where, file })
    const earlier = lines.get(spec.name)
    if (earlier !== undefined) throw new SecretError("invalid_argument", `${where}: ${spec.name} stands in line ${earlier} already`)
    lines.set(spec.name, index + 1)
    return [spec]
  })
}
