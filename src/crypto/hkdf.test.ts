import { describe, expect, it } from "vitest"
import { hex, utf8 } from "../base/bytes.ts"
import { fromHex, readVectors } from "../../test/vectors/read-vectors.ts"
import { deriveKey, hkdfSha256 } from "./hkdf.ts"

interface Vector {
  secret: string
  salt: string
  info: string
  length: number
  okm: string
}

describe("HKDF-SHA-256", () => {
  for (const vector of readVectors<Vector>("hkdf-sha256")) {
    it(`gives the key of RFC 5869, ${vector.name}`, () => {
      const { secret, salt, info } = vector
      expect(hex(hkdfSha256(fromHex(secret), fromHex(salt), fromHex(info), vector.length))).toBe(vector.okm)
    })
  }

  it("derives a key from a root without salt and with the label behind a version", () => {
    const root = new Uint8Array(32).fill(9)
    expect(deriveKey(root, "tokens")).toEqual(hkdfSha256(root, new Uint8Array(0), utf8("sotto/v1/tokens"), 32))
  })

  it("gives other keys for other labels and other roots", () => {
    const root = new Uint8Array(32).fill(9)
    const other = new Uint8Array(32).fill(10)
    const keys = [deriveKey(root, "row tags"), deriveKey(root, "tokens"), deriveKey(other, "tokens")].map(hex)
    expect(new Set(keys).size).toBe(3)
  })
})
