import { invalidReference, restOfReference, segmentsOf } from "./reference-text.ts"

export interface KeepassReference {
  /** Which database: `local`, or several segments such as `group/project/repo`. */
  alias: string
  /** Groups and title, or the last of them. */
  entry: string[]
  field: string
}

const SCHEME = "keepass"

/**
 * `keepass://alias#entry/path:field`. The alias ends at the first `#`, the entry at the last `:`.
 * @throws SecretError `SECRETS_REF_INVALID`
 */
export const parseKeepassReference = (text: string): KeepassReference => {
  const rest = restOfReference(text, SCHEME)
  const hash = rest.indexOf("#")
  if (hash === -1) throw invalidReference(SCHEME, "the # before the entry is missing")
  const alias = segmentsOf(rest.slice(0, hash), SCHEME, "alias").join("/")
  const place = rest.slice(hash + 1)
  if (place.includes("#")) throw invalidReference(SCHEME, "it holds a second #")
  const colon = place.lastIndexOf(":")
  if (colon === -1) throw invalidReference(SCHEME, "the : before the field is missing")
  const field = place.slice(colon + 1)
  if (field === "") throw invalidReference(SCHEME, "it names no field")
  return { alias, entry: segmentsOf(place.slice(0, colon), SCHEME, "entry"), field }
}

/** The part of variable names that means this alias: `team/app` is `TEAM_APP`. */
export const keyOfAlias = (alias: string): string => alias.replaceAll(/[^A-Za-z0-9]/gu, "_").toUpperCase()

/** What an alias may stand for, longest first: `local/main`, then `local`. The first that is configured counts. */
export const aliasCandidates = (alias: string): string[] => {
  const segments = alias.split("/")
  return segments.map((_, at) => segments.slice(0, segments.length - at).join("/"))
}
