import { SecretError } from "../../base/errors.ts"
import { isUsableId, type BoxId } from "../../boxes/protocol/keys.ts"

/** What a holder knows of others, in this browser alone. */
export interface Notes {
  people: Readonly<Record<BoxId, PersonNote>>
  /** What was shared from here: the server does not say it. */
  shared: readonly SharedNote[]
}

export interface PersonNote {
  alias?: string
  /** When their safety number was found to be the same on both sides, milliseconds since 1970. */
  comparedAt?: number
}

export interface SharedNote {
  to: BoxId
  secretId: string
  at: number
  isOneTime: boolean
}

export const NO_NOTES: Notes = { people: {}, shared: [] }

export const ALIAS_MAX = 60
const PEOPLE_MAX = 2_000
const SHARED_MAX = 10_000
const FILE_TYPE = "sotto-box-people"

export const aliasOf = ({ people }: Notes, id: BoxId): string | undefined => people[id]?.alias

export const idOfAlias = ({ people }: Notes, alias: string): BoxId | undefined => Object.keys(people).find((id) => people[id]?.alias === alias)

/** @throws SecretError `invalid_argument` for a name that is no name, or somebody else's */
export const withAlias = (notes: Notes, id: BoxId, typed: string): Notes => {
  const alias = typed.trim()
  if (!isAlias(alias)) throw new SecretError("invalid_argument", `a name has 1 to ${ALIAS_MAX} characters`, { help: "Take a shorter one, of letters that can be seen." })
  const holder = idOfAlias(notes, alias)
  if (holder !== undefined && holder !== id) throw new SecretError("already_exists", "somebody else has this name already", { help: "Two people of one name would be mixed up. Take another." })
  return withPerson(notes, id, { alias })
}

/** That two people found the same number, or that one of them takes it back. */
export const withCompared = (notes: Notes, id: BoxId, comparedAt: number | null): Notes => {
  const { alias } = notes.people[id] ?? {}
  const note: PersonNote = { ...(alias !== undefined && { alias }), ...(comparedAt !== null && { comparedAt }) }
  return { ...notes, people: { ...notes.people, [id]: note } }
}

const withPerson = (notes: Notes, id: BoxId, change: PersonNote): Notes => ({ ...notes, people: { ...notes.people, [id]: { ...notes.people[id], ...change } } })

export const withoutPerson = (notes: Notes, id: BoxId): Notes => ({ ...notes, people: Object.fromEntries(Object.entries(notes.people).filter(([each]) => each !== id)) })

export const withShared = (notes: Notes, shared: SharedNote): Notes => ({ ...notes, shared: [...withoutShared(notes, shared).shared, shared] })

export const withoutShared = (notes: Notes, { to, secretId }: Pick<SharedNote, "to" | "secretId">): Notes => ({
  ...notes,
  shared: notes.shared.filter((each) => each.to !== to || each.secretId !== secretId),
})

/** What this browser kept. Whatever is not as it should be is left out: the notes are a help and no proof. */
export const parseNotes = (text: string | undefined): Notes => {
  const { people, shared } = objectOf(text ?? "")
  const rows = Object.entries(Object(people) as Record<string, unknown>).flatMap(([id, note]): [BoxId, PersonNote][] => (isUsableId(id) ? [[id, noteOf(note)]] : []))
  return { people: Object.fromEntries(rows), shared: parseShared(shared) }
}

const noteOf = (note: unknown): PersonNote => {
  const { alias, comparedAt } = Object(note) as Record<string, unknown>
  return { ...(isAlias(alias) && { alias }), ...(Number.isSafeInteger(comparedAt) && { comparedAt: comparedAt as number }) }
}

const sharedOf = (row: unknown): SharedNote[] => {
  const { to, secretId, at, isOneTime } = Object(row) as Record<string, unknown>
  if (typeof to !== "string" || !isUsableId(to) || typeof secretId !== "string" || !Number.isSafeInteger(at)) return []
  return [{ to, secretId, at: at as number, isOneTime: isOneTime === true }]
}

/** Letters that can be seen, on one line and in one direction: a name that looks like another's deceives. */
const isAlias = (text: unknown): text is string =>
  typeof text === "string" && text.trim() === text && text !== "" && text.length <= ALIAS_MAX && text.isWellFormed() && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)

/** Plain JSON. That a safety number was compared is not in it: whoever can change the file could claim it. */
export const exportNotes = ({ people, shared }: Notes, box: BoxId): string => {
  const named = Object.entries(people).flatMap(([id, { alias }]) => (alias === undefined ? [] : [{ id, alias }]))
  return `${JSON.stringify({ type: FILE_TYPE, version: 1, box, people: named, shared }, null, 2)}\n`
}

export interface Import {
  notes: Notes
  added: number
  /** Names that this browser gives to somebody else, or people whom it calls otherwise: they stay as they are here. */
  left: number
}

/** @throws SecretError `invalid_argument` */
export const importNotes = (notes: Notes, text: string): Import => {
  const { type, version, people, shared } = objectOf(text)
  if (type !== FILE_TYPE || version !== 1 || !Array.isArray(people) || people.length > PEOPLE_MAX)
    throw new SecretError("invalid_argument", "the file holds no names of people", { help: "Choose one that this page has saved." })
  let taken: Import = { notes, added: 0, left: 0 }
  for (const each of people as unknown[]) taken = withImported(taken, Object(each) as Record<string, unknown>)
  return { ...taken, notes: withAllShared(taken.notes, parseShared(shared)) }
}

const withImported = (before: Import, { id, alias }: Record<string, unknown>): Import => {
  const { notes, added, left } = before
  if (typeof id !== "string" || !isUsableId(id) || !isAlias(alias)) return { ...before, left: left + 1 }
  if (aliasOf(notes, id) === alias) return before
  const isFree = aliasOf(notes, id) === undefined && idOfAlias(notes, alias) === undefined
  return isFree ? { notes: withPerson(notes, id, { alias }), added: added + 1, left } : { ...before, left: left + 1 }
}

const withAllShared = (notes: Notes, rows: readonly SharedNote[]): Notes => {
  const known = new Set(notes.shared.map(({ to, secretId }) => `${to} ${secretId}`))
  return { ...notes, shared: [...notes.shared, ...rows.filter(({ to, secretId }) => !known.has(`${to} ${secretId}`))] }
}

const parseShared = (shared: unknown): SharedNote[] => (Array.isArray(shared) ? shared.flatMap(sharedOf).slice(0, SHARED_MAX) : [])

const objectOf = (text: string): Record<string, unknown> => {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>
  } catch {
    return {}
  }
}
