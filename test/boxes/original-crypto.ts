import {
  createCipheriv, createDecipheriv, createHash, createPrivateKey, createPublicKey,
  diffieHellman, randomBytes, sign as signBytes, verify as verifyBytes, type KeyObject,
} from "node:crypto"

/*
 * The cryptography of Secret Manager 0.0.6, written from a description of it and on node:crypto alone. It must import no
 * code of Sotto's own: what the two share is the description, and that is what the tests test. As in the original, keys,
 * signatures and ciphertext are hexadecimal text in lower case.
 */

/** What is encrypted to a public key. Readers take the two older names too. */
export interface OriginalSealed {
  referencePointHex: string
  encryptedContentHex: string
}

export interface OlderOriginalSealed {
  referencePoint?: string
  encryptedContent?: string
}

const PRIME = 2n ** 255n - 19n
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

// RFC 8410: what stands before 32 bytes of key in PrivateKeyInfo and in SubjectPublicKeyInfo
const DER_PREFIX = {
  ed25519Secret: "302e020100300506032b657004220420",
  ed25519Public: "302a300506032b6570032100",
  x25519Secret: "302e020100300506032b656e04220420",
  x25519Public: "302a300506032b656e032100",
}

const secretKeyObject = (kind: "ed25519Secret" | "x25519Secret", keyHex: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(DER_PREFIX[kind] + keyHex, "hex"), format: "der", type: "pkcs8" })

const publicKeyObject = (kind: "ed25519Public" | "x25519Public", keyHex: string): KeyObject =>
  createPublicKey({ key: Buffer.from(DER_PREFIX[kind] + keyHex, "hex"), format: "der", type: "spki" })

const hash = (name: "sha256" | "sha512", data: Buffer): Buffer => createHash(name).update(data).digest()

export const sha256Hex = (content: string): string => hash("sha256", Buffer.from(content, "utf8")).toString("hex")

export const newSecretKey = (): string => randomBytes(32).toString("hex")

export const publicKeyOf = (secretKeyHex: string): string =>
  createPublicKey(secretKeyObject("ed25519Secret", secretKeyHex)).export({ format: "der", type: "spki" }).subarray(-32).toString("hex")

/** Ed25519 over the 32 bytes of SHA-256 of the content. */
export const sign = (content: string, secretKeyHex: string): string =>
  signBytes(null, Buffer.from(sha256Hex(content), "hex"), secretKeyObject("ed25519Secret", secretKeyHex)).toString("hex")

/** @throws the original's texts, where the key or the signature's R is no point of the curve, or its S is out of range */
export const verify = (signatureHex: string, publicKeyHex: string, content: string): boolean => {
  assertPoint(publicKeyHex)
  assertPoint(signatureHex.slice(0, 64))
  if (littleEndian(signatureHex.slice(64)) >= GROUP_ORDER) throw new Error("Expected valid scalar: 0 < scalar < max")
  const key = publicKeyObject("ed25519Public", publicKeyHex)
  return verifyBytes(null, Buffer.from(sha256Hex(content), "hex"), key, Buffer.from(signatureHex, "hex"))
}

const littleEndian = (hex: string): bigint => BigInt(`0x${Buffer.from(hex, "hex").reverse().toString("hex")}`)

const modulo = (value: bigint): bigint => ((value % PRIME) + PRIME) % PRIME

const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n
  for (let square = modulo(base), rest = exponent; rest > 0n; square = modulo(square * square), rest >>= 1n)
    if (rest & 1n) result = modulo(result * square)
  return result
}

const inverse = (value: bigint): bigint => power(value, PRIME - 2n)

const yOf = (pointHex: string): bigint => littleEndian(pointHex) & (2n ** 255n - 1n)

// x² = (y² − 1) / (dy² + 1) has a root, or the point does not exist
const assertPoint = (pointHex: string): void => {
  const y = yOf(pointHex)
  const d = modulo(-121665n * inverse(121666n))
  const xSquared = modulo((y * y - 1n) * inverse(modulo(d * y * y + 1n)))
  if (power(xSquared, (PRIME - 1n) / 2n) > 1n) throw new Error("Point.fromHex: invalid y coordinate")
}

/** The clamped first half of SHA-512 of the Ed25519 seed. */
export const x25519PrivateOf = (secretKeyHex: string): string => {
  const key = hash("sha512", Buffer.from(secretKeyHex, "hex")).subarray(0, 32)
  key[0] = (key[0] as number) & 248
  key[31] = ((key[31] as number) & 127) | 64
  return key.toString("hex")
}

/** u = (1 + y) / (1 − y) of the Ed25519 point.
 *  @throws where the key is no point of the curve */
export const x25519PublicOf = (publicKeyHex: string): string => {
  assertPoint(publicKeyHex)
  const y = yOf(publicKeyHex)
  const u = modulo((1n + y) * inverse(modulo(1n - y)))
  return Buffer.from(u.toString(16).padStart(64, "0"), "hex").reverse().toString("hex")
}

export const sharedSecret = (secretKeyHex: string, publicKeyHex: string): string => {
  const privateKey = secretKeyObject("x25519Secret", x25519PrivateOf(secretKeyHex))
  return diffieHellman({ privateKey, publicKey: publicKeyObject("x25519Public", x25519PublicOf(publicKeyHex)) }).toString("hex")
}

/** SHA-512 of the shared secret: 16 bytes of IV, 32 bytes of key, 16 bytes that nothing uses. */
export const sharedSecretHash = (secretKeyHex: string, publicKeyHex: string): string =>
  hash("sha512", Buffer.from(sharedSecret(secretKeyHex, publicKeyHex), "hex")).toString("hex")

/** AES-256-CBC. @param keyHex IV and key, 48 bytes or more */
export const symmetricEncrypt = (content: string, keyHex: string): string => {
  const key = Buffer.from(keyHex, "hex")
  const cipher = createCipheriv("aes-256-cbc", key.subarray(16, 48), key.subarray(0, 16))
  return cipher.update(content, "utf8", "hex") + cipher.final("hex")
}

export const symmetricDecrypt = (encryptedHex: string, keyHex: string): string => {
  const key = Buffer.from(keyHex, "hex")
  const decipher = createDecipheriv("aes-256-cbc", key.subarray(16, 48), key.subarray(0, 16))
  return decipher.update(encryptedHex, "hex", "utf8") + decipher.final("utf8")
}

/** @param seedHex the secret key made for this one message; a vector fixes it */
export const asymmetricEncrypt = (content: string, publicKeyHex: string, seedHex: string = newSecretKey()): OriginalSealed => ({
  referencePointHex: publicKeyOf(seedHex),
  encryptedContentHex: symmetricEncrypt(content, sharedSecretHash(seedHex, publicKeyHex)),
})

export const asymmetricDecrypt = (sealed: Partial<OriginalSealed> & OlderOriginalSealed, secretKeyHex: string): string => {
  const referencePoint = sealed.referencePointHex || sealed.referencePoint
  const encryptedContent = sealed.encryptedContentHex || sealed.encryptedContent
  if (!referencePoint || !encryptedContent) throw new Error("Invalid secrets Object!")
  return symmetricDecrypt(encryptedContent, sharedSecretHash(secretKeyHex, referencePoint))
}

/** Random text up to and including its only NUL. */
export const newSalt = (): string => {
  const bytes = randomBytes(512)
  const end = bytes.indexOf(0)
  return end === -1 ? newSalt() : bytes.toString("utf8", 0, end + 1)
}

/** @param salt ends in NUL and has no other; a vector fixes it */
export const saltContent = (content: string, salt: string = newSalt()): string => salt + content

export const unsalt = (content: string): string => {
  const end = content.indexOf("\0")
  if (end === -1) throw new Error("No Salt termination found!")
  return content.slice(end + 1)
}

/** How the original's cockpit makes a key out of a phrase. */
export const seedToKey = (seed: string): string => {
  const hex = hash("sha512", Buffer.from(seed, "utf8")).toString("hex")
  return hex.substring(2 * Number.parseInt(hex.charAt(0), 16)).slice(0, 64)
}
