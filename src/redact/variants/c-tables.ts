import { type ByteTable, byteTable, hexOf } from "./byte-table.ts"

const QUOTES = ["", '"', "'", "\"'"]
const SHORT: readonly Readonly<Record<string, string>>[] = [
  { "\n": "\\n", "\r": "\\r", "\t": "\\t" },
  { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\x07": "\\a", "\b": "\\b", "\f": "\\f", "\v": "\\v" },
]
const NUMBERS: readonly ((byte: number) => string)[] = [
  (byte) => `\\x${hexOf(byte, 2, "lower")}`,
  (byte) => `\\x${hexOf(byte, 2, "upper")}`,
  (byte) => `\\${byte.toString(8).padStart(3, "0")}`,
]

const quoting = (quotes: string, short: Readonly<Record<string, string>>, number: (byte: number) => string, isAscii: boolean): ByteTable =>
  byteTable((byte, character) => {
    if (character === "\\" || quotes.includes(character)) return `\\${character}`
    return short[character] ?? (byte < 0x20 || byte === 0x7f || (isAscii && byte > 0x7f) ? number(byte) : null)
  })

/** String literals of C and its heirs for text without strange bytes: they differ in the quotes. */
export const plainCTables = (): ByteTable[] => QUOTES.map((quotes) => quoting(quotes, SHORT[1] as Record<string, string>, NUMBERS[0] as (byte: number) => string, false))

/** All of them: by quotes, by the letters that escapes have, and by what is made of the other bytes. */
export const cTables = (): ByteTable[] =>
  QUOTES.flatMap((quotes) =>
    SHORT.flatMap((short) => NUMBERS.flatMap((number) => [false, true].map((isAscii) => quoting(quotes, short, number, isAscii)))),
  )
