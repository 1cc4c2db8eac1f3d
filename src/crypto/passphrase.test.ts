import { describe, expect, it } from "vitest"
import { hex, utf8 } from "../base/bytes.ts"
import type { SecretError } from "../base/errors.ts"
import { expectedOf, readVectors } from "../../test/vectors/read-vectors.ts"
import { argon2, argon2OfNoble } from "./argon2.ts"
import { sealWithPassphrase, unsealWithPassphrase } from "./passphrase.ts"

const unseal = async (text: string, passphrase: string): Promise<string> => hex(await unsealWithPassphrase(text, passphrase))
const refusal = (code: string) => expect.objectContaining({ code })

describe("a text sealed with a passphrase", () => {
  for (const vector of readVectors<{ text: string; passphrase: string; plain?: string }>("passphrase")) {
    it(`answers ${vector.expect} to the frozen vector: ${vector.name}`, async () => {
      const answer = await unseal(vector.text, vector.passphrase).catch((error: SecretError) => error.code)
      expect(answer).toBe(expectedOf(vector, vector.plain))
    })
  }

  it("opens to the bytes that were sealed, under any passphrase that can be typed", async () => {
    for (const [plain, passphrase] of [["", "x"], ["1:abc\n2:def\n", "pässwörd 😀"], ["\0\ufeff", " spaces stay "]] as const) {
      const text = await sealWithPassphrase(utf8(plain), passphrase)
      expect(hex(await unsealWithPassphrase(text, passphrase))).toBe(hex(utf8(plain)))
    }
  })

  it("is one line that names its parameters and is another one each time", async () => {
    const one = await sealWithPassphrase(utf8("same"), "same")
    const two = await sealWithPassphrase(utf8("same"), "same")
    expect(one).toMatch(/^sotto-sealed:1:argon2id:m=65536,t=3,p=4:[\w-]{22}:[\w-]{16}:[\w-]+$/)
    expect(one.split(":").slice(4)).not.toEqual(two.split(":").slice(4))
  })

  it("is refused when one character of its salt, nonce or ciphertext is another", async () => {
    const text = await sealWithPassphrase(utf8("plain"), "passphrase")
    const start = text.indexOf(":", text.indexOf("p=")) + 1
    for (let at = start; at < text.length; at += 13) {
      const changed = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1)
      await expect(unseal(changed, "passphrase")).rejects.toEqual(refusal("decryption_failed"))
    }
  })

  it("refuses a passphrase that is empty or not well-formed, and takes too many bytes for a programmer's mistake", async () => {
    await expect(sealWithPassphrase(utf8("x"), "")).rejects.toEqual(refusal("invalid_argument"))
    await expect(sealWithPassphrase(utf8("x"), "\ud800")).rejects.toEqual(refusal("invalid_argument"))
    await expect(sealWithPassphrase(new Uint8Array(524_289), "x")).rejects.toThrow(TypeError)
    const largest = await sealWithPassphrase(new Uint8Array(524_288), "x")
    expect((await unsealWithPassphrase(largest, "x")).length).toBe(524_288)
  })

  it("can be opened where Node has no Argon2", async () => {
    const [vector] = readVectors<{ text: string; passphrase: string }>("passphrase")
    const salt = new Uint8Array(Buffer.from(vector?.text.split(":")[4] ?? "", "base64url"))
    const input = { password: utf8(vector?.passphrase ?? ""), salt, memoryKib: 65_536, passes: 3, lanes: 4, lengthBytes: 32 }
    expect(hex(await argon2OfNoble(input))).toBe(hex(await argon2(input)))
  })
})

