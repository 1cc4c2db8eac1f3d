import { join } from "node:path"
import * as z from "zod/mini"
import { utf8 } from "../base/bytes.ts"
import { makeStateFolder } from "./applied-state.ts"
import { readPlainFile, removeFile, replaceFile, textOf } from "./careful-file.ts"
import { unsafeFile } from "./file-faults.ts"

const whole = z.number().check(z.int(), z.minimum(0))
const Contact = z.strictObject({ v: z.literal(1), mark: whole, at: z.nullable(whole) })

/** The store's last word, kept on disk: what was taken in once is never taken in again, whatever is restarted. */
export interface ContactFile {
  /** The highest generation that was taken in. */
  readonly mark: number
  /** When; null for never. */
  readonly at: number | null
  /** Durable before it returns. */
  note(mark: number, at: number): void
}

/** @throws SecretError `unsafe_file`: a daemon that has lost count takes in nothing */
export const openContact = (stateFolder: string): ContactFile => {
  const path = join(stateFolder, "contact.json")
  makeStateFolder(stateFolder)
  const file = readPlainFile(path)
  let contact = file === null ? ({ v: 1, mark: 0, at: null } as const satisfies z.output<typeof Contact>) : parsed(path, textOf(path, file.bytes))
  return {
    get mark() {
      return contact.mark
    },
    get at() {
      return contact.at
    },
    note: (mark, at) => {
      const next = { v: 1 as const, mark, at }
      removeFile(`${path}.new`)
      replaceFile(path, utf8(`${JSON.stringify(next)}\n`), `${path}.new`)
      contact = next
    },
  }
}

const parsed = (path: string, text: string): z.output<typeof Contact> => {
  try {
    return z.parse(Contact, JSON.parse(text))
  } catch {
    throw unsafeFile(path, "is not what the daemon wrote", "Remove the state folder and enroll anew: sotto env enroll NAME")
  }
}
