import { type ByteTable, byteTable, hexOf, LETTER_CASES, type LetterCase } from "./byte-table.ts"

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/** Which characters encoders leave alone besides letters and digits, and what they make of a blank. */
const KEPT: readonly { marks: string; blank: string | null }[] = [
  { marks: "-._~", blank: null }, // RFC 3986
  { marks: "-._~", blank: "+" },
  { marks: "-._~/", blank: null }, // paths
  { marks: "-_.!~*'()", blank: null }, // encodeURIComponent
  { marks: "-_.!~*'();/?:@&=+$,#", blank: null }, // encodeURI
  { marks: "-._*", blank: "+" }, // forms
  { marks: "-._", blank: "+" },
  { marks: "-._", blank: null },
]

const keeping = (marks: string, blank: string | null, letters: LetterCase): ByteTable =>
  byteTable((byte, character) => {
    if (character === " " && blank !== null) return blank
    return ALPHANUMERIC.includes(character) || marks.includes(character) ? null : `%${hexOf(byte, 2, letters)}`
  })

/** Only what would end a line of a job's command. */
const jobCommand = byteTable((byte, character) => ("%\r\n".includes(character) ? `%${hexOf(byte, 2, "upper")}` : null))

export const percentTables = (): ByteTable[] => [
  ...KEPT.flatMap(({ marks, blank }) => LETTER_CASES.map((letters) => keeping(marks, blank, letters))),
  jobCommand,
]
