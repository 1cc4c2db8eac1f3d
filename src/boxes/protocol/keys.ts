import { ed25519 } from "@noble/curves/ed25519.js"
import { hexToBytes, isHex } from "./hex.ts"

/** A key pair's public half, a box's name, and a server's: an Ed25519 point (RFC 8032 §5.1.2), 64 lower-case hex characters. */
export type BoxId = string

const { Fp } = ed25519.Point

const ID_CHARACTERS = 64

export const isBoxId = (text: string): text is BoxId => text.length === ID_CHARACTERS && isHex(text)

/**
 * The X25519 public key (RFC 7748, 32 bytes) of an Ed25519 public key: u = (1 + y) / (1 - y).
 * @returns null for what is no key: not 32 bytes, not on the curve, not canonical, or of small order
 */
export const montgomeryOf = (publicKey: Uint8Array): Uint8Array<ArrayBuffer> | null => {
  try {
    const point = ed25519.Point.fromBytes(publicKey) // strict: RFC 8032 §5.1.3
    if (point.isSmallOrder()) return null
    const { y } = point.toAffine()
    return Uint8Array.from(Fp.toBytes(Fp.div(Fp.add(Fp.ONE, y), Fp.sub(Fp.ONE, y))))
  } catch {
    return null
  }
}

/**
 * The same of a point that a text was sealed with, from its y alone: that it may lie on the twist is what X25519 allows for
 * (RFC 7748 §1), and one of small order shares nothing but zeros, which no platform gives out.
 * @returns null for what is not canonical
 */
export const agreementPointOf = (point: Uint8Array): Uint8Array<ArrayBuffer> | null => {
  try {
    const bytes = Uint8Array.from(point)
    bytes[31] = (bytes[31] as number) & WITHOUT_SIGN
    const y = Fp.fromBytes(bytes)
    return Uint8Array.from(Fp.toBytes(Fp.div(Fp.add(Fp.ONE, y), Fp.sub(Fp.ONE, y))))
  } catch {
    return null
  }
}
const WITHOUT_SIGN = 0x7f

/** Whether an id is a key that somebody can hold: a point of the curve, canonically written, not of small order. */
export const isUsableId = (id: string): boolean => isBoxId(id) && montgomeryOf(hexToBytes(id)) !== null
