import { utf8 } from "../../base/bytes.ts"
import type { PrincipalKind } from "../principal.ts"
import { bytesToInteger, fromBase62, integerToBytes, toBase62 } from "./base62.ts"
import { crc32 } from "./crc32.ts"

export interface TokenParts {
  kind: PrincipalKind
  /** 16 characters of base62. */
  id: string
  /** 32 bytes. */
  secret: Uint8Array
}

export const TOKEN_ID_LENGTH = 16
export const TOKEN_SECRET_BYTES = 32

const SECRET_DIGITS = 43
const CHECKSUM_DIGITS = 6

const LETTERS: Record<PrincipalKind, string> = { person: "p", agent: "a", service: "s" }
const KINDS: Readonly<Record<string, PrincipalKind>> = { p: "person", a: "agent", s: "service" }

const TOKEN = /^sotto_([pas])_([0-9A-Za-z]{16})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/

const checksum = (text: string): string => toBase62(BigInt(crc32(utf8(text))), CHECKSUM_DIGITS)

/** `sotto_<p|a|s>_<id>_<secret><checksum>`, 76 characters; the checksum is the CRC-32 of all that stands before it. */
export const formatToken = ({ kind, id, secret }: TokenParts): string => {
  const text = `sotto_${LETTERS[kind]}_${id}_${toBase62(bytesToInteger(secret), SECRET_DIGITS)}`
  return text + checksum(text)
}

/** @returns null for text that no store has ever given out */
export const parseToken = (text: string): TokenParts | null => {
  const [, letter, id, digits] = TOKEN.exec(text) ?? []
  if (letter === undefined || id === undefined || digits === undefined) return null
  if (checksum(text.slice(0, -CHECKSUM_DIGITS)) !== text.slice(-CHECKSUM_DIGITS)) return null
  const secret = integerToBytes(fromBase62(digits) as bigint, TOKEN_SECRET_BYTES)
  return secret && { kind: KINDS[letter] as PrincipalKind, id, secret }
}
