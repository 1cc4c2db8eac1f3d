import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { safetyNumber } from "./safety-number.ts"

const A = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
const B = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

const halfOf = (id: string): string => {
  const key = Buffer.from(id, "hex")
  const hash = (...parts: Buffer[]): Buffer => createHash("sha512").update(Buffer.concat(parts)).digest()
  let h = hash(Buffer.from("sotto/box safety number v1\0"), key)
  for (let round = 0; round < 5200; round++) h = hash(h, key)
  return [0, 5, 10, 15, 20, 25].map((at) => String(h.readUIntBE(at, 5) % 100_000).padStart(5, "0")).join(" ")
}

describe("a safety number", () => {
  it("is what its description says, twelve groups of five digits", () => {
    expect(safetyNumber(A, B)).toBe([halfOf(A), halfOf(B)].sort().join(" "))
    expect(safetyNumber(A, B)).toMatch(/^\d{5}(?: \d{5}){11}$/)
  })

  it("is the same from both sides, and another with another key", () => {
    expect(safetyNumber(B, `0x${A}`)).toBe(safetyNumber(A, B))
    expect(safetyNumber(A, A)).not.toBe(safetyNumber(A, B))
  })

  it.each(["", A.toUpperCase(), `01${"00".repeat(31)}`])("is not of %j, which is no key", (id) => {
    expect(() => safetyNumber(A, id)).toThrow(expect.objectContaining({ code: "invalid_argument" }))
  })
})
