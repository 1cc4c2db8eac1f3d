import { closeSync, constants, fdatasyncSync, openSync, writeSync } from "node:fs"
import { join } from "node:path"
import * as z from "zod/mini"
import { utf8 } from "../base/bytes.ts"
import { makeStateFolder } from "./applied-state.ts"
import { PRIVATE_FILE, readPlainFile, removeFile, replaceFile, textOf } from "./careful-file.ts"
import { unsafeFile, writing } from "./file-faults.ts"

const whole = z.number().check(z.int(), z.minimum(0))
const Contact = z.strictObject({ v: z.literal(1), mark: whole, at: z.nullable(whole) })
type Contact = z.output<typeof Contact>

/** The store's last word, kept on disk: what was taken in once is never taken in again, whatever is restarted. */
export interface ContactFile {
  /** The highest generation that was taken in. */
  readonly mark: number
  /** When; null for never. */
  readonly at: number | null
  /** Durable before it returns. */
  note(mark: number, at: number): void
}

/** A log of this size is written anew with its last line alone. */
const LOG_MAX_BYTES = 64 * 1024

/**
 * A log of lines, of which the last whole one counts: to append takes one flush of the disk, to replace a file two.
 * @throws SecretError `unsafe_file`: a daemon that has lost count takes in nothing
 */
export const openContact = (stateFolder: string): ContactFile => {
  const path = join(stateFolder, "contact.log")
  makeStateFolder(stateFolder)
  const file = readPlainFile(path)
  let contact: Contact = file === null ? { v: 1, mark: 0, at: null } : lastOf(path, textOf(path, file.bytes))
  let bytes = 0
  let isTorn = false
  const rewrite = (): void => {
    removeFile(`${path}.new`)
    replaceFile(path, lineOf(contact), `${path}.new`)
    bytes = 0
    isTorn = false
  }
  rewrite() // half a line that a crash left would swallow the next
  return {
    get mark() {
      return contact.mark
    },
    get at() {
      return contact.at
    },
    note: (mark, at) => {
      if (isTorn || bytes > LOG_MAX_BYTES) rewrite()
      const next: Contact = { v: 1, mark, at }
      const line = lineOf(next)
      isTorn = true
      append(path, line)
      isTorn = false
      contact = next
      bytes += line.length
    },
  }
}

const lineOf = (contact: Contact): Uint8Array => utf8(`${JSON.stringify(contact)}\n`)

/** A line that only half fits is no line: the next start sees the one before, and the store says the statement anew. */
const append = (path: string, line: Uint8Array): void =>
  writing(path, () => {
    const file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW, PRIVATE_FILE)
    try {
      if (writeSync(file, line) !== line.length) throw Object.assign(new Error("only half of it fits"), { code: "ENOSPC" })
      fdatasyncSync(file)
    } finally {
      closeSync(file)
    }
  })

const lastOf = (path: string, text: string): Contact => {
  const line = text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1) ?? ""
  try {
    return z.parse(Contact, JSON.parse(line))
  } catch {
    throw unsafeFile(path, "is not what the daemon wrote", "Remove the state folder and enroll anew: sotto env enroll NAME")
  }
}
