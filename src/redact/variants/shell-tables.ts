import { type ByteTable, byteTable } from "./byte-table.ts"

const ANSI: Readonly<Record<string, string>> = {
  "\x07": "\\a", "\b": "\\b", "\x1b": "\\E", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", "'": "\\'",
}

const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, "0")}`

/** `$'...'`, with the bytes of other characters as they are or in octal. */
const ansiQuoted = (isAscii: boolean): ByteTable =>
  byteTable((byte, character) => ANSI[character] ?? (byte < 0x20 || byte === 0x7f || (isAscii && byte > 0x7f) ? octal(byte) : null))

const withBackslash = (special: string): ByteTable =>
  byteTable((_byte, character) => (special.includes(character) ? `\\${character}` : null))

/** What stands between the quotes, or where there are none. */
export const shellTables = (): ByteTable[] => [
  byteTable((_byte, character) => (character === "'" ? "'\\''" : null)),
  byteTable((_byte, character) => (character === "'" ? `'"'"'` : null)),
  withBackslash('"\\$`'),
  ansiQuoted(false),
  ansiQuoted(true),
  withBackslash("\\\t !\"#$&'()*,;<>?[]^`{|}"),
]
