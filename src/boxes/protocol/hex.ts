/** @throws TypeError for anything but pairs of lower-case hex digits */
export const hexToBytes = (hex: string): Uint8Array<ArrayBuffer> => {
  if (!isHex(hex) || hex.length % 2 !== 0) throw new TypeError("not pairs of hex digits")
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = (digitAt(hex, 2 * i) << 4) | digitAt(hex, 2 * i + 1)
  return bytes
}

/** Lower case alone: ids are compared as strings, and one key must not have two. */
export const isHex = (text: string): boolean => /^[0-9a-f]*$/.test(text)

const LETTER_A = 97
const DIGIT_0 = 48

const digitAt = (hex: string, at: number): number => {
  const unit = hex.charCodeAt(at)
  return unit >= LETTER_A ? unit - LETTER_A + 10 : unit - DIGIT_0
}
