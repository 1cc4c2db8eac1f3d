import { LETTER_CASES, type LetterCase } from "./byte-table.ts"
import { eachCodePoint, eachUnit } from "./code-points.ts"
import type { Scratch } from "./scratch.ts"

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
const codes = (alphabet: string): Uint8Array => Uint8Array.from(alphabet, (character) => character.charCodeAt(0))

/** Which alphabet, by kind of variant. */
export const ALPHABETS = { base64: codes(BASE64), base64url: codes(BASE64URL) } as const

const EQUALS = 0x3d

/**
 * What the value becomes when `before` bytes stand in front of it, counted from a multiple of three. A character that also holds
 * bits of a neighbour is cut off, unless the value is the end: then the last one is known, with its padding or without.
 * Leaves all of it in `out` and tells each length that is a variant.
 */
export const writeBase64 = (value: Uint8Array, before: number, alphabet: Uint8Array, out: Scratch): number[] => {
  const bits = (before + value.length) * 8
  const first = Math.ceil((before * 8) / 6)
  const whole = Math.floor(bits / 6)
  const byteAt = (index: number): number => value[index - before] ?? 0
  for (let character = first; character < bits / 6; character++) {
    const bit = character * 6
    const pair = (byteAt(bit >> 3) << 8) | byteAt((bit >> 3) + 1)
    out.put(alphabet[(pair >> (10 - (bit & 7))) & 63] as number)
  }
  if (bits % 6 === 0) return [whole - first]
  const padding = bits % 6 === 2 ? 2 : 1
  for (let i = 0; i < padding; i++) out.put(EQUALS)
  return [whole - first, whole - first + 1, whole - first + 1 + padding]
}

const HEX: Readonly<Record<LetterCase, Uint8Array>> = { lower: codes("0123456789abcdef"), upper: codes("0123456789ABCDEF") }

const writeHex = (value: Uint8Array, letters: LetterCase, out: Scratch): void => {
  const digits = HEX[letters]
  for (const byte of value) {
    out.put(digits[byte >> 4] as number)
    out.put(digits[byte & 15] as number)
  }
}

export const hexForms: readonly ((value: Uint8Array, out: Scratch) => void)[] =
  LETTER_CASES.map((letters) => (value: Uint8Array, out: Scratch) => writeHex(value, letters, out))

const writeUtf16 = (value: Uint8Array, isLittle: boolean, out: Scratch): void =>
  eachCodePoint(value, (codePoint) =>
    eachUnit(codePoint, (unit) => {
      out.put(isLittle ? unit & 255 : unit >> 8)
      out.put(isLittle ? unit >> 8 : unit & 255)
    }),
  )

export const utf16Forms: readonly ((value: Uint8Array, out: Scratch) => void)[] =
  [true, false].map((isLittle) => (value: Uint8Array, out: Scratch) => writeUtf16(value, isLittle, out))
