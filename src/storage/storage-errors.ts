import { SecretError, type SecretErrorCode } from "../base/errors.ts"

/** A database's own error without its text, which may quote rows, parameters or passwords. */
class DatabaseError extends Error {
  override readonly name = "DatabaseError"
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

export const storageError = (code: SecretErrorCode, message: string, databaseCode: string, help?: string): SecretError =>
  new SecretError(code, message, {
    details: { databaseCode },
    cause: new DatabaseError(databaseCode),
    ...(help === undefined ? {} : { help }),
  })

export const storageClosed = (): SecretError => new SecretError("storage_unavailable", "The database connection is closed.")

export const needsWrite = (name: string): TypeError => new TypeError(`The statement ${name} runs in a write transaction only.`)
