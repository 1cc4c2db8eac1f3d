import { isSpace } from "./base-forms.ts"
import type { Scratch } from "./scratch.ts"

const LF = 0x0a
const CR = 0x0d

/** What a newline turns into: other line ends, one blank, and the three escapes of shells, logs and job commands. */
const NEWLINES = ["\n", "\r\n", " ", "\\n", "\\r\\n", "%0A", "%0D%0A"]

/** The value with each newline as something else, and with every run of white space as one blank, as a shell splits words. */
export const newlineForms: readonly ((value: Uint8Array, out: Scratch) => void)[] = [
  ...NEWLINES.map((newline) => (value: Uint8Array, out: Scratch) => writeLines(value, newline, out)),
  (value, out) => writeWords(value, out),
]

const writeLines = (value: Uint8Array, newline: string, out: Scratch): void => {
  for (let at = 0; at < value.length; at++) {
    const byte = value[at] as number
    if (byte === CR && value[at + 1] === LF) continue
    if (byte === LF || byte === CR) out.putText(newline)
    else out.put(byte)
  }
}

const writeWords = (value: Uint8Array, out: Scratch): void => {
  let isBetween = false
  for (const byte of value) {
    if (isSpace(byte)) isBetween = out.length > 0
    else {
      if (isBetween) out.put(0x20)
      isBetween = false
      out.put(byte)
    }
  }
}
