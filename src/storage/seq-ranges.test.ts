import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseRanges, printRanges, rangesOf } from "./seq-ranges.ts"

const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 100_000 }), { maxLength: 3_000 })

const countedUp = ({ from, to }: { from: number; to: number }): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe("ranges of event numbers", () => {
  it("say exactly which numbers, ascending, whatever way through text they took", () => {
    fc.assert(
      fc.property(numbers, (seqs) => {
        const read = printRanges(rangesOf(seqs)).flatMap(parseRanges)
        expect(read.flatMap(countedUp)).toEqual(seqs.toSorted((a, b) => a - b))
      }),
    )
  })

  it("are cut into texts that a notification can carry", () => {
    fc.assert(
      fc.property(numbers, (seqs) => {
        for (const text of printRanges(rangesOf(seqs))) expect(Buffer.byteLength(text)).toBeLessThan(8_000)
      }),
    )
    expect(printRanges(rangesOf(Array.from({ length: 2_000 }, (_, i) => 2 * i))).length).toBeGreaterThan(1)
  })

  it("are none in a text of somebody else", () => {
    expect(["", "x", "1", "1-", "-1", "1-2-3", "1e3-2", "9999999999999999-1"].flatMap(parseRanges)).toEqual([])
  })
})
