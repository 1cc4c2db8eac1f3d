import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { answerOf, expectedOf, readVectors } from "../../test/vectors/read-vectors.ts"
import { canonicalJson, type JsonValue } from "./canonical-json.ts"

const fromBits = (bits: string): number => Buffer.from(bits, "hex").readDoubleBE(0)

const shuffled = (value: JsonValue): JsonValue => {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).reverse().map(([key, member]): [string, JsonValue] => [key, shuffled(member)])
  return Object.fromEntries(entries)
}

describe("canonical JSON", () => {
  for (const vector of readVectors<{ input?: string; bits?: string; output?: string }>("jcs")) {
    it(`answers ${vector.expect} to RFC 8785: ${vector.name}`, () => {
      const value = vector.bits === undefined ? JSON.parse(vector.input as string) : fromBits(vector.bits)
      expect(answerOf(() => canonicalJson(value))).toBe(expectedOf(vector, vector.output))
    })
  }

  it("means the same as the value, and does not depend on the order of keys", () => {
    fc.assert(fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const text = canonicalJson(value as JsonValue)
      expect(canonicalJson(JSON.parse(text))).toBe(text)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(canonicalJson(shuffled(value as JsonValue))).toBe(text)
    }))
  })

  it("keeps a key that objects treat specially", () => {
    const value = JSON.parse('{"__proto__":1,"constructor":2,"toJSON":3}')
    expect(canonicalJson(value)).toBe('{"__proto__":1,"constructor":2,"toJSON":3}')
    expect(canonicalJson(Object.assign(Object.create(null), { b: 1, a: 2 }))).toBe('{"a":2,"b":1}')
  })

  it("refuses what has no JSON form, and lone surrogates in text and keys", () => {
    const formless = [Number.NaN, -Infinity, undefined, { a: undefined }, [undefined], 1n, () => 1, new Date(0), new Map()]
    for (const value of [...formless, "\ud800", { "\udc00": 1 }]) expect(answerOf(() => canonicalJson(value as JsonValue))).toBe("invalid_argument")
  })

  it("refuses nesting that could exhaust the stack", () => {
    const nested = (depth: number): JsonValue => JSON.parse("[".repeat(depth) + "]".repeat(depth))
    expect(canonicalJson(nested(256))).toBe("[".repeat(256) + "]".repeat(256))
    expect(answerOf(() => canonicalJson(nested(258)))).toBe("invalid_argument")
    expect(answerOf(() => canonicalJson(nested(5000)))).toBe("invalid_argument")
  })
})
