import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs"
import { sep } from "node:path"
import type { ReadFile } from "../trust.ts"

export const MAX_FILE_BYTES = 1_048_576

/**
 * A regular file, read once and bounded; whoever shows a pipe does not keep us waiting.
 * @param inside a folder that it must really lie in, however many links lead there; null for anywhere
 * @returns the fix, where it cannot be had
 */
export const openJobText = (path: string, inside: string | null): ReadFile | string => {
  let fd: number | null = null
  try {
    const real = realpathSync(path)
    if (inside !== null && !real.startsWith(realpathSync(inside) + sep)) return "keep the file inside the repository; a link leads out of it"
    fd = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if (!fstatSync(fd).isFile()) return "make it a regular file"
    const bytes = readBounded(fd)
    return bytes === null ? "keep the file below 1 MiB" : { path, bytes }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "make the file, which is not there" : "make the file readable"
  } finally {
    if (fd !== null) closeSync(fd)
  }
}

const readBounded = (fd: number): Uint8Array | null => {
  const buffer = new Uint8Array(MAX_FILE_BYTES + 1)
  let length = 0
  for (;;) {
    const read = readSync(fd, buffer, length, buffer.length - length, null)
    length += read
    if (length > MAX_FILE_BYTES) return null
    if (read === 0) return buffer.slice(0, length)
  }
}
