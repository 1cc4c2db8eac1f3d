import { createHash } from "node:crypto"
import type { Kdbx } from "kdbxweb"
import { SecretError } from "../../base/errors.ts"
import { changeKeys, createKdbx } from "./edit-kdbx.ts"
import { unlock, type KdbxKeys } from "./kdbx.ts"
import { readDatabase } from "./keepass-files.ts"
import { assertNoLink, writeDatabase } from "./write-database.ts"

/**
 * Makes a database. @throws SecretError `already_exists` unless it may be written over; `unsafe_file` for a link
 */
export const createVault = async (path: string, keys: KdbxKeys, options: { name: string; isForced: boolean }): Promise<void> => {
  const isThere = assertNoLink(path)
  if (isThere && !options.isForced) throw new SecretError("already_exists", "there is a file of that name", { details: { path }, help: "--force writes over it: everything in it is lost." })
  const database = await createKdbx(keys, options.name)
  writeDatabase(path, new Uint8Array(await database.save()), options.isForced ? null : "absent")
}

/** @throws SecretError `SECRETS_PROVIDER_UNAVAILABLE`, `version_conflict` where somebody else wrote it meanwhile */
export const editVault = async <T>(path: string, keys: KdbxKeys, edit: (database: Kdbx) => Promise<T>): Promise<T> => {
  assertNoLink(path)
  const bytes = await readDatabase(path)
  const database = await unlock(bytes, keys)
  const result = await edit(database)
  writeDatabase(path, new Uint8Array(await database.save()), createHash("sha256").update(bytes).digest("hex"))
  return result
}

export const changeVaultKeys = (path: string, keys: KdbxKeys, next: KdbxKeys): Promise<void> => editVault(path, keys, (database) => changeKeys(database, next))
