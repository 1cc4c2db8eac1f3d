import { hkdfSync } from "node:crypto"
import { utf8 } from "../base/bytes.ts"

const NO_SALT = new Uint8Array(0) // RFC 5869 §3.1: the root is uniformly random already
const DERIVED_BYTES = 32

/** HKDF-SHA-256 (RFC 5869). */
export const hkdfSha256 = (secret: Uint8Array, salt: Uint8Array, info: Uint8Array, lengthBytes: number): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", secret, salt, info, lengthBytes))

/** A key of 32 bytes for one purpose: HKDF-SHA-256 (RFC 5869) of the store's root. Other labels give independent keys. */
export const deriveKey = (root: Uint8Array, label: string): Uint8Array =>
  hkdfSha256(root, NO_SALT, utf8(`sotto/v1/${label}`), DERIVED_BYTES)
