import { sameBytes } from "../base/bytes.ts"
import type { ColumnValue } from "../crypto/row-tag.ts"

/**
 * Rows that were found authentic under one root. Who lists the same page again has its rows compared with what was proved
 * before, which takes a tenth of a MAC. It holds what listings show, never a value, and forgets the oldest first.
 */
export interface ProvedRows {
  /** Whether the row of this key was remembered with exactly these columns and this tag. */
  has(key: string, columns: readonly ColumnValue[], tag: Uint8Array): boolean
  /** Remembers a row whose tag was found right. */
  add(key: string, columns: readonly ColumnValue[], tag: Uint8Array): void
}

interface Proved {
  columns: readonly ColumnValue[]
  tag: Uint8Array
}

const LONGEST_TEXT_UNITS = 1024

/** @param capacity rows at most, in two halves of which the older is dropped whole */
export const createProvedRows = (capacity = 4096): ProvedRows => {
  let young = new Map<string, Proved>()
  let old: ReadonlyMap<string, Proved> = young
  const add = (key: string, proved: Proved): void => {
    if (young.size >= capacity / 2 && !young.has(key)) {
      old = young
      young = new Map()
    }
    young.set(key, proved)
  }
  return {
    has: (key, columns, tag) => {
      const recent = young.get(key)
      const proved = recent ?? old.get(key)
      if (proved === undefined || !isSame(proved, columns, tag)) return false
      if (recent === undefined) add(key, proved)
      return true
    },
    add: (key, columns, tag) => {
      if (columns.every(isShort)) add(key, { columns, tag })
    },
  }
}

const isShort = (column: ColumnValue): boolean => typeof column !== "string" || column.length <= LONGEST_TEXT_UNITS

// The columns first: only who already wrote exactly this row gets as far as the tag, and knows it.
const isSame = (proved: Proved, columns: readonly ColumnValue[], tag: Uint8Array): boolean => {
  if (proved.columns.length !== columns.length) return false
  for (let i = 0; i < columns.length; i++) if (!isSameColumn(proved.columns[i] as ColumnValue, columns[i] as ColumnValue)) return false
  return sameBytes(proved.tag, tag)
}

const isSameColumn = (a: ColumnValue, b: ColumnValue): boolean =>
  a === b || (a instanceof Uint8Array && b instanceof Uint8Array && sameBytes(a, b))
