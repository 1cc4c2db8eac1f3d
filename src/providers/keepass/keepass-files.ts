import { constants, promises } from "node:fs"
import type { SecretError } from "../../base/errors.ts"
import { unavailable } from "../answers.ts"
import type { KdbxKeys } from "./kdbx.ts"
import type { KeepassLocation } from "./keepass-location.ts"

const MAX_DATABASE_BYTES = 64 * 1024 * 1024
const MAX_KEY_FILE_BYTES = 1024 * 1024

export const readDatabase = (path: string): Promise<Uint8Array> => readBounded(path, MAX_DATABASE_BYTES, "the KeePass database")

/**
 * From the variables that the location names.
 * @throws SecretError `SECRETS_PROVIDER_UNAVAILABLE`: no variable is named, one is not set, a key file cannot be read
 */
export const readKeys = async ({ key, passwordEnv, keyfileEnv }: KeepassLocation, env: Readonly<Record<string, string | undefined>>): Promise<KdbxKeys> => {
  if (passwordEnv === undefined && keyfileEnv === undefined)
    throw unavailable("not_configured", `nothing says what opens the KeePass database ${key}`, `Set SOTTO_KEEPASS_DB_${key}_PASSWORD_ENV to the name of the variable that holds its password.`)
  const password = passwordEnv === undefined ? null : variable(env, passwordEnv, "the password of the KeePass database")
  const keyFile = keyfileEnv === undefined ? null : await readBounded(variable(env, keyfileEnv, "the path of its key file"), MAX_KEY_FILE_BYTES, "the key file of the KeePass database")
  return { password, keyFile }
}

const variable = (env: Readonly<Record<string, string | undefined>>, name: string, what: string): string => {
  const value = env[name]
  if (value) return value
  throw unavailable("unset", `${name}, which is to hold ${what}, is ${value === undefined ? "not set" : "empty"}`)
}

/** One handle: what is looked at is what is read, and nothing waits for a pipe. */
const readBounded = async (path: string, maxBytes: number, what: string): Promise<Uint8Array> => {
  const file = await promises.open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(what, error.code)
  })
  try {
    const facts = await file.stat()
    if (!facts.isFile()) throw unavailable("unreadable", `${what} is no regular file`)
    if (facts.size > maxBytes) throw unavailable("too_large", `${what} is larger than ${maxBytes / 1024 / 1024} MiB`)
    return await file.readFile()
  } finally {
    await file.close()
  }
}

const unreadable = (what: string, code: string | undefined): SecretError =>
  unavailable("unreadable", code === "ENOENT" ? `${what} is not there` : `${what} cannot be read`)
