const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

const BASE = BigInt(DIGITS.length)

/** Big-endian, padded with zeros to `length` digits. */
export const toBase62 = (value: bigint, length: number): string => {
  let rest = value
  let text = ""
  while (rest > 0n) {
    text = DIGITS.charAt(Number(rest % BASE)) + text
    rest /= BASE
  }
  return text.padStart(length, "0")
}

/** @returns null for text with other characters */
export const fromBase62 = (text: string): bigint | null => {
  let value = 0n
  for (const character of text) {
    const digit = DIGITS.indexOf(character)
    if (digit < 0) return null
    value = value * BASE + BigInt(digit)
  }
  return value
}

export const bytesToInteger = (bytes: Uint8Array): bigint => bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)

/** @returns null where the value needs more bytes */
export const integerToBytes = (value: bigint, length: number): Uint8Array | null => {
  if (value >> BigInt(8 * length) !== 0n) return null
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 0xffn))
}

const LARGEST_FAIR_BYTE = 256 - (256 % DIGITS.length)

/** `length` digits, each of them equally likely. */
export const randomBase62 = (randomBytes: (length: number) => Uint8Array, length: number): string => {
  let text = ""
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < LARGEST_FAIR_BYTE && text.length < length) text += DIGITS.charAt(byte % DIGITS.length)
    }
  }
  return text
}
