import { bodyOf, invalidReference, segmentsOf } from "./reference-text.ts"

/** `keepass://alias#entry/path:field`. */
export interface KeepassReference {
  /** May have slashes in it. */
  alias: string
  entry: string[]
  field: string
}

/** @throws SecretError `SECRETS_REF_INVALID` */
export const parseKeepassReference = (reference: string): KeepassReference => {
  const body = bodyOf(reference, "keepass")
  const hash = body.indexOf("#")
  const colon = body.lastIndexOf(":")
  const [alias, entry, field] = [body.slice(0, Math.max(hash, 0)), body.slice(hash + 1, Math.max(colon, 0)), body.slice(colon + 1)]
  if (hash < 1 || colon < hash + 2 || field === "" || /[#/]/.test(field) || entry.includes("#"))
    throw invalidReference("is not of the form keepass://alias#entry/path:field")
  return { alias: segmentsOf(alias).join("/"), entry: segmentsOf(entry), field }
}

/** The part of a variable's name that stands for an alias: `team/app` is `TEAM_APP`. */
export const keyOfAlias = (alias: string): string => alias.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")

/** The alias, then what is left of it without its last segment, and so on: the longest that is configured is meant. */
export const aliasCandidates = (alias: string): string[] => {
  const segments = alias.split("/")
  return segments.map((_, i) => segments.slice(0, segments.length - i).join("/"))
}
