import { type ByteTable, byteTable } from "./byte-table.ts"

const DOUBLE_QUOTES = [null, "&quot;", "&#34;"]
const SINGLE_QUOTES = [null, "&#39;", "&apos;", "&#x27;"]
const GREATER = ["&gt;", null]

/** HTML and XML in all the ways in which encoders treat quotes and `>`. */
export const htmlTables = (): ByteTable[] =>
  GREATER.flatMap((greater) =>
    DOUBLE_QUOTES.flatMap((double) =>
      SINGLE_QUOTES.map((single) => {
        const entities: Record<string, string | null> = { "&": "&amp;", "<": "&lt;", ">": greater, '"': double, "'": single }
        return byteTable((_byte, character) => entities[character] ?? null)
      }),
    ),
  )
