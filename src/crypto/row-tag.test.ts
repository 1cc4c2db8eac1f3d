import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hex } from "../base/bytes.ts"
import { fromHex, readVectors } from "../../test/vectors/read-vectors.ts"
import { createMacKey } from "./mac.ts"
import { isTagOf, tagRow, type ColumnValue } from "./row-tag.ts"

const KEY = createMacKey(new Uint8Array(32).fill(3))

interface Vector {
  key: string
  table: string
  columns: (null | number | string | { bytes: string })[]
  tag: string
}

const columnsOf = (vector: Vector): ColumnValue[] =>
  vector.columns.map((column) => (typeof column === "object" && column !== null ? fromHex(column.bytes) : column))

const COLUMN: fc.Arbitrary<ColumnValue> = fc.oneof(
  fc.constant(null), fc.maxSafeInteger(), fc.string({ unit: "binary", maxLength: 8 }), fc.uint8Array({ maxLength: 8 }),
)
const ROW = fc.tuple(fc.string({ maxLength: 4 }), fc.array(COLUMN, { maxLength: 5 }))

/** A text of the row that any two different rows spell differently. */
const spell = ([table, columns]: [string, ColumnValue[]]): string =>
  JSON.stringify([table, columns.map((column) => {
    if (column instanceof Uint8Array) return ["bytes", hex(column)]
    return [typeof column, column === 0 ? 0 : column]
  })])

describe("a row tag", () => {
  for (const vector of readVectors<Vector>("row-tag")) {
    it(`answers ${vector.expect} to the frozen row: ${vector.name}`, () => {
      const key = createMacKey(fromHex(vector.key))
      const expected = vector.expect === "ok"
      expect(isTagOf(key, vector.table, columnsOf(vector), fromHex(vector.tag))).toBe(expected)
      expect(hex(tagRow(key, vector.table, columnsOf(vector))) === vector.tag).toBe(expected)
    })
  }

  it("is equal for equal rows only", () => {
    fc.assert(fc.property(ROW, ROW, (a, b) => {
      expect(isTagOf(KEY, a[0], a[1], tagRow(KEY, b[0], b[1]))).toBe(spell(a) === spell(b))
      expect(isTagOf(KEY, a[0], a[1], tagRow(KEY, a[0], a[1]))).toBe(true)
    }))
  })

  it("tells apart what a careless encoding would mix up", () => {
    const rows: [string, ColumnValue[]][] = [
      ["t", ["a", "b"]], ["t", ["ab"]], ["t", ["ab", ""]], ["t", ["", "ab"]], ["t", []], ["t", [""]], ["t", [null]],
      ["t", [null, null]],
      ["t", [new Uint8Array(0)]], ["t", [1]], ["t", ["1"]], ["t", [Uint8Array.of(0x31)]], ["t", [0]], ["t", [-1]],
      ["t", [2 ** 32]],
      ["t", [Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1)]], ["t", ["\0"]], ["ta", ["b"]], ["ta", []], ["", ["t"]],
      ["t", ["é"]], ["t", ["e\u0301"]],
    ]
    expect(new Set(rows.map(([table, columns]) => hex(tagRow(KEY, table, columns)))).size).toBe(rows.length)
  })

  it("is refused after any flipped bit, at another length and under another key", () => {
    const tag = tagRow(KEY, "secret", ["a", 1])
    for (let bit = 0; bit < 256; bit++) {
      const flipped = tag.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(isTagOf(KEY, "secret", ["a", 1], flipped)).toBe(false)
    }
    expect(isTagOf(KEY, "secret", ["a", 1], tag.subarray(0, 31))).toBe(false)
    expect(isTagOf(createMacKey(new Uint8Array(32)), "secret", ["a", 1], tag)).toBe(false)
  })

  it("takes what cannot be tagged exactly for a programmer's mistake", () => {
    for (const column of [0.5, Number.NaN, 2 ** 53, true, undefined, 1n, {}, [1]]) {
      expect(() => tagRow(KEY, "t", [column as ColumnValue])).toThrow(TypeError)
    }
  })
})
