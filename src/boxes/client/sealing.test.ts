import fc from "fast-check"
import { afterEach, describe, expect, it, vi } from "vitest"
import { hex } from "../../base/bytes.ts"
import * as original from "../../../test/boxes/original-crypto.ts"
import { fromHex, readVectors } from "../../../test/vectors/read-vectors.ts"
import { montgomeryOf } from "../protocol/keys.ts"
import { createCurves } from "./curves.ts"
import { openIdentity, type Identity } from "./identity.ts"
import { keyPairOf } from "./keys.ts"
import { scalarOf, sealTo } from "./sealing.ts"
import type { Bytes } from "./web-crypto.ts"

interface Vector {
  kind: string
  secretKey: string
  publicKey: string
  content: string
  signature: string
  x25519Private: string
  x25519Public: string
  shared: string
  seed: string
  recipientSecretKey: string
  recipientPublicKey: string
  salt: string
  innerSalt: string
  outerSalt: string
  referencePoint: string
  encryptedContent: string
  innerEncryptedContent: string
  outerEncryptedContent: string
}

const vectorsOf = (kind: string) => readVectors<Vector>("secret-manager").filter((vector) => vector.kind === kind)
const bytes = (text: string): Bytes => Uint8Array.from(fromHex(text))
const identityOf = (secretKey: string): Promise<Identity> => openIdentity(keyPairOf(bytes(secretKey)))
const agreementKeyOf = (publicKey: string) => createCurves().agreementKey(montgomeryOf(bytes(publicKey)) as Bytes)

/** A platform whose WebCrypto has neither curve, as browsers of some years ago. */
const withoutCurves = (): void => {
  const { subtle } = globalThis.crypto
  const importKey = (...[format, key, algorithm, ...rest]: unknown[]): unknown => {
    if (algorithm === "Ed25519" || algorithm === "X25519") return Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"))
    return Reflect.apply(subtle.importKey, subtle, [format, key, algorithm, ...rest])
  }
  const limited = new Proxy(subtle, {
    get: (_, name) => {
      if (name === "importKey") return importKey
      const member: unknown = Reflect.get(subtle, name)
      return typeof member === "function" ? member.bind(subtle) : member
    },
  })
  vi.stubGlobal("crypto", { subtle: limited, getRandomValues: globalThis.crypto.getRandomValues.bind(globalThis.crypto) })
}

afterEach(() => vi.unstubAllGlobals())

describe.each([
  ["with the platform's curves", () => undefined],
  ["with curves of its own, where the platform has none", withoutCurves],
])("the Secret Manager's cryptography %s gives what the original gave", (_name, prepare) => {
  it.each(vectorsOf("key"))("$name", ({ secretKey, publicKey }) => {
    prepare()
    expect(keyPairOf(bytes(secretKey)).id).toBe(publicKey)
  })

  it.each(vectorsOf("signature"))("$name", async ({ secretKey, publicKey, content, signature }) => {
    prepare()
    const identity = await identityOf(secretKey)
    expect(await identity.signText(content)).toBe(signature)
    expect(await identity.isTextSigned(publicKey, content, signature)).toBe(true)
    expect(await identity.isTextSigned(publicKey, `${content} `, signature)).toBe(false)
  })

  it.each(vectorsOf("x25519-private"))("$name", ({ secretKey, x25519Private }) => {
    prepare()
    const scalar = scalarOf(bytes(secretKey))
    scalar[0] = (scalar[0] as number) & 248
    scalar[31] = ((scalar[31] as number) & 127) | 64
    expect(hex(scalar)).toBe(x25519Private)
  })

  it.each(vectorsOf("x25519-public"))("$name", ({ publicKey, x25519Public }) => {
    prepare()
    expect(hex(montgomeryOf(bytes(publicKey)) as Bytes)).toBe(x25519Public)
  })

  it.each(vectorsOf("shared-secret"))("$name", async ({ secretKey, publicKey, shared }) => {
    prepare()
    const agree = await createCurves().agreement(scalarOf(bytes(secretKey)))
    expect(hex(await agree(await agreementKeyOf(publicKey)))).toBe(shared)
  })

  it.each(vectorsOf("sealed"))("$name", async ({ seed, recipientSecretKey, recipientPublicKey, salt, content, referencePoint, encryptedContent }) => {
    prepare()
    const sealed = await sealTo(createCurves(), await agreementKeyOf(recipientPublicKey), salt + content, bytes(seed))
    expect(sealed).toEqual({ referencePointHex: referencePoint, encryptedContentHex: encryptedContent })
    const identity = await identityOf(recipientSecretKey)
    expect(await identity.unseal(sealed)).toBe(salt + content)
    expect(await identity.unseal({ referencePoint, encryptedContent })).toBe(salt + content)
  })

  it.each(vectorsOf("two-layers"))("$name", async (vector) => {
    prepare()
    const { seed, recipientSecretKey, recipientPublicKey, innerSalt, outerSalt, content } = vector
    const key = await agreementKeyOf(recipientPublicKey)
    const inner = await sealTo(createCurves(), key, innerSalt + content, bytes(seed))
    expect(inner.encryptedContentHex).toBe(vector.innerEncryptedContent)
    const outer = await sealTo(createCurves(), key, outerSalt + JSON.stringify(inner), bytes(seed))
    expect(outer.encryptedContentHex).toBe(vector.outerEncryptedContent)
    expect(await (await identityOf(recipientSecretKey)).unseal(outer)).toBe(outerSalt + JSON.stringify(inner))
  })

  it("opens what the original seals, and the other way round, for any text", async () => {
    prepare()
    const secretKey = original.newSecretKey()
    const identity = await identityOf(secretKey)
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 100 }), async (text) => {
        expect(await identity.unseal(original.asymmetricEncrypt(text, identity.id))).toBe(text)
        expect(original.asymmetricDecrypt(await identity.sealTo(identity.id, text), secretKey)).toBe(text)
      }),
      { numRuns: 20 },
    )
  })

  it("takes no key of small order for anybody's", async () => {
    prepare()
    const identity = await identityOf(original.newSecretKey())
    const neutral = `01${"00".repeat(31)}`
    await expect(identity.sealTo(neutral, "text")).rejects.toMatchObject({ code: "invalid_argument" })
    expect(await identity.isTextSigned(neutral, "text", `${neutral}${"00".repeat(32)}`)).toBe(false)
    await expect(identity.unseal({ referencePointHex: neutral, encryptedContentHex: "00".repeat(16) })).rejects.toThrow(TypeError)
    for (const point of ["00".repeat(32), "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", `ec${"ff".repeat(30)}7f`, `ee${"ff".repeat(30)}7f`, "ff".repeat(32)])
      await expect(identity.unseal({ referencePointHex: point, encryptedContentHex: "00".repeat(16) })).rejects.toBeInstanceOf(Error)
  })
})
