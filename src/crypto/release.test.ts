import { describe, expect, it } from "vitest"
import { release } from "./release.ts"

describe("releasing a buffer", () => {
  it("empties a large one that owns its memory", () => {
    const bytes = new Uint8Array(8192).fill(1)
    release(bytes)
    expect(bytes.length).toBe(0)
  })

  it("never touches a piece of a pool, whatever its size", () => {
    const pool = new Uint8Array(16_384).fill(1)
    release(pool.subarray(0, 8192))
    release(pool.subarray(1))
    expect(pool.length).toBe(16_384)
    expect(pool.every((byte) => byte === 1)).toBe(true)
  })

  it("leaves small buffers to the garbage collector", () => {
    const bytes = new Uint8Array(32).fill(1)
    release(bytes)
    expect(bytes.length).toBe(32)
  })
})
