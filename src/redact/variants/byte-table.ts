import type { Scratch } from "./scratch.ts"

/** What each byte is written as; `null` is the byte itself. */
export type ByteTable = readonly (string | null)[]

export const byteTable = (escape: (byte: number, character: string) => string | null): ByteTable =>
  Array.from({ length: 256 }, (_, byte) => escape(byte, String.fromCharCode(byte)))

export const writeByTable = (table: ByteTable, value: Uint8Array, out: Scratch): void => {
  for (let i = 0; i < value.length; i++) {
    const byte = value[i] as number
    const escaped = table[byte] as string | null
    if (escaped === null) out.put(byte)
    else out.putText(escaped)
  }
}

export type LetterCase = "lower" | "upper"

export const LETTER_CASES: readonly LetterCase[] = ["lower", "upper"]

export const hexOf = (number: number, digits: number, letters: LetterCase): string => {
  const text = number.toString(16).padStart(digits, "0")
  return letters === "lower" ? text : text.toUpperCase()
}
