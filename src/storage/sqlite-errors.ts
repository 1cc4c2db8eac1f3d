import { isSecretError, type SecretErrorCode } from "../base/errors.ts"
import { storageError } from "./storage-errors.ts"

interface Meaning {
  pattern: RegExp
  code: SecretErrorCode
  message: string
  help?: string
}

const MEANINGS: readonly Meaning[] = [
  {
    pattern: /^SQLITE_(BUSY|LOCKED)/,
    code: "storage_unavailable",
    message: "The database is busy: another process holds it.",
    help: "Try again, or find the process that keeps a transaction open.",
  },
  {
    pattern: /^SQLITE_(FULL|IOERR_WRITE|IOERR_FSYNC|IOERR_TRUNCATE|IOERR_SHMSIZE)/,
    code: "storage_unavailable",
    message: "The database cannot grow: the disk is full or failing.",
    help: "Make room where the database lies.",
  },
  {
    pattern: /^SQLITE_(CORRUPT|NOTADB)/,
    code: "storage_unavailable",
    message: "The file is damaged, or it is no database.",
    help: "Restore the last backup.",
  },
  {
    pattern: /^SQLITE_(CANTOPEN|PERM|READONLY|AUTH)/,
    code: "storage_unavailable",
    message: "The database file cannot be opened for writing.",
    help: "Check that the folder exists and that this user owns it.",
  },
  {
    pattern: /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY|ROWID)/,
    code: "already_exists",
    message: "A row of that key already exists.",
  },
  {
    pattern: /^SQLITE_(CONSTRAINT|MISMATCH|ERROR|RANGE|TOOBIG|MISUSE)/,
    code: "internal",
    message: "The database refused a statement.",
  },
  { pattern: /^SQLITE_/, code: "storage_unavailable", message: "The database failed." },
]

const codeOf = (error: unknown): string | null => {
  if (!(error instanceof Error) || error.name !== "SqliteError") return null
  const { code } = error as { code?: unknown }
  return typeof code === "string" ? code : "SQLITE_ERROR"
}

export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error) ?? "")

/** A SecretError for what SQLite threw; everything else (wrong parameters, mistakes of the caller) as it came. */
export const sqliteError = (error: unknown): unknown => {
  const databaseCode = codeOf(error)
  if (databaseCode === null || isSecretError(error)) return error
  const meaning = MEANINGS.find(({ pattern }) => pattern.test(databaseCode))
  return storageError(
    meaning?.code ?? "storage_unavailable",
    meaning?.message ?? "The database failed.",
    databaseCode,
    meaning?.help,
  )
}
