import { SecretError } from "../../base/errors.ts"
import { schemeOf } from "./parse-reference.ts"
import type { SecretSpec } from "./secret-spec.ts"
import { assertSecretVariable } from "./variable-name.ts"

/**
 * `NAME=reference`, or `NAME?=reference` for one that may be missing. Of the reference only its `scheme://` is looked at.
 * @param where what an error names as the place: an option, or a line of a file
 * @throws SecretError `invalid_argument`; unless a reference follows, not even the name is repeated: the end of a pasted
 * value may be `=`
 */
export const parseAssignment = (text: string, { where, file }: { where: string; file: boolean }): SecretSpec => {
  const equals = text.indexOf("=")
  if (equals === -1) throw new SecretError("invalid_argument", `${where}: this has not the form NAME=reference`)
  const reference = text.slice(equals + 1).trim()
  if (schemeOf(reference) === null) throw noReference(where)
  const left = text.slice(0, equals).trim()
  const required = !left.endsWith("?")
  const name = required ? left : left.slice(0, -1)
  assertSecretVariable(name, where)
  return { name, reference, file, required }
}

const noReference = (where: string): SecretError =>
  new SecretError("invalid_argument", `${where}: what stands behind = is no reference`, {
    help: "Values do not belong here: store them, and name them as scheme://...",
  })
