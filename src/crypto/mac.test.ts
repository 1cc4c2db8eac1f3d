import { inspect } from "node:util"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { concatBytes, hex } from "../base/bytes.ts"
import { fromHex, readVectors } from "../../test/vectors/read-vectors.ts"
import { createMac, createMacKey, equalConstantTime, hmacSha256, MAC_HEAD_BYTES } from "./mac.ts"

interface Vector {
  key: string
  data: string
  mac: string
}

describe("HMAC-SHA-256", () => {
  for (const vector of readVectors<Vector>("hmac-sha256")) {
    it(`gives the code of RFC 4231, ${vector.name}`, () => {
      expect(hex(hmacSha256(createMacKey(fromHex(vector.key)), fromHex(vector.data)))).toBe(vector.mac)
    })
  }

  it("reads its parts as one message", () => {
    const key = createMacKey(new Uint8Array(32).fill(1))
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), (parts) => {
      const whole = hmacSha256(key, concatBytes(...parts))
      const stream = createMac(key)
      for (const part of parts) stream.update(part)
      expect(hmacSha256(key, ...parts)).toEqual(whole)
      expect(stream.digest()).toEqual(whole)
    }))
  })

  it("is the same over a message that is laid out behind a head, and leaves nothing of the key there", () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 140 }), fc.uint8Array({ maxLength: 200 }), (bytes, message) => {
      const key = createMacKey(bytes)
      const laidOut = concatBytes(new Uint8Array(MAC_HEAD_BYTES).fill(9), message, new Uint8Array(3))
      expect(hex(key.digest(laidOut, MAC_HEAD_BYTES + message.length))).toBe(hex(hmacSha256(key, message)))
      expect(laidOut).toEqual(concatBytes(new Uint8Array(MAC_HEAD_BYTES), message, new Uint8Array(3)))
    }))
  })

  it("shows no key material: any two keys print the same", () => {
    const print = (key: object): string => inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key)
    expect(print(createMacKey(new Uint8Array(32).fill(1)))).toBe(print(createMacKey(new Uint8Array(32).fill(2))))
  })
})

describe("comparing in constant time", () => {
  it("agrees with comparing byte for byte", () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (bytes, position) => {
      const changed = bytes.slice()
      changed[position % bytes.length] = (changed[position % bytes.length] as number) ^ 1
      expect(equalConstantTime(bytes, bytes.slice())).toBe(true)
      expect(equalConstantTime(bytes, changed)).toBe(false)
    }))
  })

  it("answers false to other lengths instead of throwing", () => {
    expect(equalConstantTime(new Uint8Array(32), new Uint8Array(31))).toBe(false)
    expect(equalConstantTime(new Uint8Array(0), new Uint8Array(1))).toBe(false)
  })
})
