import { crc32 as zlibCrc32 } from "node:zlib"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { crc32 } from "./crc32.ts"
import { formatToken, parseToken } from "./token-text.ts"
import { randomBase62, toBase62 } from "./base62.ts"
import { randomBytes } from "../../crypto/random.ts"

const id = fc.stringMatching(/^[0-9A-Za-z]{16}$/)
const secret = fc.uint8Array({ minLength: 32, maxLength: 32 })
const kind = fc.constantFrom("person" as const, "agent" as const, "service" as const)
const parts = fc.record({ kind, id, secret })

describe("the text of a token", () => {
  it("reads back what it was made from", () => {
    fc.assert(fc.property(parts, (token) => { expect(parseToken(formatToken(token))).toEqual(token) }))
  })

  it("has one length, so that scanners know it", () => {
    fc.assert(fc.property(parts, (token) => { expect(formatToken(token)).toMatch(/^sotto_[pas]_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/) }))
  })

  it("is refused with any other character at any place", () => {
    fc.assert(
      fc.property(parts, fc.nat(74), fc.stringMatching(/^[ -~]$/), (token, at, other) => {
        const text = formatToken(token)
        fc.pre(text[at] !== other)
        expect(parseToken(text.slice(0, at) + other + text.slice(at + 1))).toBeNull()
      }),
    )
  })

  it.each(["", "sotto_", "sotto_p_", "SOTTO_P_x"])("is not %j", (text) => {
    expect(parseToken(text)).toBeNull()
  })

  it("is refused with space around it, and where the digits say more than 256 bits", () => {
    const text = formatToken({ kind: "agent", id: "0123456789abcdef", secret: new Uint8Array(32) })
    expect(parseToken(`${text}\n`)).toBeNull()
    expect(parseToken(` ${text}`)).toBeNull()
    const start = `sotto_a_0123456789abcdef_${"z".repeat(43)}`
    expect(parseToken(start + toBase62(BigInt(crc32(new TextEncoder().encode(start))), 6))).toBeNull()
  })

  it("has zlib's checksum", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => { expect(crc32(bytes)).toBe(zlibCrc32(bytes)) }))
  })

  it("draws ids from all 62 digits", () => {
    const seen = new Set(randomBase62(randomBytes, 5_000))
    expect(seen.size).toBe(62)
  })
})
