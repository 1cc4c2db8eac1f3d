import { createHmac, createSecretKey, hash, timingSafeEqual, type KeyObject } from "node:crypto"
import { wipe } from "../base/bytes.ts"

const HASH = "sha256"
const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
const INNER = 0x36
const OUTER = 0x5c

/** Room that a message leaves before itself for `MacKey.digest`. */
export const MAC_HEAD_BYTES = BLOCK_BYTES

/** A key of HMAC-SHA-256 (RFC 2104). Printing it shows no key material. */
export interface MacKey {
  /**
   * The MAC of what stands in `message` from `MAC_HEAD_BYTES` up to `end`; the head is written over. Two hashes of bytes that
   * lie ready take a third of the time of an HMAC object.
   */
  digest(message: Uint8Array, end: number): Uint8Array
  /** The same over a stream. */
  begin(): ReturnType<typeof createHmac>
  /** The key's bytes, for wrapping them. The caller wipes them. */
  export(): Uint8Array
}

/** The caller may wipe `bytes` afterwards. */
export const createMacKey = (bytes: Uint8Array): MacKey => {
  const key = createSecretKey(bytes)
  const inner = padOf(key, INNER)
  const outer = Buffer.concat([padOf(key, OUTER), Buffer.alloc(DIGEST_BYTES)])
  return {
    digest: (message, end) => {
      message.set(inner)
      outer.write(hash(HASH, message.subarray(0, end), "binary"), BLOCK_BYTES, "binary")
      message.fill(0, 0, BLOCK_BYTES)
      return hash(HASH, outer, "buffer")
    },
    begin: () => createHmac(HASH, key),
    export: () => key.export(),
  }
}

/** RFC 2104 §2: the key, hashed where it is longer than a block, in a block of zeros, XOR one byte. */
const padOf = (key: KeyObject, byte: number): Buffer => {
  const bytes = key.export()
  const pad = Buffer.alloc(BLOCK_BYTES)
  pad.set(bytes.length > BLOCK_BYTES ? hash(HASH, bytes, "buffer") : bytes)
  wipe(bytes)
  for (let i = 0; i < BLOCK_BYTES; i++) pad[i] = (pad[i] as number) ^ byte
  return pad
}

/** HMAC-SHA-256 (RFC 2104) over the parts one after the other: the caller makes their boundaries unambiguous. */
export const hmacSha256 = (key: MacKey, ...parts: Uint8Array[]): Uint8Array => {
  const mac = key.begin()
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
export const createMac = (key: MacKey): Mac => {
  const mac = key.begin()
  return { update: (part) => void mac.update(part), digest: () => mac.digest() }
}
