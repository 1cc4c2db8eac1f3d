import { baseForms, hasNewline, linesOf, withoutNewline } from "./base-forms.ts"
import { type ByteTable, doesChange, writeByTable } from "./byte-table.ts"
import { cTables, plainCTables } from "./c-tables.ts"
import { isUtf8 } from "./code-points.ts"
import { ALPHABETS, hexForms, utf16Forms, writeBase64 } from "./encodings.ts"
import { htmlTables } from "./html-tables.ts"
import { JSON_FORMS, writeJson } from "./json-forms.ts"
import { kindNumber, type VariantKind, type VariantSwitches } from "./kinds.ts"
import { newlineForms } from "./newline-forms.ts"
import { fullPercentTables, percentTables } from "./percent-tables.ts"
import type { Scratch } from "./scratch.ts"
import { shellTables } from "./shell-tables.ts"

/** The variant is the first `length` bytes of the scratch. */
export type OnVariant = (kind: number, length: number) => void

const LINE_BYTES = 8
const SHORTEST_BYTES = 6

type Form = (value: Uint8Array, out: Scratch) => void

const PLAIN = /^[A-Za-z0-9_.-]$/
const IS_PLAIN = Array.from({ length: 256 }, (_, byte) => PLAIN.test(String.fromCharCode(byte)))

const isPlain = (value: Uint8Array): boolean => value.every((byte) => IS_PLAIN[byte])

const isDigits = (value: Uint8Array): boolean => value.every((byte) => byte >= 0x30 && byte <= 0x39)

/** Writes every variant of a value, each of which `docs/guide/redaction.md` lists; some come more than once. */
export class VariantWriter {
  readonly #switches: VariantSwitches
  #tables: ReturnType<typeof makeTables> | null = null

  constructor(switches: VariantSwitches) {
    this.#switches = switches
  }

  write(value: Uint8Array, out: Scratch, onVariant: OnVariant): void {
    const pen = new Pen(this.#switches, out, onVariant)
    for (const { kind, bytes } of baseForms(value)) {
      if (kind !== "exact") {
        if (bytes.length === value.length || this.#switches[kind] === false) continue
        pen.write(kind, bytes, copy)
      }
      this.#encode(bytes, pen)
      this.#escape(bytes, pen)
    }
    const content = withoutNewline(value)
    if (hasNewline(content)) this.#writeLines(content, pen)
  }

  #writeLines(content: Uint8Array, pen: Pen): void {
    for (const form of newlineForms) pen.write("newline", content, form)
    if (this.#switches.line === false) return
    for (const line of linesOf(content)) {
      if (line.length < LINE_BYTES || isDigits(line)) continue
      pen.write("line", line, copy)
      if (!isPlain(line)) this.#escapeStrange(line, pen)
    }
  }

  #encode(value: Uint8Array, pen: Pen): void {
    for (const kind of ["base64", "base64url"] as const)
      for (const before of [0, 1, 2]) pen.writeBase64(kind, value, before)
    for (const form of hexForms) pen.write("hex", value, form)
    if (isUtf8(value)) for (const form of utf16Forms) pen.write("utf16", value, form)
  }

  #escape(value: Uint8Array, pen: Pen): void {
    this.#tables ??= makeTables()
    pen.writeTables("percent", value, this.#tables.fullPercent)
    if (!isPlain(value)) this.#escapeStrange(value, pen)
  }

  #escapeStrange(value: Uint8Array, pen: Pen): void {
    const tables = (this.#tables ??= makeTables())
    for (const form of JSON_FORMS) pen.write("json", value, (bytes, out) => writeJson(bytes, form, out))
    pen.writeTables("percent", value, tables.percent)
    pen.writeTables("html", value, tables.html)
    pen.writeTables("shell", value, tables.shell)
    const isText = value.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09)
    pen.writeTables("c", value, isText ? tables.plainC : tables.c)
  }
}

const copy: Form = (value, out) => {
  for (const byte of value) out.put(byte)
}

/** Made for the first value that needs them: they cost a start of the program more than most values do. */
const makeTables = () => ({
  percent: percentTables(),
  fullPercent: fullPercentTables(),
  html: htmlTables(),
  shell: shellTables(),
  plainC: plainCTables(),
  c: cTables(),
})

/** Writes one form at a time and tells of it, unless its kind is switched off or it is too short to be told from other text. */
class Pen {
  readonly #switches: VariantSwitches
  readonly #out: Scratch
  readonly #onVariant: OnVariant

  constructor(switches: VariantSwitches, out: Scratch, onVariant: OnVariant) {
    this.#switches = switches
    this.#out = out
    this.#onVariant = onVariant
  }

  write(kind: VariantKind, value: Uint8Array, form: Form): void {
    if (this.#switches[kind] === false) return
    this.#out.begin()
    form(value, this.#out)
    this.#tell(kind, this.#out.length)
  }

  writeBase64(kind: keyof typeof ALPHABETS, value: Uint8Array, before: number): void {
    if (this.#switches[kind] === false) return
    this.#out.begin()
    for (const length of writeBase64(value, before, ALPHABETS[kind], this.#out)) this.#tell(kind, length)
  }

  writeTables(kind: VariantKind, value: Uint8Array, tables: readonly ByteTable[]): void {
    for (const table of tables) if (doesChange(table, value)) this.write(kind, value, (bytes, out) => writeByTable(table, bytes, out))
  }

  #tell(kind: VariantKind, length: number): void {
    if (length >= SHORTEST_BYTES) this.#onVariant(kindNumber(kind), length)
  }
}
