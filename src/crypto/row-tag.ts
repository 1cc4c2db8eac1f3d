import type { KeyObject } from "node:crypto"
import { equalConstantTime, hmacSha256 } from "./mac.ts"

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
export const tagRow = (key: KeyObject, table: string, columns: ColumnValue[]): Uint8Array =>
  hmacSha256(key, encodeRow(table, columns))

/** Whether `tag` is the tag of this row, in constant time. */
export const isTagOf = (key: KeyObject, table: string, columns: ColumnValue[], tag: Uint8Array): boolean =>
  equalConstantTime(tagRow(key, table, columns), tag)

/** Two tags a read make this hot: one buffer of the largest size that can be needed, written once. */
const encodeRow = (table: string, columns: ColumnValue[]): Uint8Array => {
  let capacity = 1 + COUNT_BYTES + table.length * MAX_UTF8_BYTES_PER_UNIT + COUNT_BYTES
  for (const column of columns) capacity += COLUMN_HEADER_BYTES + capacityOf(column)
  const message = Buffer.allocUnsafe(capacity)
  message[0] = FORMAT
  const tableBytes = message.write(table, 1 + COUNT_BYTES, "utf8")
  message.writeUInt32BE(tableBytes, 1)
  let at = 1 + COUNT_BYTES + tableBytes
  at = message.writeUInt32BE(columns.length, at)
  for (const column of columns) at = writeColumn(message, at, column)
  return message.subarray(0, at)
}

const capacityOf = (column: ColumnValue): number => {
  if (column === null) return 0
  if (typeof column === "number") return INTEGER_BYTES
  if (typeof column === "string") return column.length * MAX_UTF8_BYTES_PER_UNIT
  if (column instanceof Uint8Array) return column.length
  throw new TypeError("a tagged column is null, an integer, text or bytes")
}

/** @returns the offset after the column */
const writeColumn = (message: Buffer, at: number, column: ColumnValue): number => {
  const content = at + COLUMN_HEADER_BYTES
  if (column === null) return writeHeader(message, at, NULL, 0)
  if (typeof column === "number") {
    writeInteger(message, content, column)
    return writeHeader(message, at, INTEGER, INTEGER_BYTES)
  }
  if (typeof column === "string") return writeHeader(message, at, TEXT, message.write(column, content, "utf8"))
  message.set(column, content)
  return writeHeader(message, at, BYTES, column.length)
}

const writeHeader = (message: Buffer, at: number, kind: number, length: number): number => {
  message[at] = kind
  return message.writeUInt32BE(length, at + 1) + length
}

const writeInteger = (message: Buffer, at: number, value: number): void => {
  if (!Number.isSafeInteger(value)) throw new TypeError("a number in a tagged row is a safe integer")
  message.writeInt32BE(Math.floor(value / 2 ** 32), at)
  message.writeUInt32BE(value >>> 0, at + 4)
}
