import { utf8 } from "../../base/bytes.ts"
import { hmacSha256, type MacKey } from "../../crypto/mac.ts"
import { bytesToInteger, randomBase62, toBase62 } from "./base62.ts"

const ID_LENGTH = 16
const HALF_BYTES = 32
const HALF_DIGITS = 43

/** A session is proved by two halves that travel by different ways: a cookie alone, or a header alone, proves nothing. */
export interface SessionHalves {
  id: string
  /** `<id>.<half>`. */
  cookie: string
  header: string
}

export const createSessionHalves = (randomBytes: (length: number) => Uint8Array): SessionHalves => {
  const half = (): string => toBase62(bytesToInteger(randomBytes(HALF_BYTES)), HALF_DIGITS)
  const id = randomBase62(randomBytes, ID_LENGTH)
  return { id, cookie: `${id}.${half()}`, header: half() }
}

const COOKIE = /^([0-9A-Za-z]{16})\.[0-9A-Za-z]{43}$/
const HEADER = /^[0-9A-Za-z]{43}$/

/** @returns null where either half cannot be one */
export const parseSessionHalves = ({ cookie, header }: { cookie: string; header: string }): SessionHalves | null => {
  const id = COOKIE.exec(cookie)?.[1]
  return id !== undefined && HEADER.test(header) ? { id, cookie, header } : null
}

export const hashSessionHalves = (key: MacKey, { cookie, header }: SessionHalves): Uint8Array =>
  hmacSha256(key, utf8(`session:${cookie}:${header}`))
