import { type ByteTable, byteTable, hexOf, type LetterCase } from "./byte-table.ts"
import { eachCodePoint, eachUnit } from "./code-points.ts"
import type { Scratch } from "./scratch.ts"

/** How an encoder differs from `JSON.stringify`. */
interface JsonStyle {
  /** Characters that it writes as `\uXXXX` though it need not. */
  coded: string
  /** Other characters than ASCII are written as `\uXXXX`. */
  isAscii: boolean
  /** A slash is written as `\/`. */
  hasSlash: boolean
  letters: LetterCase
}

const STYLES: readonly JsonStyle[] = [
  { coded: "", isAscii: false, hasSlash: false, letters: "lower" },
  { coded: "", isAscii: false, hasSlash: false, letters: "upper" },
  { coded: "", isAscii: false, hasSlash: true, letters: "lower" },
  { coded: "", isAscii: true, hasSlash: false, letters: "lower" },
  { coded: "", isAscii: true, hasSlash: true, letters: "lower" },
  { coded: "", isAscii: true, hasSlash: false, letters: "upper" },
  { coded: "", isAscii: true, hasSlash: true, letters: "upper" },
  // Encoders that keep their output out of HTML's way.
  { coded: "<>&", isAscii: false, hasSlash: false, letters: "lower" },
  { coded: "<>&", isAscii: true, hasSlash: false, letters: "lower" },
  { coded: "<>&", isAscii: false, hasSlash: false, letters: "upper" },
  { coded: "<>&'", isAscii: true, hasSlash: false, letters: "upper" },
  { coded: "<>&'\"+`\x7f", isAscii: true, hasSlash: false, letters: "upper" },
]

const SHORT: Readonly<Record<string, string>> = { "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" }

export interface JsonForm {
  /** For bytes above 127 it holds a mark of how characters of them are treated. */
  table: ByteTable
  /** null where other characters than ASCII stay as they are. */
  unicode: LetterCase | null
}

export const jsonForms = (): JsonForm[] =>
  STYLES.map((style) => ({
    table: byteTable((byte, character) => (byte > 0x7f ? markOf(style) : escapeAscii(byte, character, style))),
    unicode: style.isAscii ? style.letters : null,
  }))

const markOf = ({ isAscii, letters }: JsonStyle): string | null => (isAscii ? letters : null)

const escapeAscii = (code: number, character: string, { coded, hasSlash, letters }: JsonStyle): string | null => {
  if (coded.includes(character)) return `\\u${hexOf(code, 4, letters)}`
  if (character === "/" && hasSlash) return "\\/"
  return SHORT[character] ?? (code < 0x20 ? `\\u${hexOf(code, 4, letters)}` : null)
}

/** What stands between the quotes. Bytes that are no UTF-8 stay as they are. */
export const writeJson = (value: Uint8Array, { table, unicode }: JsonForm, out: Scratch): void =>
  eachCodePoint(value, (codePoint, at, length) => {
    const escaped = codePoint >= 0 && codePoint <= 0x7f ? table.at(codePoint) : null
    if (escaped !== null) out.putText(escaped)
    else if (codePoint > 0x7f && unicode !== null) eachUnit(codePoint, (unit) => out.putText(`\\u${hexOf(unit, 4, unicode)}`))
    else for (let i = at; i < at + length; i++) out.put(value[i] as number)
  })
