import { SecretError } from "../../base/errors.ts"

const MAX_LENGTH = 2_048

/** Control characters, line separators and halves of characters: none of them belongs into a name that a person wrote. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u

/** A reference that breaks the grammar of its scheme. The message never repeats what was written: it may be a value. */
export const invalidReference = (scheme: string, problem: string): SecretError =>
  new SecretError("SECRETS_REF_INVALID", `a ${scheme}:// reference is malformed: ${problem}`, {
    details: { scheme, reason: "malformed" },
    help: "docs/guide/references.md shows the form of each scheme.",
  })

/**
 * What stands behind `scheme://`, once the rules that all schemes share hold. Nothing is decoded and no case is changed.
 * @throws SecretError `SECRETS_REF_INVALID`
 */
export const restOfReference = (text: string, scheme: string): string => {
  if (!text.startsWith(`${scheme}://`)) throw invalidReference(scheme, "it does not begin with its scheme")
  if (text.length > MAX_LENGTH) throw invalidReference(scheme, `it is longer than ${MAX_LENGTH} characters`)
  if (UNPRINTABLE.test(text)) throw invalidReference(scheme, "it holds a control character")
  if (text !== text.trim()) throw invalidReference(scheme, "white space stands before or behind it")
  return text.slice(scheme.length + 3)
}

/** @throws SecretError `SECRETS_REF_INVALID` for a part that is empty, `.` or `..` */
export const segmentsOf = (path: string, scheme: string, what: string): string[] => {
  const segments = path.split("/")
  if (segments.some((segment) => segment === "" || segment === "." || segment === ".."))
    throw invalidReference(scheme, `a part of its ${what} is empty, . or ..`)
  return segments
}
