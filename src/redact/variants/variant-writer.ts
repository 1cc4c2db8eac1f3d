import { baseForms, hasNewline, linesOf, withoutNewline } from "./base-forms.ts"
import { writeByTable } from "./byte-table.ts"
import { isUtf8 } from "./code-points.ts"
import { ALPHABETS, fullPercentForms, hexForms, utf16Forms, writeBase64 } from "./encodings.ts"
import { writeJson } from "./json-forms.ts"
import { EscapeTables } from "./escape-tables.ts"
import { kindNumber, type VariantKind, type VariantSwitches } from "./kinds.ts"
import { newlineForms } from "./newline-forms.ts"
import type { Scratch } from "./scratch.ts"

/** Each variant is so many bytes of the scratch, counted from its start. The longest comes first. */
export type OnVariants = (kind: number, lengths: readonly number[]) => void

const LINE_BYTES = 8
const SHORTEST_BYTES = 6

type Form = (value: Uint8Array, out: Scratch) => void

const PLAIN = /^[A-Za-z0-9_.-]$/
const IS_PLAIN = Array.from({ length: 256 }, (_, byte) => PLAIN.test(String.fromCharCode(byte)))

/** The bytes that some way of escaping may change, each once. */
const strangeBytes = (value: Uint8Array): number[] => {
  const strange: number[] = []
  for (let i = 0; i < value.length; i++) {
    const byte = value[i] as number
    if (!(IS_PLAIN[byte] as boolean) && !strange.includes(byte)) strange.push(byte)
  }
  return strange.toSorted((a, b) => a - b)
}

const isDigits = (value: Uint8Array): boolean => value.every((byte) => byte >= 0x30 && byte <= 0x39)

/** Writes every variant of a value, each of which `docs/guide/redaction.md` lists; some come more than once. */
export class VariantWriter {
  readonly #switches: VariantSwitches
  /** Made for the first value that needs them: they cost a start of the program more than most values do. */
  #tables: EscapeTables | null = null

  constructor(switches: VariantSwitches) {
    this.#switches = switches
  }

  write(value: Uint8Array, out: Scratch, onVariants: OnVariants): void {
    const pen = new Pen(this.#switches, out, onVariants)
    this.#encode(value, pen)
    this.#escape(value, pen)
    for (const { kind, bytes } of baseForms(value)) {
      if (this.#switches[kind] === false) continue
      pen.write(kind, bytes, copy)
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
      this.#escape(line, pen)
    }
  }

  #encode(value: Uint8Array, pen: Pen): void {
    for (const kind of ["base64", "base64url"] as const)
      for (const before of [0, 1, 2]) pen.writeBase64(kind, value, before)
    for (const form of hexForms) pen.write("hex", value, form)
    if (isUtf8(value)) for (const form of utf16Forms) pen.write("utf16", value, form)
    for (const form of fullPercentForms) pen.write("percent", value, form)
  }

  #escape(value: Uint8Array, pen: Pen): void {
    const strange = strangeBytes(value)
    if (strange.length === 0) return
    const { json, byTable } = (this.#tables ??= new EscapeTables()).for(strange)
    for (const form of json) pen.write("json", value, (bytes, out) => writeJson(bytes, form, out))
    for (const { kind, table } of byTable) pen.write(kind, value, (bytes, out) => writeByTable(table, bytes, out))
  }
}

const copy: Form = (value, out) => {
  for (let i = 0; i < value.length; i++) out.put(value[i] as number)
}

/** Writes one form at a time and tells of it, unless its kind is switched off or it is too short to be told from other text. */
class Pen {
  readonly #switches: VariantSwitches
  readonly #out: Scratch
  readonly #onVariants: OnVariants

  constructor(switches: VariantSwitches, out: Scratch, onVariants: OnVariants) {
    this.#switches = switches
    this.#out = out
    this.#onVariants = onVariants
  }

  write(kind: VariantKind, value: Uint8Array, form: Form): void {
    if (this.#switches[kind] === false) return
    this.#out.begin()
    form(value, this.#out)
    this.#tell(kind, [this.#out.length])
  }

  writeBase64(kind: keyof typeof ALPHABETS, value: Uint8Array, before: number): void {
    if (this.#switches[kind] === false) return
    this.#out.begin()
    this.#tell(kind, writeBase64(value, before, ALPHABETS[kind], this.#out))
  }

  #tell(kind: VariantKind, lengths: readonly number[]): void {
    this.#onVariants(kindNumber(kind), lengths.filter((length) => length >= SHORTEST_BYTES))
  }
}
