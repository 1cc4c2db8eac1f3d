import { type ByteTable } from "./byte-table.ts"
import { cTables, plainCTables } from "./c-tables.ts"
import { htmlTables } from "./html-tables.ts"
import { type JsonForm, jsonForms } from "./json-forms.ts"
import { percentTables } from "./percent-tables.ts"
import { shellTables } from "./shell-tables.ts"

interface KindTable {
  kind: "percent" | "html" | "shell" | "c"
  table: ByteTable
}

/** The ways of escaping that differ for some value. */
export interface Escapes {
  json: readonly JsonForm[]
  byTable: readonly KindTable[]
}

const REMEMBERED = 1_000

/** All ways of escaping, and which of them make a difference to the bytes of a value that can be escaped at all. */
export class EscapeTables {
  readonly #json = jsonForms()
  readonly #common: readonly KindTable[] = [...ofKind("percent", percentTables()), ...ofKind("html", htmlTables()), ...ofKind("shell", shellTables())]
  readonly #text: readonly KindTable[] = ofKind("c", plainCTables())
  readonly #binary: readonly KindTable[] = ofKind("c", cTables())
  /** Most values of an application have the same few marks in them. */
  readonly #remembered = new Map<string, Escapes>()

  for(bytes: readonly number[]): Escapes {
    const key = bytes.join()
    const known = this.#remembered.get(key)
    if (known !== undefined) return known
    const c = bytes.every(isTextByte) ? this.#text : this.#binary
    const escapes = { json: distinct(this.#json, bytes), byTable: distinct([...this.#common, ...c], bytes) }
    if (this.#remembered.size < REMEMBERED) this.#remembered.set(key, escapes)
    return escapes
  }
}

const ofKind = (kind: KindTable["kind"], tables: readonly ByteTable[]): KindTable[] => tables.map((table) => ({ kind, table }))

const isTextByte = (byte: number): boolean => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09

/** One of each group that treats these bytes alike, and none that leaves them all as they are. */
const distinct = <T extends { table: ByteTable }>(forms: readonly T[], bytes: readonly number[]): T[] => {
  const seen = new Set([bytes.map(() => "").join()])
  return forms.filter(({ table }) => {
    const treatment = bytes.map((byte) => table.at(byte) ?? "").join()
    const isNew = !seen.has(treatment)
    seen.add(treatment)
    return isNew
  })
}
