import * as crypto from "node:crypto"
import { describe, expect, it } from "vitest"
import { hex, utf8 } from "../base/bytes.ts"
import { fromHex, readVectors } from "../../test/vectors/read-vectors.ts"
import { argon2id, argon2idOfNoble, argon2idOfNode } from "./argon2.ts"

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
const IMPLEMENTATIONS = { argon2id, argon2idOfNoble, ...(builtIn && { argon2idOfNode }) }

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

  it.runIf(builtIn)("gives equal keys from Node and from @noble/hashes", async () => {
    const cases = [["pässword", 1024, 1, 1], ["", 256, 2, 4], ["x".repeat(200), 65, 3, 2]] as const
    for (const [password, memoryKib, passes, lanes] of cases) {
      const input = { password: utf8(password), salt: utf8("a salt of 16 byt"), memoryKib, passes, lanes, lengthBytes: 32 }
      expect(hex(await argon2idOfNoble(input))).toBe(hex(await argon2idOfNode(input)))
    }
  })
})
