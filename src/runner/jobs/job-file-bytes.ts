import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs"
import { SecretError } from "../../base/errors.ts"

const MAX_BYTES = 262_144

/** One handle: what is looked at is what is read, and nothing hangs on a pipe. @throws SecretError `not_found`, `invalid_argument` */
export const readBytes = (path: string): Uint8Array => {
  const handle = open(path)
  try {
    const facts = fstatSync(handle)
    if (!facts.isFile()) throw new SecretError("invalid_argument", `${path} is no regular file`)
    if (facts.size > MAX_BYTES) throw new SecretError("invalid_argument", `${path} is larger than 256 KiB`)
    return readFileSync(handle)
  } finally {
    closeSync(handle)
  }
}

const open = (path: string): number => {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === "ENOENT"
    throw new SecretError(isAbsent ? "not_found" : "invalid_argument", isAbsent ? `there is no file ${path}` : `${path} cannot be read`)
  }
}
