import { createCipheriv, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, hash, randomBytes, sign, verify, type KeyObject } from "node:crypto"
import { createBareKeys } from "./bare-crypto.ts"
import type { BarePair, Bytes } from "./bare-box-client.ts"

/** The cryptographic operations of the server, and no others, on keys that lie ready. Texts come as they went over the wire. */
export interface BareServer {
  publicKey: KeyObject
  /** Both signatures of a request. */
  check(request: Signed): void
  /** The outer layer, then the envelope. @returns what lies in the store */
  keep(salted: string): Kept
  open(kept: Kept): string
  /** Signs an answer. */
  reply(text: string): Bytes
}

export interface Signed {
  /** What the request's signature covers, and the body. */
  texts: readonly [string, string]
  signatures: readonly [Bytes, Bytes]
}

export interface Kept {
  wrap: Uint8Array
  sealed: Uint8Array
}

const [IV_BYTES, KEY_END] = [16, 48]
const ED25519 = Buffer.from("302e020100300506032b657004220420", "hex")
const X25519 = Buffer.from("302e020100300506032b656e04220420", "hex")
const [SECRET_ID, VERSION_ID] = [randomBytes(16), randomBytes(16)]

export const createBareServer = (holder: Pick<BarePair, "public" | "agreementPublic">): BareServer => {
  const signing = generateKeyPairSync("ed25519")
  const keys = createBareKeys(randomBytes(32), randomBytes(16), 1)
  return {
    publicKey: signing.publicKey,
    check: ({ texts, signatures }) => {
      for (const [i, text] of texts.entries())
        if (!verify(null, sha256(text), holder.public, signatures[i] as Uint8Array)) throw new Error("the bare server does not take the signature")
    },
    keep: (salted) => {
      const dek = randomBytes(32)
      return { sealed: keys.sealValue(dek, outerLayer(salted, holder.agreementPublic), SECRET_ID, VERSION_ID), wrap: keys.wrap(dek, SECRET_ID, VERSION_ID) }
    },
    open: ({ wrap, sealed }) => keys.openValue(keys.unwrap(wrap, SECRET_ID, VERSION_ID), sealed, SECRET_ID, VERSION_ID),
    reply: (text) => sign(null, sha256(text), signing.privateKey),
  }
}

const sha256 = (text: string): Buffer => hash("sha256", text, "buffer")

/** @returns as a value lies under the envelope's cipher: its length, then the JSON of the outer layer */
const outerLayer = (salted: string, holder: KeyObject): Buffer => {
  const seed = randomBytes(32)
  const scalar = privateKey(X25519, hash("sha512", seed, "buffer").subarray(0, 32))
  const material = hash("sha512", diffieHellman({ privateKey: scalar, publicKey: holder }), "buffer")
  const cipher = createCipheriv("aes-256-cbc", material.subarray(IV_BYTES, KEY_END), material.subarray(0, IV_BYTES))
  const content = cipher.update(salted, "utf8", "hex") + cipher.final("hex")
  const { x } = createPublicKey(privateKey(ED25519, seed)).export({ format: "jwk" }) as { x: string }
  const text = Buffer.from(`\0\0\0\0{"referencePointHex":"${Buffer.from(x, "base64url").toString("hex")}","encryptedContentHex":"${content}"}`)
  text.writeUInt32BE(text.length - 4)
  return text
}

const privateKey = (prefix: Uint8Array, bytes: Uint8Array): KeyObject => createPrivateKey({ key: Buffer.concat([prefix, bytes]), format: "der", type: "pkcs8" })
