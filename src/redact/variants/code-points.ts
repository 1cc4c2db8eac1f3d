/**
 * Reads UTF-8 without making a string of it. A byte that belongs to no character comes as -1.
 */
export const eachCodePoint = (bytes: Uint8Array, visit: (codePoint: number, at: number, length: number) => void): void => {
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at)
    visit(length === 0 ? -1 : decode(bytes, at, length), at, Math.max(length, 1))
    at += Math.max(length, 1)
  }
}

export const isUtf8 = (bytes: Uint8Array): boolean => {
  let isWhole = true
  eachCodePoint(bytes, (codePoint) => {
    if (codePoint < 0) isWhole = false
  })
  return isWhole
}

/** Units of UTF-16: one, or a pair. */
export const eachUnit = (codePoint: number, visit: (unit: number) => void): void => {
  if (codePoint < 0x10000) {
    visit(codePoint)
    return
  }
  visit(0xd800 + ((codePoint - 0x10000) >> 10))
  visit(0xdc00 + ((codePoint - 0x10000) & 0x3ff))
}

/** 0 where no character begins. */
const sequenceLength = (bytes: Uint8Array, at: number): number => {
  const lead = bytes[at] as number
  if (lead < 0x80) return 1
  const length = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : 2
  if (lead < 0xc2 || lead >= 0xf5) return 0
  for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0
  return isShortest(decode(bytes, at, length), length) ? length : 0
}

const isShortest = (codePoint: number, length: number): boolean =>
  (length !== 3 || (codePoint >= 0x800 && (codePoint < 0xd800 || codePoint > 0xdfff))) &&
  (length !== 4 || (codePoint >= 0x10000 && codePoint <= 0x10ffff))

const LEAD_BITS = [0, 0x7f, 0x1f, 0x0f, 0x07]

const decode = (bytes: Uint8Array, at: number, length: number): number => {
  let codePoint = (bytes[at] as number) & (LEAD_BITS[length] as number)
  for (let i = 1; i < length; i++) codePoint = (codePoint << 6) | ((bytes[at + i] as number) & 0x3f)
  return codePoint
}
