import { isSecretError, type SecretError, type SecretErrorCode } from "../base/errors.ts"
import { storageError } from "./storage-errors.ts"

interface Meaning {
  pattern: RegExp
  code: SecretErrorCode
  message: string
  help?: string
}

// By SQLSTATE (PostgreSQL, appendix A), or by the code of a network or TLS error.
const MEANINGS: readonly Meaning[] = [
  { pattern: /^23505$/, code: "already_exists", message: "A row of that key already exists." },
  { pattern: /^(40001|40P01|55P03)$/, code: "storage_unavailable", message: "The database is busy: others hold its rows." },
  { pattern: /^(57014|25P03)$/, code: "storage_unavailable", message: "The database took too long." },
  { pattern: /^53/, code: "storage_unavailable", message: "The database is out of room, memory or connections." },
  {
    pattern: /^25006$/,
    code: "storage_unavailable",
    message: "The database accepts no writes.",
    help: "Connect to the primary server.",
  },
  {
    pattern: /^(28|42501|3D000|3F000)/,
    code: "storage_unavailable",
    message: "The database refuses this user.",
    help: "Check the user, the password, the name of the database, and the rights on its schema.",
  },
  {
    pattern: /^(DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_|ERR_TLS|HOSTNAME)/,
    code: "storage_unavailable",
    message: "The certificate of the database cannot be verified.",
    help: "Name its certificate authority with sslrootcert=FILE.",
  },
  { pattern: /^(22|23|42|0A|2F|25)/, code: "internal", message: "The database refused a statement." },
]

const codeOf = (error: unknown): string => {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined
  return typeof code === "string" && /^[A-Z0-9_]{2,60}$/.test(code) ? code : "connection_lost"
}

/** A SecretError for whatever `pg` threw. Its own text is dropped: `detail` quotes rows. */
export const postgresError = (error: unknown): unknown => {
  if (isSecretError(error) || error instanceof TypeError) return error
  const databaseCode = codeOf(error)
  const meaning = MEANINGS.find(({ pattern }) => pattern.test(databaseCode))
  if (meaning === undefined) return storageError("storage_unavailable", "The database cannot be reached.", databaseCode)
  return storageError(meaning.code, meaning.message, databaseCode, meaning.help)
}

/** True where the same transaction may succeed when it runs again. */
export const isConflict = (error: unknown): error is SecretError =>
  isSecretError(error) && /^(40001|40P01)$/.test(String(error.details["databaseCode"]))
