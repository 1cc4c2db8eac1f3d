import { SecretError } from "../../base/errors.ts"
import { schemeOf } from "./reference-text.ts"
import type { SecretSpec } from "./secret-spec.ts"
import { variableFault } from "./variable-name.ts"

/** A variable and what it is to hold, as an option or a line of a file says it. */
export type NamedReference = Pick<SecretSpec, "name" | "reference" | "required">

/**
 * `NAME=reference`, or `NAME?=reference` for one that may be missing. Of the reference only its `scheme://` is looked at.
 * @throws SecretError `invalid_argument`, whose message goes on from the name of the place. Unless a reference follows, not even
 * the name is repeated: a pasted value may end in `=`
 */
export const parseAssignment = (text: string): NamedReference => {
  const equals = text.indexOf("=")
  if (equals === -1) throw new SecretError("invalid_argument", "is not NAME=reference")
  const reference = text.slice(equals + 1).trim()
  if (schemeOf(reference) === null) throw new SecretError("invalid_argument", "gives no reference: what stands behind = has no scheme://")
  const left = text.slice(0, equals).trim()
  const required = !left.endsWith("?")
  const name = required ? left : left.slice(0, -1).trimEnd()
  const fault = variableFault(name)
  if (fault !== null) throw new SecretError("invalid_argument", fault)
  return { name, reference, required }
}
