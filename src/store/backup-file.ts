import { link, open, unlink, type FileHandle } from "node:fs/promises"
import { randomBytes } from "node:crypto"
import { utf8 } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import type { StoreContext } from "../core/context.ts"
import { dumpStore, type DumpRecord } from "../core/dump.ts"
import { loadStore, type LoadCounts } from "../core/load.ts"
import { unwrapStoreKeys } from "../core/open-store-keys.ts"
import type { KeyWrapper } from "../core/ports/key-wrapper.ts"
import type { RootWrapRow, StoreRow } from "../core/ports/rows.ts"
import type { Storage } from "../core/ports/storage.ts"
import type { Principal } from "../core/principal.ts"
import { currentRoot, type StoreKeys } from "../core/store-keys.ts"
import { createMac, equalConstantTime, type Mac } from "../crypto/mac.ts"

/**
 * A backup: lines of JSON, ciphertext as it stands in the database, and at the end a MAC over every byte before it under a
 * key of the store (docs/format.md, "Backups"). It opens with the key ring alone and fits either engine.
 */
interface Header {
  format: "sotto-backup"
  version: 1
  createdAt: number
}

interface Trailer {
  end: true
  records: number
  /** Base64. */
  mac: string
}

export interface BackupCounts {
  records: number
  bytes: number
}

/** Writes a backup of the running store to a new file, 0600. @throws SecretError `already_exists` */
export const writeBackup = async (ctx: StoreContext, path: string): Promise<BackupCounts> => {
  const temporary = `${path}.${randomBytes(6).toString("hex")}`
  const file = await open(temporary, "wx", 0o600)
  try {
    const counts = await writeLines(ctx, file)
    await file.sync()
    await link(temporary, path) // unlike rename, refuses to replace
    return counts
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw new SecretError("already_exists", `${path} exists already`)
    throw error
  } finally {
    await file.close()
    await unlink(temporary)
  }
}

const writeLines = async (ctx: StoreContext, file: FileHandle): Promise<BackupCounts> => {
  const keys = ctx.keys.current
  const mac = createMac(currentRoot(keys).backups)
  const counts: BackupCounts = { records: 0, bytes: 0 }
  const writeLine = async (line: object): Promise<void> => {
    const bytes = utf8(`${jsonLine(line)}\n`)
    mac.update(bytes)
    counts.bytes += bytes.length
    await file.appendFile(bytes)
  }
  const header: Header = { format: "sotto-backup", version: 1, createdAt: Math.floor(ctx.clock()) }
  await writeLine(header)
  await dumpStore(ctx, async (record) => {
    if (record.table === "store" && record.row.generation !== keys.generation)
      throw new SecretError("storage_unavailable", "the store got new keys when the backup began", { help: "Try again." })
    counts.records++
    await writeLine(toLine(record))
  })
  const trailer: Trailer = { end: true, records: counts.records, mac: Buffer.from(mac.digest()).toString("base64") }
  await file.appendFile(`${JSON.stringify(trailer)}\n`)
  return counts
}

/** Node's reader of lines also ends one at U+2028 and U+2029, which JSON lets stand in text. */
const jsonLine = (line: object): string =>
  JSON.stringify(line).replace(/[\u2028\u2029]/g, (character) => (character === "\u2028" ? "\\u2028" : "\\u2029"))

const toLine = ({ table, row }: DumpRecord): object => ({
  table,
  row: Object.fromEntries(
    Object.entries(row).map(([name, value]: [string, unknown]) => [name, value instanceof Uint8Array ? { base64: toBase64(value) } : value]),
  ),
})

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")

const fromLine = (line: { table: string; row: Record<string, unknown> }): DumpRecord => ({
  table: line.table as DumpRecord["table"],
  row: Object.fromEntries(Object.entries(line.row).map(([name, value]) => [name, bytesOr(value)])) as never,
})

const bytesOr = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "base64" in value ? Buffer.from(String(value.base64), "base64") : value

/** Reads a backup from its beginning, as often as asked for. */
async function* readRecords(path: string, onLine?: (line: string, parsed: unknown) => void): AsyncGenerator<DumpRecord> {
  const file = await openBackup(path)
  try {
    for await (const line of file.readLines()) {
      const parsed = parseLine(line)
      onLine?.(line, parsed)
      if (parsed !== null && typeof parsed === "object" && "table" in parsed) yield fromLine(parsed as never)
    }
  } finally {
    await file.close()
  }
}

const openBackup = async (path: string): Promise<FileHandle> => {
  try {
    return await open(path, "r")
  } catch (cause) {
    throw new SecretError("not_found", `the backup ${path} cannot be opened`, { cause })
  }
}

const parseLine = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    throw damaged("a line of it is not JSON")
  }
}

const damaged = (reason: string): SecretError =>
  new SecretError("decryption_failed", `the backup is damaged or was changed: ${reason}`, { help: "Use another copy of the backup." })

interface RestoreOptions {
  storage: Storage
  wrapper: KeyWrapper
  at: number
  principal: Principal
}

/**
 * Checks a whole backup, then puts it into an empty database, all or nothing.
 * @throws SecretError `decryption_failed` for a file that was cut or changed, `key_unavailable`, `already_exists`
 */
export const restoreBackup = async (path: string, { storage, wrapper, at, principal }: RestoreOptions): Promise<LoadCounts> => {
  const keys = await verifyBackup(path, wrapper)
  return loadStore({ storage, keys, records: () => provedRecords(path, keys), at, principal }) // the file may have changed since
}

/** Opens the backup's keys and checks its MAC. @throws SecretError `decryption_failed`, `key_unavailable`, `invalid_keys` */
export const verifyBackup = async (path: string, wrapper: KeyWrapper): Promise<StoreKeys> => {
  const keys = await openBackupKeys(path, wrapper)
  for await (const _record of provedRecords(path, keys)); // to the end, where the check value stands
  return keys
}

/** The records of a backup. What was made of them counts only if the walk ends without an error. */
async function* provedRecords(path: string, keys: StoreKeys): AsyncGenerator<DumpRecord> {
  const mac = createMac(currentRoot(keys).backups)
  const seen = { records: 0, trailer: null as Trailer | null }
  for await (const record of readRecords(path, (line, parsed) => checkLine(mac, seen, line, parsed))) {
    seen.records++
    yield record
  }
  const { trailer } = seen
  if (trailer === null) throw damaged("its end is missing")
  if (trailer.records !== seen.records) throw damaged("records are missing")
  if (!equalConstantTime(mac.digest(), Buffer.from(String(trailer.mac), "base64"))) throw damaged("its check value does not match")
}

const checkLine = (mac: Mac, seen: { trailer: Trailer | null }, line: string, parsed: unknown): void => {
  if (seen.trailer !== null) throw damaged("there is something behind its end")
  if (typeof parsed === "object" && parsed !== null && "end" in parsed) seen.trailer = parsed as Trailer
  else mac.update(utf8(`${line}\n`))
}

const openBackupKeys = async (path: string, wrapper: KeyWrapper): Promise<StoreKeys> => {
  let store: StoreRow | undefined
  const wraps: RootWrapRow[] = []
  let isFirst = true
  for await (const { table, row } of readRecords(path, (_line, parsed) => {
    if (isFirst) assertHeader(parsed)
    isFirst = false
  })) {
    if (table === "store") store = row
    else if (table === "root_wraps") wraps.push(row)
    else break
  }
  const keys = store && (await unwrapUnproved(store, wraps, wrapper))
  if (keys === undefined || keys === "changed") throw damaged("it names no store")
  return keys
}

/** Nothing has proved these rows yet: columns may be missing or of another type. */
const unwrapUnproved = async (store: StoreRow, wraps: readonly RootWrapRow[], wrapper: KeyWrapper): Promise<StoreKeys | "changed"> => {
  try {
    return await unwrapStoreKeys(store, wraps, wrapper)
  } catch (error) {
    if (error instanceof TypeError) throw damaged("its first rows are malformed")
    throw error
  }
}

const assertHeader = (parsed: unknown): void => {
  const { format, version } = (parsed ?? {}) as Partial<Header>
  if (format !== "sotto-backup") throw new SecretError("invalid_argument", "this file is not a backup of Sotto")
  if (version !== 1) throw new SecretError("schema_too_new", "a newer version of Sotto wrote this backup")
}
