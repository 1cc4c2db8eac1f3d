import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import * as original from "./original-crypto.ts"

interface Named<Kind extends string> {
  name: string
  kind: Kind
}

type Vector =
  | (Named<"key"> & { secretKey: string; publicKey: string })
  | (Named<"signature"> & { secretKey: string; publicKey: string; content: string; sha256?: string; signature: string })
  | (Named<"x25519-private"> & { secretKey: string; x25519Private: string })
  | (Named<"x25519-public"> & { publicKey: string; x25519Public: string })
  | (Named<"shared-secret"> & { secretKey: string; publicKey: string; shared: string; sha512: string })
  | (Named<"symmetric"> & { key: string; content: string; encryptedContent: string })
  | (Named<"sealed"> & Sealing & { salt: string; encryptedContent: string })
  | (Named<"two-layers"> & Sealing & { innerSalt: string; outerSalt: string; innerEncryptedContent: string; outerEncryptedContent: string })
  | Named<"sealed-old">
  | (Named<"seed-to-key"> & { phrase: string; secretKey: string; publicKey: string })

interface Sealing {
  seed: string
  recipientSecretKey: string
  recipientPublicKey: string
  content: string
  referencePoint: string
}

const vectors: Vector[] = JSON.parse(readFileSync(new URL("../vectors/secret-manager.json", import.meta.url), "utf8")).vectors

const vectorsOf = <Kind extends Vector["kind"]>(kind: Kind): Extract<Vector, { kind: Kind }>[] =>
  vectors.filter((vector): vector is Extract<Vector, { kind: Kind }> => vector.kind === kind)

describe("the original's cryptography gives what the original gave", () => {
  it.each(vectorsOf("key"))("$name", ({ secretKey, publicKey }) => {
    expect(original.publicKeyOf(secretKey)).toBe(publicKey)
  })

  it.each(vectorsOf("signature"))("$name", ({ secretKey, publicKey, content, sha256, signature }) => {
    expect([original.sha256Hex(content), undefined]).toContain(sha256)
    expect(original.sign(content, secretKey)).toBe(signature)
    expect(original.verify(signature, publicKey, content)).toBe(true)
    expect(original.verify(signature, publicKey, `${content} `)).toBe(false)
  })

  it.each(vectorsOf("x25519-private"))("$name", ({ secretKey, x25519Private }) => {
    expect(original.x25519PrivateOf(secretKey)).toBe(x25519Private)
  })

  it.each(vectorsOf("x25519-public"))("$name", ({ publicKey, x25519Public }) => {
    expect(original.x25519PublicOf(publicKey)).toBe(x25519Public)
  })

  it.each(vectorsOf("shared-secret"))("$name", ({ secretKey, publicKey, shared, sha512 }) => {
    expect(original.sharedSecret(secretKey, publicKey)).toBe(shared)
    expect(original.sharedSecretHash(secretKey, publicKey)).toBe(sha512)
  })

  it.each(vectorsOf("symmetric"))("$name", ({ key, content, encryptedContent }) => {
    expect(original.symmetricEncrypt(content, key)).toBe(encryptedContent)
    expect(original.symmetricDecrypt(encryptedContent, key)).toBe(content)
  })

  it.each(vectorsOf("sealed"))("$name", ({ seed, recipientSecretKey, recipientPublicKey, salt, content, referencePoint, encryptedContent }) => {
    const sealed = original.asymmetricEncrypt(original.saltContent(content, salt), recipientPublicKey, seed)
    expect(sealed).toEqual({ referencePointHex: referencePoint, encryptedContentHex: encryptedContent })
    expect(original.unsalt(original.asymmetricDecrypt(sealed, recipientSecretKey))).toBe(content)
    expect(original.unsalt(original.asymmetricDecrypt({ referencePoint, encryptedContent }, recipientSecretKey))).toBe(content)
  })

  it.each(vectorsOf("two-layers"))("$name", (vector) => {
    const { seed, recipientSecretKey, recipientPublicKey, innerSalt, outerSalt, content, referencePoint } = vector
    const inner = original.asymmetricEncrypt(original.saltContent(content, innerSalt), recipientPublicKey, seed)
    expect(inner).toEqual({ referencePointHex: referencePoint, encryptedContentHex: vector.innerEncryptedContent })
    const outer = original.asymmetricEncrypt(original.saltContent(JSON.stringify(inner), outerSalt), recipientPublicKey, seed)
    expect(outer).toEqual({ referencePointHex: referencePoint, encryptedContentHex: vector.outerEncryptedContent })
    const opened = JSON.parse(original.unsalt(original.asymmetricDecrypt(outer, recipientSecretKey)))
    expect(original.unsalt(original.asymmetricDecrypt(opened, recipientSecretKey))).toBe(content)
  })

  it.each(vectorsOf("seed-to-key"))("$name", ({ phrase, secretKey, publicKey }) => {
    expect(original.seedToKey(phrase)).toBe(secretKey)
    expect(original.publicKeyOf(secretKey)).toBe(publicKey)
  })
})

describe("the original's cryptography", () => {
  it("salts with text that ends in its only NUL, of another length each time", () => {
    const salts = Array.from({ length: 50 }, original.newSalt)
    for (const salt of salts) expect(salt.indexOf("\0")).toBe(salt.length - 1)
    expect(new Set(salts.map((salt) => salt.length)).size).toBeGreaterThan(20)
  })

  it("refuses in the original's words", () => {
    const [secretKey, noPoint] = [original.newSecretKey(), `02${"00".repeat(31)}`]
    const signature = original.sign("words", secretKey)
    expect(() => original.unsalt("no NUL")).toThrow("No Salt termination found!")
    expect(() => original.asymmetricDecrypt({}, secretKey)).toThrow("Invalid secrets Object!")
    expect(() => original.asymmetricEncrypt("words", noPoint)).toThrow("Point.fromHex: invalid y coordinate")
    expect(() => original.verify(signature, noPoint, "words")).toThrow("Point.fromHex: invalid y coordinate")
    expect(() => original.verify(noPoint + signature.slice(64), original.publicKeyOf(secretKey), "words")).toThrow("Point.fromHex: invalid y coordinate")
    const outOfRange = signature.slice(0, 64) + "f".repeat(64)
    expect(() => original.verify(outOfRange, original.publicKeyOf(secretKey), "words")).toThrow("Expected valid scalar: 0 < scalar < max")
  })

  it("encrypts without authentication, so that a changed bit changes the plaintext", () => {
    const key = "00".repeat(48)
    const changed = (ciphertext: string): string => (Number.parseInt(ciphertext.slice(0, 2), 16) ^ 1).toString(16).padStart(2, "0") + ciphertext.slice(2)
    const content = `${"x".repeat(16)}100EUR`
    expect(original.symmetricDecrypt(changed(original.symmetricEncrypt(content, key)), key).slice(-6)).toBe("000EUR")
  })
})
