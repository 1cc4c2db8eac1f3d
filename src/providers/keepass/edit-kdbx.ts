import type { Kdbx, KdbxEntry, KdbxGroup } from "kdbxweb"
import { SecretError } from "../../base/errors.ts"
import { credentialsOf, loadKdbxweb, type KdbxKeys } from "./kdbx.ts"
import { entriesOf, fieldName, newFieldName } from "./kdbx-entries.ts"

/** KDBX 4, ChaCha20, Argon2id with 64 MiB: about a third of a second to open. */
const MEMORY_BYTES = 64 * 1024 * 1024
const PASSES = 4
const LANES = 2

export const createKdbx = async (keys: KdbxKeys, name: string): Promise<Kdbx> => {
  const { Consts, Int64, Kdbx: Database } = await loadKdbxweb()
  const database = Database.create(await credentialsOf(keys), name)
  database.setKdf(Consts.KdfId.Argon2id)
  const { kdfParameters } = database.header
  const { ValueType } = (await loadKdbxweb()).VarDictionary
  kdfParameters?.set("M", ValueType.UInt64, Int64.from(MEMORY_BYTES))
  kdfParameters?.set("I", ValueType.UInt64, Int64.from(PASSES))
  kdfParameters?.set("P", ValueType.UInt32, LANES)
  return database
}

/** Other keys for the same content. */
export const changeKeys = async (database: Kdbx, { password, keyFile }: KdbxKeys): Promise<void> => {
  const { ProtectedValue } = await loadKdbxweb()
  await database.credentials.setPassword(password === null ? null : ProtectedValue.fromString(password))
  await database.credentials.setKeyFile(keyFile)
}

/** Names of entries and of their fields that hold something; never a value. */
export const listFields = (database: Kdbx): { item: string; field: string }[] =>
  entriesOf(database).flatMap(({ path, entry }) => [...entry.fields].filter(([name, value]) => name !== "Title" && lengthOf(value) > 0).map(([field]) => ({ item: path, field })))

const lengthOf = (value: string | { byteLength: number }): number => (typeof value === "string" ? value.length : value.byteLength)

/**
 * Gives an entry a field, and makes the entry and its groups where there are none.
 * @param path whole, from the root
 * @throws SecretError `already_exists` for a field that holds something
 */
export const createField = async (database: Kdbx, path: string, field: string, value: string): Promise<void> => {
  const present = entryAt(database, path)
  const name = present === null ? null : fieldName(present, field)
  if (present !== null && name !== null && lengthOf(present.fields.get(name) ?? "") > 0)
    throw new SecretError("already_exists", "the item has a field of that name", { help: "Use `sotto provider keepass item update`." })
  await setField(present ?? makeEntry(database, path), name ?? newFieldName(field), value)
}

/** @throws SecretError `not_found` for the entry or the field */
export const updateField = async (database: Kdbx, path: string, field: string, value: string): Promise<void> => {
  const entry = entryAt(database, path)
  if (entry === null) throw new SecretError("not_found", "the database has no item of that name", { help: "Use `sotto provider keepass item create`." })
  const name = fieldName(entry, field)
  if (name === null) throw new SecretError("not_found", "the item has no field of that name", { help: "Use `sotto provider keepass item create`." })
  entry.pushHistory() // as every KeePass program does: the old value can be looked up there
  await setField(entry, name, value)
}

const entryAt = (database: Kdbx, path: string): KdbxEntry | null => {
  const [one, ...others] = entriesOf(database).filter((each) => each.path === path)
  if (others.length > 0) throw new SecretError("invalid_argument", "the database has several items of that name")
  return one?.entry ?? null
}

const makeEntry = (database: Kdbx, path: string): KdbxEntry => {
  const names = path.split("/")
  const title = names.pop() ?? ""
  const group = names.reduce<KdbxGroup>((parent, name) => parent.groups.find((each) => each.name === name) ?? database.createGroup(parent, name), database.getDefaultGroup())
  const entry = database.createEntry(group)
  entry.fields.set("Title", title)
  return entry
}

/** What stands in the open in every KeePass program. */
const OPEN_FIELDS = new Set(["Title", "UserName", "URL", "Notes"])

const setField = async (entry: KdbxEntry, name: string, value: string): Promise<void> => {
  const { ProtectedValue } = await loadKdbxweb()
  entry.fields.set(name, OPEN_FIELDS.has(name) ? value : ProtectedValue.fromString(value))
  entry.times.update()
}
