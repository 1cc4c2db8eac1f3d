import type { Scratch } from "./scratch.ts"

type Escape = (byte: number, character: string) => string | null

/**
 * What each byte is written as; `null` is the byte itself. A cell is filled when it is first asked for: a hundred whole tables
 * would take longer than the start of a program may.
 */
export class ByteTable {
  readonly #escape: Escape
  readonly #cells: (string | null | undefined)[] = Array.from({ length: 256 })

  constructor(escape: Escape) {
    this.#escape = escape
  }

  at(byte: number): string | null {
    const known = this.#cells[byte]
    return known !== undefined ? known : (this.#cells[byte] = this.#escape(byte, String.fromCharCode(byte)))
  }
}

export const byteTable = (escape: Escape): ByteTable => new ByteTable(escape)

export const writeByTable = (table: ByteTable, value: Uint8Array, out: Scratch): void => {
  for (let i = 0; i < value.length; i++) {
    const byte = value[i] as number
    const escaped = table.at(byte)
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
