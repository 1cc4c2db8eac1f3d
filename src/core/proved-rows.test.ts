import { describe, expect, it } from "vitest"
import { createProvedRows } from "./proved-rows.ts"

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const TAG = bytes(9, 9)

describe("rows that were proved", () => {
  it("are known again with the same columns and the same tag, and with nothing else", () => {
    const proved = createProvedRows()
    proved.add("A", [bytes(1, 2), "A", 3, null], TAG)
    expect(proved.has("A", [bytes(1, 2), "A", 3, null], bytes(9, 9))).toBe(true)
    expect(proved.has("A", [bytes(1, 3), "A", 3, null], TAG)).toBe(false)
    expect(proved.has("A", [bytes(1, 2), "A", 4, null], TAG)).toBe(false)
    expect(proved.has("A", [bytes(1, 2), "A", 3, ""], TAG)).toBe(false)
    expect(proved.has("A", [bytes(1, 2), "A", 3], TAG)).toBe(false)
    expect(proved.has("A", [bytes(1, 2), "A", 3, null], bytes(9, 8))).toBe(false)
    expect(proved.has("B", [bytes(1, 2), "A", 3, null], TAG)).toBe(false)
  })

  it("are forgotten when there are too many, the oldest first, and one that is asked for stays", () => {
    const proved = createProvedRows(4)
    for (const name of ["A", "B", "C"]) proved.add(name, [name], TAG)
    expect(proved.has("A", ["A"], TAG)).toBe(true)
    for (const name of ["D", "E"]) proved.add(name, [name], TAG)
    expect(proved.has("B", ["B"], TAG)).toBe(false)
    expect(proved.has("A", ["A"], TAG)).toBe(true)
  })

  it("are not remembered with long texts, so that a workspace full of metadata fills no memory", () => {
    const proved = createProvedRows()
    proved.add("A", ["x".repeat(1025)], TAG)
    expect(proved.has("A", ["x".repeat(1025)], TAG)).toBe(false)
  })
})
