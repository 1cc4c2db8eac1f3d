import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { hex, utf8 } from "../base/bytes.ts"
import { answerOf, expectedOf, fromHex, readVectors } from "../../test/vectors/read-vectors.ts"
import { createXaesKey, openXaesGcm, sealXaesGcm } from "./xaes-gcm.ts"

interface Vector {
  key: string
  nonce: string
  derivedKey?: string
  aad: string
  plain: string
  sealed: string
}

const ACCUMULATED = JSON.parse(
  readFileSync(new URL("../../test/vectors/xaes-256-gcm.json", import.meta.url), "utf8"),
).accumulated as { iterations: number; hash: string }

const inputOf = (vector: Vector) => ({
  key: createXaesKey(fromHex(vector.key)),
  nonce: fromHex(vector.nonce),
  aad: fromHex(vector.aad),
})

describe("XAES-256-GCM", () => {
  for (const vector of readVectors<Vector>("xaes-256-gcm")) {
    it(`answers ${vector.expect} to the vector: ${vector.name}`, () => {
      const { key, nonce, aad } = inputOf(vector)
      const open = () => hex(openXaesGcm(key, nonce, aad, fromHex(vector.sealed)))
      expect(answerOf(open)).toBe(expectedOf(vector, vector.plain))
    })
  }

  for (const vector of readVectors<Vector>("xaes-256-gcm").filter(({ expect: expected }) => expected === "ok")) {
    it(`derives and seals as published: ${vector.name}`, () => {
      const { key, nonce, aad } = inputOf(vector)
      expect(key.deriveKey(nonce).export().toString("hex")).toBe(vector.derivedKey)
      expect(hex(sealXaesGcm(key, nonce, aad, fromHex(vector.plain)))).toBe(vector.sealed)
    })
  }

  it("gives the published hash over 10,000 randomized messages, and opens each", () => {
    const read = createShakeReader(ACCUMULATED.iterations * (32 + 24 + 2 * 256))
    const hash = createHash("shake128", { outputLength: 32 })
    for (let i = 0; i < ACCUMULATED.iterations; i++) {
      const key = createXaesKey(read(32))
      const nonce = read(24)
      const plain = read(read(1)[0] as number)
      const aad = read(read(1)[0] as number)
      const sealed = sealXaesGcm(key, nonce, aad, plain)
      if (!plain.equals(openXaesGcm(key, nonce, aad, sealed))) throw new Error(`message ${i} did not open`)
      hash.update(sealed)
    }
    expect(hash.digest("hex")).toBe(ACCUMULATED.hash)
  })

  it("takes keys and nonces of another length for a programmer's mistake", () => {
    expect(() => createXaesKey(new Uint8Array(16))).toThrow(TypeError)
    const key = createXaesKey(new Uint8Array(32))
    expect(() => sealXaesGcm(key, new Uint8Array(12), new Uint8Array(0), new Uint8Array(0))).toThrow(TypeError)
  })

  it("shows no key material when a key is printed", () => {
    const bytes = utf8("thirty-two bytes that are secret")
    const key = createXaesKey(bytes)
    const printed = inspect(key, { depth: 10, showHidden: true })
    expect(printed).not.toContain(hex(bytes).slice(0, 8))
    expect(printed).not.toMatch(/\b116,\s*104,\s*105\b/)
    expect(JSON.stringify(key)).toBe("{}")
  })

  it("no longer needs the bytes that a key was made of", () => {
    const bytes = new Uint8Array(32).fill(7)
    const key = createXaesKey(bytes)
    bytes.fill(0)
    const nonce = new Uint8Array(24)
    const none = new Uint8Array(0)
    expect(sealXaesGcm(key, nonce, none, none)).toEqual(sealXaesGcm(createXaesKey(new Uint8Array(32).fill(7)), nonce, none, none))
  })
})

/** The random source of the published test: one SHAKE-128 of nothing. */
const createShakeReader = (totalBytes: number): ((length: number) => Buffer) => {
  const stream = createHash("shake128", { outputLength: totalBytes }).digest()
  let at = 0
  return (length) => stream.subarray(at, (at += length))
}
