import type { Kdbx, KdbxEntry, KdbxGroup } from "kdbxweb"
import { ambiguous, notFound } from "../answers.ts"

export interface PlacedEntry {
  /** Names of groups below the root, and the title, joined by slashes. */
  path: string
  entry: KdbxEntry
}

/** Every entry but those in the recycle bin. Histories are not looked at. */
export const entriesOf = (database: Kdbx): PlacedEntry[] => {
  const bin = database.meta.recycleBinEnabled === false ? undefined : database.meta.recycleBinUuid
  const below = (group: KdbxGroup, names: readonly string[]): PlacedEntry[] => [
    ...group.entries.map((entry) => ({ path: [...names, textOf(entry, "Title") ?? ""].join("/"), entry })),
    ...group.groups.filter(({ uuid }) => bin === undefined || !uuid.equals(bin)).flatMap((inner) => below(inner, [...names, inner.name ?? ""])),
  ]
  return database.groups.flatMap((root) => below(root, []))
}

export const textOf = (entry: KdbxEntry, field: string): string | undefined => {
  const value = entry.fields.get(field)
  return value === undefined || typeof value === "string" ? value : value.getText()
}

/**
 * By the end of its path, in whole segments; a whole path goes before an end.
 * @throws SecretError `SECRETS_REF_NOT_FOUND`; `SECRETS_REF_INVALID` where several entries are meant
 */
export const findEntry = (database: Kdbx, path: string): KdbxEntry => {
  const all = entriesOf(database)
  const whole = all.filter((each) => each.path === path)
  const [one, ...others] = whole.length > 0 ? whole : all.filter((each) => each.path.endsWith(`/${path}`))
  if (one === undefined) throw notFound("entry_missing", "the KeePass database has no such entry")
  if (others.length > 0) throw ambiguous("the reference means several entries of the KeePass database", "Write more of its path, from the left.")
  return one.entry
}

const STANDARD: Readonly<Record<string, string>> = { password: "Password", username: "UserName", url: "URL", title: "Title", notes: "Notes" }

/** The name under which the entry has the field: as it is written, then one of the five that every entry has, then in other letters. */
export const fieldName = (entry: KdbxEntry, field: string): string | null => {
  if (entry.fields.has(field)) return field
  const standard = STANDARD[field.toLowerCase()]
  if (standard !== undefined && entry.fields.has(standard)) return standard
  const [one, ...others] = [...entry.fields.keys()].filter((name) => name.toLowerCase() === field.toLowerCase())
  if (others.length > 0) throw ambiguous("the reference means several fields of the entry", "Write the field as the entry has it.")
  return one ?? null
}

/** Under which name a new field is kept. */
export const newFieldName = (field: string): string => STANDARD[field.toLowerCase()] ?? field

/** @throws SecretError `SECRETS_REF_NOT_FOUND`, `SECRETS_REF_INVALID` */
export const readField = (entry: KdbxEntry, field: string): Uint8Array => {
  const name = fieldName(entry, field)
  const value = name === null ? undefined : entry.fields.get(name)
  if (value === undefined) throw notFound("field_missing", "the entry has no such field")
  return typeof value === "string" ? new TextEncoder().encode(value) : value.getBinary()
}
