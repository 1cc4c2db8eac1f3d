import { createCipheriv, createHmac, createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto"
import { AEAD_AES_128_GCM, AEAD_ChaCha20Poly1305, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from "hpke"
import { describe, expect, it } from "vitest"
import { fromHex, readVectors } from "../../test/vectors/read-vectors.ts"
import { hex, utf8 } from "../base/bytes.ts"
import { generateSealingKeys, openSealed, sealTo, sealingKeysOf } from "./hpke.ts"

interface Vector {
  aead: number
  enc: string
  skRm: string
  pkRm: string
  info: string
  aad: string
  plain: string
  sealed: string
}

const AEADS: Record<number, () => CipherSuite> = {
  1: () => new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_128_GCM),
  3: () => new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_ChaCha20Poly1305),
}

/** The same by RFC 9180 §4.1, §5.1 and §7.2.1, from node:crypto alone: what the library seals must open for any other reader. */
const sealByTheBook = (publicKey: Uint8Array, plain: Uint8Array, { info, aad }: { info: Uint8Array; aad: Uint8Array }): Uint8Array => {
  const number = (n: number): Buffer => Buffer.from([n >> 8, n & 0xff])
  const extract = (salt: Uint8Array, ikm: Uint8Array): Buffer => createHmac("sha256", salt.length === 0 ? Buffer.alloc(32) : salt).update(ikm).digest()
  const expand = (prk: Uint8Array, about: Uint8Array, length: number): Buffer => {
    let [block, out] = [Buffer.alloc(0), Buffer.alloc(0)]
    for (let i = 1; out.length < length; i++) {
      block = createHmac("sha256", prk).update(block).update(about).update(Buffer.from([i])).digest()
      out = Buffer.concat([out, block])
    }
    return out.subarray(0, length)
  }
  const labelled = (id: Uint8Array) => ({
    extract: (salt: Uint8Array, label: string, ikm: Uint8Array) => extract(salt, Buffer.concat([Buffer.from("HPKE-v1"), id, Buffer.from(label), ikm])),
    expand: (prk: Uint8Array, label: string, about: Uint8Array, length: number) =>
      expand(prk, Buffer.concat([number(length), Buffer.from("HPKE-v1"), id, Buffer.from(label), about]), length),
  })
  const mine = generateKeyPairSync("x25519")
  const enc = Buffer.from((mine.publicKey.export({ format: "jwk" }) as { x: string }).x, "base64url")
  const theirs = createPublicKey({ key: { kty: "OKP", crv: "X25519", x: Buffer.from(publicKey).toString("base64url") }, format: "jwk" })
  const kem = labelled(Buffer.concat([Buffer.from("KEM"), number(0x20)]))
  const prk = kem.extract(Buffer.alloc(0), "eae_prk", diffieHellman({ privateKey: mine.privateKey, publicKey: theirs }))
  const shared = kem.expand(prk, "shared_secret", Buffer.concat([enc, publicKey]), 32)
  const suite = labelled(Buffer.concat([Buffer.from("HPKE"), number(0x20), number(1), number(2)]))
  const none = Buffer.alloc(0)
  const schedule = Buffer.concat([Buffer.from([0]), suite.extract(none, "psk_id_hash", none), suite.extract(none, "info_hash", info)])
  const secret = suite.extract(shared, "secret", none)
  const cipher = createCipheriv("aes-256-gcm", suite.expand(secret, "key", schedule, 32), suite.expand(secret, "base_nonce", schedule, 12))
  cipher.setAAD(aad)
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
  return new Uint8Array(Buffer.concat([enc, sealed, cipher.getAuthTag()]))
}

const context = { info: utf8("what for"), aad: utf8("beside it") }
const plain = utf8("a value, in the clear")

describe("what is sealed to a public key", () => {
  it.each(readVectors<Vector>("hpke"))("follows RFC 9180, $name", async ({ aead, enc, skRm, pkRm, info, aad, plain: text, sealed }) => {
    const suite = (AEADS[aead] as () => CipherSuite)()
    expect(hex(sealingKeysOf(fromHex(skRm)).publicKey)).toBe(pkRm)
    const opened = await suite.Open(await suite.DeserializePrivateKey(fromHex(skRm)), fromHex(enc), fromHex(sealed), { info: fromHex(info), aad: fromHex(aad) })
    expect(hex(opened)).toBe(text)
  })

  it("opens for whoever reads RFC 9180, and the other way round", async () => {
    const keys = generateSealingKeys()
    expect(await openSealed(keys, sealByTheBook(keys.publicKey, plain, context), context)).toEqual(plain)
    expect(await openSealed(keys, await sealTo(keys.publicKey, plain, context), context)).toEqual(plain)
  })

  it("is never the same twice, and as long as its content and 48 bytes", async () => {
    const { publicKey } = generateSealingKeys()
    const [first, second] = [await sealTo(publicKey, plain, context), await sealTo(publicKey, plain, context)]
    expect(hex(first)).not.toBe(hex(second))
    expect(first.length).toBe(plain.length + 48)
  })

  it("opens for nobody else, in no other context, and with no bit changed", async () => {
    const keys = generateSealingKeys()
    const sealed = await sealTo(keys.publicKey, plain, context)
    const refused = async (by: typeof keys, bytes: Uint8Array, within = context): Promise<void> =>
      expect(openSealed(by, bytes, within)).rejects.toMatchObject({ code: "decryption_failed" })
    await refused(generateSealingKeys(), sealed)
    await refused(keys, sealed, { ...context, info: utf8("for something else") })
    await refused(keys, sealed, { ...context, aad: utf8("beside another") })
    await refused(keys, sealed.subarray(0, -1))
    await refused(keys, new Uint8Array(10))
    for (const [at, byte] of sealed.entries()) await refused(keys, sealed.with(at, byte ^ 4))
  })

  it("is refused for what is no key, and for a key that would agree on nothing", async () => {
    for (const key of [new Uint8Array(31), new Uint8Array(0), new Uint8Array(32)])
      await expect(sealTo(key, plain, context)).rejects.toMatchObject({ code: "invalid_argument" })
  })
})
