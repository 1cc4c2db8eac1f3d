import { describe, expect, it } from "vitest"
import { fromHex, readVectors } from "../../test/vectors/read-vectors.ts"
import { hex, utf8 } from "../base/bytes.ts"
import { isSignedBy, newSigningSeed, signingKeyOf } from "./ed25519.ts"

interface Vector {
  seed: string
  publicKey: string
  message: string
  signature: string
}

describe("a signature", () => {
  it.each(readVectors<Vector>("ed25519"))("follows RFC 8032, $name", ({ seed, publicKey, message, signature }) => {
    const key = signingKeyOf(fromHex(seed))
    expect(hex(key.publicKey)).toBe(publicKey)
    expect(hex(key.sign(fromHex(message)))).toBe(signature)
    expect(isSignedBy(fromHex(publicKey), fromHex(message), fromHex(signature))).toBe(true)
  })

  it("proves nothing with a bit changed anywhere, of another size, or by another key", () => {
    const key = signingKeyOf(newSigningSeed())
    const [message, signature] = [utf8("words"), key.sign(utf8("words"))]
    expect(isSignedBy(key.publicKey, message, signature)).toBe(true)
    for (const at of signature.keys()) expect(isSignedBy(key.publicKey, message, signature.with(at, (signature[at] as number) ^ 1))).toBe(false)
    expect(isSignedBy(key.publicKey, utf8("Words"), signature)).toBe(false)
    expect(isSignedBy(key.publicKey, message, signature.subarray(1))).toBe(false)
    expect(isSignedBy(key.publicKey, message, new Uint8Array(0))).toBe(false)
    expect(isSignedBy(signingKeyOf(newSigningSeed()).publicKey, message, signature)).toBe(false)
    expect(isSignedBy(new Uint8Array(5), message, signature)).toBe(false)
    expect(isSignedBy(new Uint8Array(32), message, signature)).toBe(false)
  })
})
