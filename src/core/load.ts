import { SecretError } from "../base/errors.ts"
import type { DumpRecord } from "./dump.ts"
import { appendEvents } from "./context.ts"
import type { Storage, Transaction } from "./ports/storage.ts"
import type { Principal } from "./principal.ts"
import { boxSpaceTags, isProved, keyVersionTags, secretTags, storeTags, tokenTags, versionTags } from "./row-tags.ts"
import type { StoreKeys } from "./store-keys.ts"

interface Load {
  storage: Storage
  keys: StoreKeys
  /** The records of one backup, as often as asked for. */
  records: () => AsyncIterable<DumpRecord>
  at: number
  principal: Principal
}

export interface LoadCounts {
  secrets: number
  versions: number
  events: number
  /** Tokens that were live in the backup and are revoked now. */
  revokedTokens: number
}

/**
 * Puts a backup into an empty database, in one transaction. Every tag is checked on the way in; tokens arrive revoked.
 * @throws SecretError `already_exists` for a database that holds a store; `decryption_failed` for a row that was changed
 */
export const loadStore = ({ storage, keys, records, at, principal }: Load): Promise<LoadCounts> =>
  storage.write(async (tx) => {
    if ((await tx.one("readStore", {})) !== null) throw notEmpty()
    const counts: LoadCounts = { secrets: 0, versions: 0, events: 0, revokedTokens: 0 }
    let lastSeq = 0
    for await (const found of records()) {
      const record = upToDate(found)
      assertProved(keys, record)
      await insertRecord(tx, keys, record, { at, counts })
      if (record.table === "events") lastSeq = Math.max(lastSeq, record.row.seq)
    }
    await tx.run("raiseEventSeq", { seq: lastSeq })
    await appendEvents(tx, [{ type: "restored", at, principal, metadata: { ...counts } }])
    return counts
  })

/** A backup from before there were policies has no column for them. */
const upToDate = (record: DumpRecord): DumpRecord =>
  record.table === "secrets" ? { ...record, row: { ...record.row, policy: record.row.policy ?? null } } : record

const notEmpty = (): SecretError =>
  new SecretError("already_exists", "this database holds a store already", {
    help: "Restore into an empty one: name another with SOTTO_DATABASE_URL, or move the present one away first.",
  })

const assertProved = (keys: StoreKeys, record: DumpRecord): void => {
  if (!isRecordProved(keys, record))
    throw new SecretError("decryption_failed", `a row of "${record.table}" in the backup fails its authenticity check`)
}

const isRecordProved = (keys: StoreKeys, record: DumpRecord): boolean => {
  switch (record.table) {
    case "store":
      return isProved(storeTags, keys, record.row)
    case "key_versions":
      return isProved(keyVersionTags, keys, record.row)
    case "tokens":
      return isProved(tokenTags, keys, record.row)
    case "box_spaces":
      return isProved(boxSpaceTags, keys, record.row)
    case "secrets":
      return isProved(secretTags, keys, record.row)
    case "versions":
      return isProved(versionTags, keys, record.row)
    default:
      return true // immutable, or its own proof: a root wrap opens or does not
  }
}

const insertRecord = async (
  tx: Transaction,
  keys: StoreKeys,
  record: DumpRecord,
  { at, counts }: { at: number; counts: LoadCounts },
): Promise<void> => {
  switch (record.table) {
    case "store":
      if ((await tx.run("insertStore", record.row)) === 0) throw notEmpty() // made meanwhile by somebody else
      return
    case "root_wraps":
      return void (await tx.run("insertRootWrap", record.row))
    case "key_versions":
      return void (await tx.run("insertKeyVersion", record.row))
    case "workspaces":
      return void (await tx.run("insertWorkspace", record.row))
    case "box_spaces":
      return void (await tx.run("insertBoxSpace", record.row))
    case "box_leftovers":
      return void (await tx.run("insertBoxLeftover", record.row))
    case "secrets":
      counts.secrets++
      return void (await tx.run("insertSecret", record.row))
    case "versions":
      counts.versions++
      return void (await tx.run("insertVersion", record.row))
    case "events":
      counts.events++
      return void (await tx.run("insertEvent", record.row))
    case "tokens": {
      const row = { ...record.row, revokedAt: record.row.revokedAt ?? at }
      if (record.row.revokedAt === null) counts.revokedTokens++
      await tx.run("insertToken", { ...row, tag: tokenTags.seal(keys, row) })
    }
  }
}
