import { equalConstantTime, MAC_HEAD_BYTES, type MacKey } from "./mac.ts"

/** Integers are safe integers; text holds no lone surrogates. */
export type ColumnValue = null | number | string | Uint8Array

const FORMAT = 0x01
const NULL = 0
const INTEGER = 1
const TEXT = 2
const BYTES = 3

const COUNT_BYTES = 4
const COLUMN_HEADER_BYTES = 5
const INTEGER_BYTES = 8
const MAX_UTF8_BYTES_PER_UNIT = 3

/** HMAC-SHA-256 (32 bytes) over the table's name and all columns in their order, so that no two rows have one encoding. */
export const tagRow = (key: MacKey, table: string, columns: ColumnValue[]): Uint8Array => {
  const message = roomFor(table, columns)
  return key.digest(message, writeRow(message, table, columns))
}

/** Whether `tag` is the tag of this row, in constant time. */
export const isTagOf = (key: MacKey, table: string, columns: ColumnValue[], tag: Uint8Array): boolean =>
  equalConstantTime(tagRow(key, table, columns), tag)

/** Two tags a read make this hot: rows of a usual size are laid out in one buffer. */
const createMessageRoom = (): ((table: string, columns: ColumnValue[]) => Buffer) => {
  const usual = Buffer.alloc(USUAL_MESSAGE_BYTES)
  return (table, columns) => {
    let capacity = MAC_HEAD_BYTES + 1 + COUNT_BYTES + table.length * MAX_UTF8_BYTES_PER_UNIT + COUNT_BYTES
    for (const column of columns) capacity += COLUMN_HEADER_BYTES + capacityOf(column)
    return capacity <= USUAL_MESSAGE_BYTES ? usual : Buffer.alloc(capacity)
  }
}
const USUAL_MESSAGE_BYTES = 4096
const roomFor = createMessageRoom()

/** @returns the offset after the row */
const writeRow = (message: Buffer, table: string, columns: ColumnValue[]): number => {
  message[MAC_HEAD_BYTES] = FORMAT
  let at = writeText(message, MAC_HEAD_BYTES + 1, table)
  at = message.writeUInt32BE(columns.length, at)
  for (const column of columns) at = writeColumn(message, at, column)
  return at
}

/** Length, then UTF-8. @returns the offset after the text */
const writeText = (message: Buffer, at: number, text: string): number => {
  const content = at + COUNT_BYTES
  const length = writeAscii(message, content, text) ? text.length : message.write(text, content, "utf8")
  return message.writeUInt32BE(length, at) + length
}

/** @returns false for text of another kind or longer than names are: a call into native code is dearer than a short loop. */
const writeAscii = (message: Buffer, at: number, text: string): boolean => {
  if (text.length > SHORT_TEXT_UNITS) return false
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > LAST_ASCII) return false
    message[at + i] = unit
  }
  return true
}
const SHORT_TEXT_UNITS = 64
const LAST_ASCII = 0x7f

const capacityOf = (column: ColumnValue): number => {
  if (column === null) return 0
  if (typeof column === "number") return INTEGER_BYTES
  if (typeof column === "string") return column.length * MAX_UTF8_BYTES_PER_UNIT
  if (column instanceof Uint8Array) return column.length
  throw new TypeError("a tagged column is null, an integer, text or bytes")
}

/** @returns the offset after the column */
const writeColumn = (message: Buffer, at: number, column: ColumnValue): number => {
  if (column === null) return writeHeader(message, at, NULL, 0)
  if (typeof column === "number") return writeInteger(message, writeHeader(message, at, INTEGER, INTEGER_BYTES), column)
  if (typeof column === "string") {
    message[at] = TEXT
    return writeText(message, at + 1, column)
  }
  const content = writeHeader(message, at, BYTES, column.length)
  message.set(column, content)
  return content + column.length
}

/** @returns the offset after the header */
const writeHeader = (message: Buffer, at: number, kind: number, length: number): number => {
  message[at] = kind
  return message.writeUInt32BE(length, at + 1)
}

/** @returns the offset after the integer */
const writeInteger = (message: Buffer, at: number, value: number): number => {
  if (!Number.isSafeInteger(value)) throw new TypeError("a number in a tagged row is a safe integer")
  message.writeInt32BE(Math.floor(value / 2 ** 32), at)
  return message.writeUInt32BE(value >>> 0, at + 4)
}
