import { utf8 } from "../../base/bytes.ts"
import type { MacKey } from "../../crypto/mac.ts"
import { hmacSha256 } from "../../crypto/mac.ts"

/** Crockford's: no letter that looks like a digit, because people type this. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
const ID_LENGTH = 8
const SECRET_LENGTH = 16
const GROUP = 4

export interface SignInCode {
  id: string
  /** 80 random bits; five wrong tries spend a code. */
  secret: string
}

const randomDigits = (randomBytes: (length: number) => Uint8Array, length: number): string =>
  Array.from(randomBytes(length), (byte) => DIGITS.charAt(byte % DIGITS.length)).join("")

export const createSignInCode = (randomBytes: (length: number) => Uint8Array): SignInCode => ({
  id: randomDigits(randomBytes, ID_LENGTH),
  secret: randomDigits(randomBytes, SECRET_LENGTH),
})

/** `ABCD-EFGH-…`, six groups of four. */
export const formatSignInCode = ({ id, secret }: SignInCode): string =>
  (id + secret).match(new RegExp(`.{${GROUP}}`, "g"))?.join("-") ?? ""

/** Forgives case, spaces, dashes and the usual look-alikes. @returns null for what can be no code */
export const parseSignInCode = (text: string): SignInCode | null => {
  const digits = text.toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1")
  const isCode = digits.length === ID_LENGTH + SECRET_LENGTH && [...digits].every((digit) => DIGITS.includes(digit))
  return isCode ? { id: digits.slice(0, ID_LENGTH), secret: digits.slice(ID_LENGTH) } : null
}

export const hashSignInCode = (key: MacKey, { id, secret }: SignInCode): Uint8Array =>
  hmacSha256(key, utf8(`sign-in link:${id}:${secret}`))
