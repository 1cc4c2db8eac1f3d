import { ed25519 } from "@noble/curves/ed25519.js"
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from "node:crypto"

export type Bytes = Uint8Array<ArrayBuffer>
type Key = Awaited<ReturnType<typeof subtle.importKey>>

const { subtle } = globalThis.crypto
const [IV_BYTES, KEY_END] = [16, 48]

/** One key as both curves have it. */
export interface BarePair {
  secret: KeyObject
  public: KeyObject
  agreementSecret: KeyObject
  agreementPublic: KeyObject
}

export const createBarePair = (): BarePair => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519")
  const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(PKCS8_X25519.length)
  const agreementSecret = createPrivateKey({ key: Buffer.concat([PKCS8_X25519, hash("sha512", seed, "buffer").subarray(0, 32)]), format: "der", type: "pkcs8" })
  return { secret: privateKey, public: publicKey, agreementSecret, agreementPublic: createPublicKey(agreementSecret) }
}
const PKCS8_X25519 = Buffer.from("302e020100300506032b656e04220420", "hex")

/** The cryptographic operations of the client, and no others, by WebCrypto with keys that lie ready. */
export interface BareClient {
  sign(message: Bytes): Promise<Bytes>
  /** Signs the SHA-256 of a text. */
  signText(text: string): Promise<Bytes>
  /** To its own key. @returns JSON text, as a secret goes over the wire */
  seal(text: string): Promise<string>
  unseal(sealed: string): Promise<string>
  /** @throws where the signature is not its own */
  check(message: Bytes, signature: Bytes): Promise<void>
  /** @throws where the signature is not the server's */
  checkReply(text: string, signature: Bytes): Promise<void>
}

export const createBareClient = (pair: BarePair, server: KeyObject): BareClient => {
  const signing = pair.secret.toCryptoKey("Ed25519", false, ["sign"])
  const [own, theirs] = [pair.public, server].map((key) => key.toCryptoKey("Ed25519", false, ["verify"])) as [Key, Key]
  const agreeing = pair.agreementSecret.toCryptoKey("X25519", false, ["deriveBits"])
  const agreed = pair.agreementPublic.toCryptoKey("X25519", false, [])
  const sign = async (message: Bytes): Promise<Bytes> => new Uint8Array(await subtle.sign("Ed25519", signing, message))
  return {
    sign,
    signText: async (text) => sign(await sha256(text)),
    seal: (text) => sealTo(agreed, text),
    unseal: (sealed) => unseal(agreeing, sealed),
    check: (message, signature) => assertSigned(own, message, signature),
    checkReply: async (text, signature) => assertSigned(theirs, await sha256(text), signature),
  }
}

const assertSigned = async (key: Key, message: Bytes, signature: Bytes): Promise<void> => {
  if (!(await subtle.verify("Ed25519", key, signature, message))) throw new Error("the bare client does not take the signature")
}

const sha256 = async (text: string): Promise<Bytes> => new Uint8Array(await subtle.digest("SHA-256", Buffer.from(text)))

/** A fresh pair is made as X25519 alone: its Edwards form, which goes over the wire, is y = (u - 1) / (u + 1). */
const sealTo = async (recipient: Key, text: string): Promise<string> => {
  const fresh = (await subtle.generateKey("X25519", false, ["deriveBits"])) as { publicKey: Key; privateKey: Key }
  const u = fromLittleEndian(new Uint8Array(await subtle.exportKey("raw", fresh.publicKey)))
  const { key, iv } = await cipherOf(recipient, fresh.privateKey, "encrypt")
  const content = Buffer.from(await subtle.encrypt({ name: "AES-CBC", iv }, key, Buffer.from(text)))
  const point = Buffer.from(Fp.toBytes(Fp.mul(Fp.sub(u, 1n), Fp.inv(Fp.add(u, 1n)))))
  return JSON.stringify({ referencePointHex: point.toString("hex"), encryptedContentHex: content.toString("hex") })
}

const unseal = async (own: Key, sealed: string): Promise<string> => {
  const { referencePointHex, encryptedContentHex } = JSON.parse(sealed) as Record<string, string>
  const point = Buffer.from(referencePointHex as string, "hex")
  point[31] = (point[31] as number) & 0x7f
  const y = fromLittleEndian(point)
  const u = Fp.toBytes(Fp.mul(Fp.add(1n, y), Fp.inv(Fp.sub(1n, y))))
  const { key, iv } = await cipherOf(await subtle.importKey("raw", Buffer.from(u), "X25519", false, []), own, "decrypt")
  return Buffer.from(await subtle.decrypt({ name: "AES-CBC", iv }, key, Buffer.from(encryptedContentHex as string, "hex"))).toString()
}
const { Fp } = ed25519.Point

const fromLittleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`)

const cipherOf = async (theirs: Key, own: Key, usage: "encrypt" | "decrypt"): Promise<{ key: Key; iv: Bytes }> => {
  const material = new Uint8Array(await subtle.digest("SHA-512", await subtle.deriveBits({ name: "X25519", public: theirs }, own, 256)))
  return { key: await subtle.importKey("raw", material.subarray(IV_BYTES, KEY_END), "AES-CBC", false, [usage]), iv: material.subarray(0, IV_BYTES) }
}
