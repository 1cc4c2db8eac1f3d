import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeKey, defineKeys, encodeKey, parseKeyRing } from "./key-ring-text.ts"

const K = (byte: number): string => Buffer.alloc(32, byte).toString("base64")
const messageOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return (error as Error).message
  }
  return "nothing thrown"
}

describe("a key ring", () => {
  it("reads one key, and several in any order with blanks around", () => {
    expect(parseKeyRing(`1:${K(1)}`)).toEqual([{ version: 1, value: K(1) }])
    expect(parseKeyRing(` 2 : ${K(2)} , 0:${K(1)} `)).toEqual([
      { version: 2, value: K(2) },
      { version: 0, value: K(1) },
    ])
  })
  it("is written in ascending order and reads back", () => {
    const text = defineKeys({ 10: K(1), 2: K(2) })
    expect(text).toBe(`2:${K(2)},10:${K(1)}`)
    expect(parseKeyRing(text)).toHaveLength(2)
  })
  it("any set of keys that defineKeys takes reads back the same", () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((key) => key.some((byte) => byte !== 0))
    const rings = fc.uniqueArray(fc.tuple(fc.nat(), bytes), { minLength: 1, maxLength: 5, selector: ([version]) => version })
    fc.assert(
      fc.property(rings, (keys) => {
        fc.pre(new Set(keys.map(([, key]) => encodeKey(key))).size === keys.length)
        const read = parseKeyRing(defineKeys(Object.fromEntries(keys.map(([version, key]) => [version, encodeKey(key)]))))
        expect(read.map(({ version, value }) => [version, [...decodeKey(value)]])).toEqual(
          keys.toSorted(([a], [b]) => a - b).map(([version, key]) => [version, [...key]]),
        )
      }),
    )
  })
  it.each([
    ["", "the key ring is empty"],
    [" ", "the key ring is empty"],
    [`1:${K(1)},`, "entry 2 is empty"],
    [K(1), 'entry 1 must be "version:value"'],
    [`${K(1)}:1`, "entry 1 has a version that is not a non-negative integer"],
    [`-1:${K(1)}`, "entry 1 has a version that is not a non-negative integer"],
    [`1.5:${K(1)}`, "entry 1 has a version that is not a non-negative integer"],
    [`1:${K(1)},1:${K(2)}`, "version 1 is duplicated"],
    [`1:${K(1)},2:${K(1)}`, "two versions hold the same key"],
    ["1:", "the value of version 1 must not be empty"],
    ["1:abc", "the value of version 1 must be exactly 44 base64 characters for a 32-byte key (got 3)"],
    [`1:${K(1).slice(0, 43)}A`, "the value of version 1 must end with one '=' padding character"],
    [`1:${`-${K(1).slice(1)}`}`, "the value of version 1 contains a non-standard-base64 character"],
    [`1:${K(1).slice(0, 42)}F=`, "the value of version 1 is not canonical base64"],
    [`1:${K(0)}`, "the value of version 1 is all zeros"],
  ])("refuses %j", (text, message) => {
    expect(messageOf(() => parseKeyRing(text))).toBe(`secret-store keys: ${message}`)
  })
  it("never shows what it was given", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12 }), (text) => {
        fc.pre(!/^[\s\d:,]*$/.test(text))
        expect(messageOf(() => parseKeyRing(text))).not.toContain(text)
      }),
    )
  })
  it("refuses a key that is no text, as an unset variable is", () => {
    expect(messageOf(() => defineKeys({ 1: undefined as unknown as string }))).toBe(
      "secret-store keys: the value of version 1 must be a string",
    )
    expect(messageOf(() => defineKeys({}))).toBe("secret-store keys: at least one key is required")
  })
})
