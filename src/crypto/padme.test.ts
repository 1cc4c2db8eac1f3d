import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { paddedLength } from "./padme.ts"

const LENGTH = fc.integer({ min: 0, max: 2 ** 30 })

describe("the padded length", () => {
  it("is 64 for everything up to 64", () => {
    for (let length = 0; length <= 64; length++) expect(paddedLength(length)).toBe(64)
  })

  it("is the Padmé length above: at most as many significant bits as the length of its exponent needs, plus one", () => {
    const small = [[65, 72], [72, 72], [73, 80], [127, 128], [129, 144], [1028, 1088], [1089, 1152]]
    const large = [[65_540, 67_584], [1_000_000, 1_015_808]]
    for (const [length, padded] of [...small, ...large] as [number, number][]) expect(paddedLength(length)).toBe(padded)
  })

  it("is never below the length and adds less than 12 % above the floor", () => {
    fc.assert(fc.property(LENGTH, (length) => {
      const padded = paddedLength(length)
      expect(padded).toBeGreaterThanOrEqual(length)
      expect(padded).toBeLessThan(Math.max(65, length * 1.12))
    }))
  })

  it("is its own padded length, and grows with the length", () => {
    fc.assert(fc.property(LENGTH, LENGTH, (a, b) => {
      const padded = paddedLength(a)
      expect(paddedLength(padded)).toBe(padded)
      expect(paddedLength(Math.min(a, b))).toBeLessThanOrEqual(paddedLength(Math.max(a, b)))
    }))
  })

  it("leaves 146 sizes to see for values up to 64 KiB", () => {
    const sizes = new Set(Array.from({ length: 65_537 }, (_, length) => paddedLength(length + 4)))
    expect(sizes.size).toBe(146)
  })

  it("takes a length that is no length for a programmer's mistake", () => {
    for (const length of [-1, 1.5, Number.NaN, 2 ** 31]) expect(() => paddedLength(length)).toThrow(TypeError)
  })
})
