import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from "node:crypto"

/** The caller may wipe `bytes` afterwards. */
export const createMacKey = (bytes: Uint8Array): KeyObject => createSecretKey(bytes)

/** HMAC-SHA-256 (RFC 2104) over the parts one after the other: the caller makes their boundaries unambiguous. */
export const hmacSha256 = (key: KeyObject, ...parts: Uint8Array[]): Uint8Array => {
  const mac = createHmac("sha256", key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** Takes the same time wherever two byte strings of one length differ. Lengths are not secret. */
export const equalConstantTime = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b)

export interface Mac {
  update(part: Uint8Array): void
  digest(): Uint8Array
}

/** HMAC-SHA-256 of a stream. */
export const createMac = (key: KeyObject): Mac => {
  const mac = createHmac("sha256", key)
  return { update: (part) => void mac.update(part), digest: () => mac.digest() }
}
