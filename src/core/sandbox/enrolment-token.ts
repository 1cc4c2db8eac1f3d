import { utf8 } from "../../base/bytes.ts"
import { bytesToInteger, fromBase62, integerToBytes, toBase62 } from "../access/base62.ts"
import { crc32 } from "../access/crc32.ts"

/** What an enrolment token says to the daemon that gets it. */
export interface EnrolmentTokenParts {
  /** 16 characters of base62. */
  sandboxId: string
  /** 32 bytes: the key of the MAC by which the daemon proves that it was meant. It never travels. */
  secret: Uint8Array
  /** The store's Ed25519 key, 32 bytes: the daemon obeys nobody else. */
  storeKey: Uint8Array
}

export const SANDBOX_ID_LENGTH = 16
const KEY_BYTES = 32
const KEY_DIGITS = 43
const CHECKSUM_DIGITS = 6

const TOKEN = /^sotto_e_([0-9A-Za-z]{16})_([0-9A-Za-z]{43})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/

const digits = (bytes: Uint8Array): string => toBase62(bytesToInteger(bytes), KEY_DIGITS)
const checksum = (text: string): string => toBase62(BigInt(crc32(utf8(text))), CHECKSUM_DIGITS)

/** `sotto_e_<sandbox>_<secret>_<store's key><checksum>`; the checksum is the CRC-32 of all that stands before it. */
export const formatEnrolmentToken = ({ sandboxId, secret, storeKey }: EnrolmentTokenParts): string => {
  const text = `sotto_e_${sandboxId}_${digits(secret)}_${digits(storeKey)}`
  return text + checksum(text)
}

/** @returns null for text that no store has ever given out */
export const parseEnrolmentToken = (text: string): EnrolmentTokenParts | null => {
  const [, sandboxId, secretDigits, keyDigits] = TOKEN.exec(text) ?? []
  if (sandboxId === undefined || secretDigits === undefined || keyDigits === undefined) return null
  if (checksum(text.slice(0, -CHECKSUM_DIGITS)) !== text.slice(-CHECKSUM_DIGITS)) return null
  const [secret, storeKey] = [secretDigits, keyDigits].map((each) => integerToBytes(fromBase62(each) as bigint, KEY_BYTES))
  return secret && storeKey ? { sandboxId, secret, storeKey } : null
}
