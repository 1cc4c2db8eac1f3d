import { LETTER_CASES, type LetterCase } from "./byte-table.ts"
import { eachCodePoint, eachUnit } from "./code-points.ts"
import type { Scratch } from "./scratch.ts"

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
const codes = (alphabet: string): Uint8Array => Uint8Array.from(alphabet, (character) => character.charCodeAt(0))

/** Which alphabet, by kind of variant. */
export const ALPHABETS = { base64: codes(BASE64), base64url: codes(BASE64URL) } as const

const EQUALS = 0x3d
const PERCENT = 0x25

/**
 * What the value becomes when `before` bytes stand in front of it, counted from a multiple of three. A character that also holds
 * bits of a neighbour is cut off, unless the value is the end: then the last one is known, with its padding or without.
 * Leaves all of it in `out` and tells each length that is a variant, the longest first.
 */
export const writeBase64 = (value: Uint8Array, before: number, alphabet: Uint8Array, out: Scratch): number[] => {
  const bits = (before + value.length) * 8
  const first = Math.ceil((before * 8) / 6)
  const whole = Math.floor(bits / 6) - first
  const bytes = out.reserve(whole + 3)
  let at = 0
  for (let character = first; character < bits / 6; character++) {
    const bit = character * 6
    const index = (bit >> 3) - before
    const pair = ((value[index] as number) << 8) | (index + 1 < value.length ? (value[index + 1] as number) : 0)
    bytes[at++] = alphabet[(pair >> (10 - (bit & 7))) & 63] as number
  }
  const padding = [0, 0, 2, 0, 1][bits % 6] as number
  for (let i = 0; i < padding; i++) bytes[at++] = EQUALS
  out.length = at
  return padding === 0 ? [whole] : [at, whole + 1, whole]
}

type Form = (value: Uint8Array, out: Scratch) => void

const HEX: Readonly<Record<LetterCase, Uint8Array>> = { lower: codes("0123456789abcdef"), upper: codes("0123456789ABCDEF") }

const writeHex = (value: Uint8Array, { letters, mark }: { letters: LetterCase; mark: number | null }, out: Scratch): void => {
  const digits = HEX[letters]
  const bytes = out.reserve(value.length * 3)
  let at = 0
  for (let i = 0; i < value.length; i++) {
    const byte = value[i] as number
    if (mark !== null) bytes[at++] = mark
    bytes[at++] = digits[byte >> 4] as number
    bytes[at++] = digits[byte & 15] as number
  }
  out.length = at
}

export const hexForms: readonly Form[] =
  LETTER_CASES.map((letters): Form => (value, out) => writeHex(value, { letters, mark: null }, out))

/** Every byte escaped. */
export const fullPercentForms: readonly Form[] =
  LETTER_CASES.map((letters): Form => (value, out) => writeHex(value, { letters, mark: PERCENT }, out))

const writeUtf16 = (value: Uint8Array, isLittle: boolean, out: Scratch): void =>
  eachCodePoint(value, (codePoint) =>
    eachUnit(codePoint, (unit) => {
      out.put(isLittle ? unit & 255 : unit >> 8)
      out.put(isLittle ? unit >> 8 : unit & 255)
    }),
  )

export const utf16Forms: readonly Form[] =
  [true, false].map((isLittle): Form => (value, out) => writeUtf16(value, isLittle, out))
