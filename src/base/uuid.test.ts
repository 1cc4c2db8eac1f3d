import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hex } from "./bytes.ts"
import { createUuidGenerator, isUuid, uuidFromText, uuidToText } from "./uuid.ts"

const filledWith = (byte: number) => (bytes: Uint8Array) => void bytes.fill(byte)

describe("an id made by a generator", () => {
  it("begins with the time and carries version 7 and the variant of RFC 9562", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.integer({ min: 0, max: 255 }), (ms, byte) => {
      const id = hex(createUuidGenerator(() => ms, filledWith(byte))())
      expect(Number.parseInt(id.slice(0, 12), 16)).toBe(ms)
      expect(id).toMatch(/^.{12}7.{3}[89ab]/)
    }))
  })

  it("is greater than the one before, whatever clock and randomness do", () => {
    const times = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 255 })), { minLength: 2, maxLength: 50 })
    fc.assert(fc.property(times, (steps) => {
      let i = 0
      const newId = createUuidGenerator(() => steps[i]?.[0] as number, (bytes) => void bytes.fill(steps[i]?.[1] as number))
      const ids = steps.map(() => {
        const id = hex(newId())
        i++
        return id
      })
      expect(ids).toEqual([...new Set(ids)].toSorted())
    }))
  })

  it("carries over from word to word when it counts up", () => {
    const newId = createUuidGenerator(() => 0, filledWith(0xff))
    const counters = Array.from({ length: 20 }, () => {
      const id = BigInt(`0x${hex(newId())}`)
      return ((id >> 64n) & 0xfffn) * 2n ** 62n + (id & (2n ** 62n - 1n))
    })
    expect(counters[0]).toBe(2n ** 73n - 1n)
    for (const [i, counter] of counters.slice(1).entries()) expect(counter - (counters[i] as bigint)).toBe(2n ** 28n)
  })

  it("goes to text and back", () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (id) => {
      expect(isUuid(uuidToText(id))).toBe(true)
      expect(uuidFromText(uuidToText(id).toUpperCase())).toEqual(id)
    }))
  })
})
