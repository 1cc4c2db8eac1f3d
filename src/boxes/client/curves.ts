import { ed25519, x25519 } from "@noble/curves/ed25519.js"
import { concatBytes } from "../../base/bytes.ts"
import { hexToBytes } from "../protocol/hex.ts"
import { fromBase64Url } from "./base64.ts"
import { webCrypto, type Bytes, type ImportedKey } from "./web-crypto.ts"

export type Sign = (message: Uint8Array) => Promise<Uint8Array>
export type Verify = (message: Uint8Array, signature: Uint8Array) => Promise<boolean>
/** A public X25519 key, made ready. */
export type AgreementKey = ImportedKey | Bytes
export type Agree = (theirs: AgreementKey) => Promise<Bytes>

/** Ed25519 and X25519, of the platform where it has them; @noble/curves is six times slower and gives the same. */
export interface Curves {
  /** @param seed 32 bytes: an Ed25519 secret key */
  signer(seed: Bytes): Promise<Sign>
  /** The public key of an Ed25519 secret key. */
  publicKey(seed: Bytes): Promise<Bytes>
  verifier(publicKey: Bytes): Promise<Verify>
  /** @param scalar 32 bytes: an X25519 secret key */
  agreement(scalar: Bytes): Promise<Agree>
  agreementKey(point: Bytes): Promise<AgreementKey>
}

type Ed25519 = Pick<Curves, "signer" | "publicKey" | "verifier">
type X25519 = Pick<Curves, "agreement" | "agreementKey">

/** RFC 8410 §7: PrivateKeyInfo up to the key. */
const ED25519_PREFIX = "302e020100300506032b657004220420"
const X25519_PREFIX = "302e020100300506032b656e04220420"

const privateKeyInfo = (prefix: string, key: Bytes): Bytes => concatBytes(hexToBytes(prefix), key) as Bytes

/** Both base points: valid keys, to ask a platform with. */
const ED25519_PROBE = `58${"66".repeat(31)}`
const X25519_PROBE = `09${"00".repeat(31)}`

export const createCurves = (): Curves => {
  let ed: Promise<Ed25519> | null = null
  let x: Promise<X25519> | null = null
  const signing = (): Promise<Ed25519> => (ed ??= takesKey("Ed25519", ED25519_PROBE, ["verify"]).then((isThere) => (isThere ? ED25519_OF_PLATFORM : ED25519_OF_NOBLE)))
  const agreeing = (): Promise<X25519> => (x ??= takesKey("X25519", X25519_PROBE, []).then((isThere) => (isThere ? X25519_OF_PLATFORM : X25519_OF_NOBLE)))
  return {
    signer: async (seed) => (await signing()).signer(seed),
    publicKey: async (seed) => (await signing()).publicKey(seed),
    verifier: async (publicKey) => (await signing()).verifier(publicKey),
    agreement: async (scalar) => (await agreeing()).agreement(scalar),
    agreementKey: async (point) => (await agreeing()).agreementKey(point),
  }
}

const takesKey = (name: string, probe: string, usages: ["verify"] | []): Promise<boolean> =>
  webCrypto()
    .importKey("raw", hexToBytes(probe), name, false, usages)
    .then(
      () => true,
      () => false,
    )

const ED25519_OF_PLATFORM: Ed25519 = {
  signer: async (seed) => {
    const key = await webCrypto().importKey("pkcs8", privateKeyInfo(ED25519_PREFIX, seed), "Ed25519", false, ["sign"])
    return async (message) => new Uint8Array(await webCrypto().sign("Ed25519", key, message))
  },
  publicKey: async (seed) => {
    const key = await webCrypto().importKey("pkcs8", privateKeyInfo(ED25519_PREFIX, seed), "Ed25519", true, ["sign"])
    const { x } = await webCrypto().exportKey("jwk", key)
    return fromBase64Url(x as string) as Bytes
  },
  verifier: async (publicKey) => {
    const key = await webCrypto().importKey("raw", publicKey, "Ed25519", false, ["verify"])
    return (message, signature) => webCrypto().verify("Ed25519", key, signature, message)
  },
}

const ED25519_OF_NOBLE: Ed25519 = {
  signer: async (seed) => async (message) => ed25519.sign(message, seed),
  publicKey: async (seed) => ed25519.getPublicKey(seed),
  verifier: async (publicKey) => async (message, signature) => ed25519.verify(signature, message, publicKey, { zip215: false }),
}

const X25519_OF_PLATFORM: X25519 = {
  agreement: async (scalar) => {
    const key = await webCrypto().importKey("pkcs8", privateKeyInfo(X25519_PREFIX, scalar), "X25519", false, ["deriveBits"])
    return async (theirs) => new Uint8Array(await webCrypto().deriveBits({ name: "X25519", public: theirs as ImportedKey }, key, 256))
  },
  agreementKey: (point) => webCrypto().importKey("raw", point, "X25519", false, []),
}

const X25519_OF_NOBLE: X25519 = {
  agreement: async (scalar) => async (theirs) => x25519.getSharedSecret(scalar, theirs as Bytes),
  agreementKey: async (point) => point,
}
