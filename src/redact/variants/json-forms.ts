import { hexOf, type LetterCase } from "./byte-table.ts"
import { eachCodePoint, eachUnit } from "./code-points.ts"
import type { Scratch } from "./scratch.ts"

/** How an encoder differs from `JSON.stringify`. */
export interface JsonForm {
  /** Characters that it writes as `\uXXXX` though it need not. */
  coded: string
  /** Other characters than ASCII are written as `\uXXXX`. */
  isAscii: boolean
  /** A slash is written as `\/`. */
  hasSlash: boolean
  letters: LetterCase
}

export const JSON_FORMS: readonly JsonForm[] = [
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

/** What stands between the quotes. Bytes that are no UTF-8 stay as they are. */
export const writeJson = (value: Uint8Array, form: JsonForm, out: Scratch): void => {
  let at = 0
  eachCodePoint(value, (codePoint) => {
    const length = lengthOf(codePoint)
    if (codePoint > 0x7f && form.isAscii) eachUnit(codePoint, (unit) => out.putText(`\\u${hexOf(unit, 4, form.letters)}`))
    else if (codePoint >= 0 && codePoint <= 0x7f) writeAscii(codePoint, form, out)
    else for (let i = 0; i < length; i++) out.put(value[at + i] as number)
    at += length
  })
}

const lengthOf = (codePoint: number): number => {
  if (codePoint < 0x80) return 1
  if (codePoint < 0x800) return 2
  return codePoint < 0x10000 ? 3 : 4
}

const writeAscii = (code: number, { coded, hasSlash, letters }: JsonForm, out: Scratch): void => {
  const character = String.fromCharCode(code)
  if (coded.includes(character)) out.putText(`\\u${hexOf(code, 4, letters)}`)
  else if (character === "/" && hasSlash) out.putText("\\/")
  else if (character in SHORT) out.putText(SHORT[character] as string)
  else if (code < 0x20) out.putText(`\\u${hexOf(code, 4, letters)}`)
  else out.put(code)
}
