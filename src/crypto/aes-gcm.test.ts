import { createSecretKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import { hex } from "../base/bytes.ts"
import { answerOf, expectedOf, fromHex, readVectors } from "../../test/vectors/read-vectors.ts"
import { openAesGcm, sealAesGcm } from "./aes-gcm.ts"

interface Vector {
  key: string
  nonce: string
  aad: string
  plain: string
  sealed: string
}

const inputOf = (vector: Vector) => ({
  key: createSecretKey(fromHex(vector.key)),
  nonce: fromHex(vector.nonce),
  aad: fromHex(vector.aad),
})

describe("AES-256-GCM", () => {
  for (const vector of readVectors<Vector>("aes-256-gcm")) {
    it(`answers ${vector.expect} to ${vector.name}`, () => {
      const open = () => hex(openAesGcm({ ...inputOf(vector), sealed: fromHex(vector.sealed) }))
      expect(answerOf(open)).toBe(expectedOf(vector, vector.plain))
    })
  }

  for (const vector of readVectors<Vector>("aes-256-gcm").filter(({ expect: expected }) => expected === "ok")) {
    it(`seals as published: ${vector.name}`, () => {
      expect(hex(sealAesGcm({ ...inputOf(vector), plain: fromHex(vector.plain) }))).toBe(vector.sealed)
    })
  }

  it("takes a nonce of another length for a programmer's mistake", () => {
    const key = createSecretKey(new Uint8Array(32))
    const none = new Uint8Array(0)
    expect(() => sealAesGcm({ key, nonce: new Uint8Array(16), aad: none, plain: none })).toThrow(TypeError)
    expect(() => openAesGcm({ key, nonce: new Uint8Array(11), aad: none, sealed: new Uint8Array(16) })).toThrow(TypeError)
  })
})
