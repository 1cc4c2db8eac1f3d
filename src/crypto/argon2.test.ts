import * as crypto from "node:crypto"
import { describe, expect, it } from "vitest"
import { hex, utf8 } from "../base/bytes.ts"
import { fromHex, readVectors } from "../../test/vectors/read-vectors.ts"
import { argon2, argon2OfNoble, argon2OfNode } from "./argon2.ts"

interface Vector {
  password: string
  salt: string
  secret: string
  associatedData: string
  memoryKib: number
  passes: number
  lanes: number
  tag: string
}

const builtIn = typeof crypto.argon2 === "function"
// Node 22 has no argon2: there only the one of @noble/hashes can be asked.
const IMPLEMENTATIONS = { argon2, argon2OfNoble, ...(builtIn && { argon2OfNode }) }

describe("Argon2id", () => {
  for (const [name, derive] of Object.entries(IMPLEMENTATIONS)) {
    for (const { password, salt, secret, associatedData, memoryKib, passes, lanes, tag } of readVectors<Vector>("argon2id")) {
      it(`gives the tag of RFC 9106 (${name})`, async () => {
        const derived = await derive({
          password: fromHex(password), salt: fromHex(salt), secret: fromHex(secret), associatedData: fromHex(associatedData),
          memoryKib, passes, lanes, lengthBytes: 32,
        })
        expect(hex(derived)).toBe(tag)
      })
    }
  }

  for (const [name, derive] of Object.entries(IMPLEMENTATIONS))
    it(`gives the tag of RFC 9106, section 5.1, for Argon2d (${name})`, async () => {
      const fill = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte)
      const derived = await derive({
        variant: "argon2d", password: fill(1, 32), salt: fill(2, 16), secret: fill(3, 8), associatedData: fill(4, 12), memoryKib: 32, passes: 3, lanes: 4, lengthBytes: 32,
      })
      expect(hex(derived)).toBe("512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb")
    })

  it.runIf(builtIn)("gives equal keys from Node and from @noble/hashes", async () => {
    const cases = [["pässword", 1024, 1, 1], ["", 256, 2, 4], ["x".repeat(200), 65, 3, 2]] as const
    for (const [password, memoryKib, passes, lanes] of cases) {
      const input = { password: utf8(password), salt: utf8("a salt of 16 byt"), memoryKib, passes, lanes, lengthBytes: 32 }
      expect(hex(await argon2OfNoble(input))).toBe(hex(await argon2OfNode(input)))
    }
  })
})
