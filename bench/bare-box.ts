import { createCipheriv, createDecipheriv, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, hash, randomBytes, sign, verify, type KeyObject } from "node:crypto"
import { ed25519 } from "@noble/curves/ed25519.js"

/** What a set and a get of a box need at least: the cryptography of both ends, with keys at hand, and one round trip. */
export interface BareBox {
  url: string
  value: Uint8Array<ArrayBuffer>
  signingKey: CryptoKey
  verifyingKey: CryptoKey
  agreement: { private: CryptoKey; public: CryptoKey }
  /** The reference point of a text that lies there, 32 bytes. */
  point: Bytes
  /** Right signatures over 32 bytes, for whoever has to check one. */
  signed: { digest: Bytes; byHolder: Bytes; byServer: Buffer }
  server: { private: KeyObject; public: KeyObject; agreement: KeyObject }
}

type Bytes = Uint8Array<ArrayBuffer>
type CryptoKey = Awaited<ReturnType<typeof subtle.importKey>>

const { subtle } = globalThis.crypto
/** Of what is signed and sent for a value of 1 KiB: two layers, each twice as long in hexadecimal. */
const BODY_BYTES = 3_000
const ANSWER_BYTES = 6_400
const PKCS8 = { Ed25519: "302e020100300506032b657004220420", X25519: "302e020100300506032b656e04220420" } as const

const privateKey = (curve: keyof typeof PKCS8, seed: Bytes, usage: "sign" | "deriveBits"): Promise<CryptoKey> =>
  subtle.importKey("pkcs8", Uint8Array.from(Buffer.concat([Buffer.from(PKCS8[curve], "hex"), seed])), curve, true, [usage])

const random = (length: number): Bytes => globalThis.crypto.getRandomValues(new Uint8Array(length))

export const openBareBox = async (url: string, value: string): Promise<BareBox> => {
  const seed = random(32)
  const publicKey = Uint8Array.from(ed25519.getPublicKey(seed))
  const { privateKey: serverPrivate, publicKey: serverPublic } = generateKeyPairSync("ed25519")
  const signingKey = await privateKey("Ed25519", seed, "sign")
  const digest = random(32)
  return {
    url,
    point: Uint8Array.from(ed25519.getPublicKey(random(32))),
    signed: { digest, byHolder: new Uint8Array(await subtle.sign("Ed25519", signingKey, digest)), byServer: sign(null, digest, serverPrivate) },
    value: new TextEncoder().encode(value),
    signingKey,
    verifyingKey: await subtle.importKey("raw", publicKey, "Ed25519", true, ["verify"]),
    agreement: {
      private: await privateKey("X25519", Uint8Array.from(ed25519.utils.toMontgomerySecret(seed)), "deriveBits"),
      public: await subtle.importKey("raw", Uint8Array.from(ed25519.utils.toMontgomery(publicKey)), "X25519", true, []),
    },
    server: { private: serverPrivate, public: serverPublic, agreement: generateKeyPairSync("x25519").publicKey },
  }
}

export const bareSet = async (box: BareBox): Promise<void> => {
  await subtle.sign("Ed25519", box.signingKey, box.value)
  await sealBare(box)
  await signRequest(box)
  verifyRequest(box)
  sealAsServer(box)
  storeAndReply(box, ANSWER_BYTES)
  await roundTrip(box, BODY_BYTES, 11)
  await checkReply(box)
}

export const bareGet = async (box: BareBox): Promise<void> => {
  await signRequest(box)
  verifyRequest(box)
  openAndReply(box, ANSWER_BYTES)
  await roundTrip(box, 300, ANSWER_BYTES)
  await checkReply(box)
  await openBare(box, ANSWER_BYTES / 2)
  await openBare(box, BODY_BYTES / 2)
  await subtle.verify("Ed25519", box.verifyingKey, box.signed.byHolder, box.signed.digest)
}

const roundTrip = async ({ url }: BareBox, sent: number, received: number): Promise<void> => {
  const answer = await fetch(`${url}/${received}`, { method: "POST", headers: { "content-type": "application/json" }, body: "0".repeat(sent) })
  await answer.arrayBuffer()
}

/** A key pair for one text, its public half, what it shares with the recipient, and the cipher. */
const sealBare = async ({ agreement, value }: BareBox): Promise<void> => {
  const seed = random(32)
  await subtle.exportKey("jwk", await privateKey("Ed25519", seed, "sign"))
  const scalar = new Uint8Array(await subtle.digest("SHA-512", seed)).slice(0, 32)
  const shared = await subtle.deriveBits({ name: "X25519", public: agreement.public }, await privateKey("X25519", scalar, "deriveBits"), 256)
  await subtle.encrypt(...(await cipherOf(shared, "encrypt")), value)
}

const openBare = async ({ agreement, point }: BareBox, bytes: number): Promise<void> => {
  const key = await subtle.importKey("raw", Uint8Array.from(ed25519.utils.toMontgomery(point)), "X25519", true, [])
  const shared = await subtle.deriveBits({ name: "X25519", public: key }, agreement.private, 256)
  await subtle.decrypt(...(await cipherOf(shared, "decrypt")), random(bytes - (bytes % 16))).catch(() => undefined) // its padding is not right
}

const cipherOf = async (shared: ArrayBuffer, usage: "encrypt" | "decrypt"): Promise<[{ name: string; iv: Bytes }, CryptoKey]> => {
  const material = new Uint8Array(await subtle.digest("SHA-512", shared))
  return [{ name: "AES-CBC", iv: material.slice(0, 16) }, await subtle.importKey("raw", material.slice(16, 48), "AES-CBC", false, [usage])]
}

/** The signature of the request, and the one that names the server. */
const signRequest = async ({ signingKey }: BareBox): Promise<void> => {
  const body = random(BODY_BYTES)
  for (let i = 0; i < 2; i++) await subtle.sign("Ed25519", signingKey, await subtle.digest("SHA-256", body))
}

const checkReply = async ({ verifyingKey, signed }: BareBox): Promise<void> => {
  await subtle.digest("SHA-256", signed.digest)
  await subtle.verify("Ed25519", verifyingKey, signed.byHolder, signed.digest)
}

const verifyRequest = ({ server, signed }: BareBox): void => {
  const body = randomBytes(BODY_BYTES)
  for (let i = 0; i < 2; i++) {
    hash("sha256", body, "buffer")
    verify(null, signed.digest, server.public, signed.byServer)
  }
}

const sealAsServer = ({ server }: BareBox): void => {
  const seed = randomBytes(32)
  createPublicKey(createPrivateKey({ key: Buffer.concat([Buffer.from(PKCS8.Ed25519, "hex"), seed]), format: "der", type: "pkcs8" })).export({ format: "jwk" })
  const key = createPrivateKey({ key: Buffer.concat([Buffer.from(PKCS8.X25519, "hex"), hash("sha512", seed, "buffer").subarray(0, 32)]), format: "der", type: "pkcs8" })
  const material = hash("sha512", diffieHellman({ privateKey: key, publicKey: server.agreement }), "buffer")
  const cipher = createCipheriv("aes-256-cbc", material.subarray(16, 48), material.subarray(0, 16))
  void (cipher.update(randomBytes(BODY_BYTES)).toString("hex") + cipher.final("hex"))
}

/** The envelope at rest, its wrapped key, and the signature of the answer. */
const storeAndReply = ({ server }: BareBox, bytes: number): void => {
  for (const length of [bytes, 32]) {
    const cipher = createCipheriv("aes-256-gcm", randomBytes(32), randomBytes(12))
    cipher.update(randomBytes(length))
    cipher.final()
    cipher.getAuthTag()
  }
  sign(null, randomBytes(32), server.private)
}

const openAndReply = ({ server }: BareBox, bytes: number): void => {
  for (const length of [32, bytes]) {
    const decipher = createDecipheriv("aes-256-gcm", randomBytes(32), randomBytes(12))
    decipher.setAuthTag(randomBytes(16))
    decipher.update(randomBytes(length)) // it would not end well: its tag is not right
  }
  sign(null, randomBytes(32), server.private)
}
