import { describe, expect, it } from "vitest"
import { hex } from "../base/bytes.ts"
import { fillRandom, randomBytes } from "./random.ts"

describe("random bytes", () => {
  it("come in the length asked for, in a buffer of their own", () => {
    for (const length of [0, 1, 12, 24, 32, 512, 513, 8192, 100_000]) {
      const bytes = randomBytes(length)
      expect(bytes.length).toBe(length)
      expect(bytes.buffer.byteLength).toBe(length)
    }
  })

  it("are never given out twice, also across refills of the pool", () => {
    const seen = new Set(Array.from({ length: 20_000 }, () => hex(randomBytes(16))))
    expect(seen.size).toBe(20_000)
  })

  it("are not bytes that the pool has already forgotten", () => {
    for (let i = 0; i < 5000; i++) expect(randomBytes(24).every((byte) => byte === 0)).toBe(false)
  })

  it("show each byte value about equally often", () => {
    const counts = Array.from({ length: 256 }, () => 0)
    for (let i = 0; i < 8192; i++) for (const byte of randomBytes(32)) counts[byte] = (counts[byte] as number) + 1
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1024) ** 2 / 1024, 0)
    expect(chiSquare).toBeLessThan(450) // 255 degrees of freedom: a fair source exceeds this once in 10^12 runs
  })

  it("overwrite all of a buffer and nothing around it", () => {
    const bytes = new Uint8Array(600)
    fillRandom(bytes.subarray(8, 592))
    expect(bytes.subarray(0, 8).every((byte) => byte === 0)).toBe(true)
    expect(bytes.subarray(592).every((byte) => byte === 0)).toBe(true)
    for (let at = 8; at < 592; at += 8) expect(bytes.subarray(at, at + 8).some((byte) => byte !== 0)).toBe(true)
  })
})
