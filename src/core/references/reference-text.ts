import { SecretError } from "../../base/errors.ts"

const MAX_UNITS = 2048
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//
const UNSAFE = /^\s|\s$|\p{Cc}/u

/** The scheme that a reference begins with, exactly in lower case; null for text that is no reference. */
export const schemeOf = (reference: string): string | null => SCHEME.exec(reference)?.[1] ?? null

/** No message repeats the reference: the entries and vaults that it names are worth protecting too. */
export const invalidReference = (what: string, reason = "malformed"): SecretError =>
  new SecretError("SECRETS_REF_INVALID", `the reference ${what}`, { details: { reason } })

/**
 * What follows `scheme://`. Nothing is decoded, trimmed or lower-cased.
 * @throws SecretError `SECRETS_REF_INVALID`
 */
export const bodyOf = (reference: string, scheme: string): string => {
  if (reference.length > MAX_UNITS) throw invalidReference(`is longer than ${MAX_UNITS} characters`)
  if (!reference.isWellFormed() || UNSAFE.test(reference)) throw invalidReference("has white space around it, or control characters in it")
  if (schemeOf(reference) !== scheme) throw invalidReference(`is not one of ${scheme}://`)
  return reference.slice(scheme.length + "://".length)
}

/** The parts between slashes. @throws SecretError `SECRETS_REF_INVALID` for one that is empty, `.` or `..` */
export const segmentsOf = (path: string): string[] => {
  const segments = path.split("/")
  if (segments.some((segment) => segment === "" || segment === "." || segment === ".."))
    throw invalidReference("has an empty part between slashes, or one that is . or ..")
  return segments
}

/** A name between slashes, decoded. @throws SecretError `SECRETS_REF_INVALID` */
export const decodePart = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidReference("has a % that encodes nothing: write %25")
  }
}

export const encodePart = (text: string): string => text.replaceAll(/[%/@#]/g, encodeURIComponent)
