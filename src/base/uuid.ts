import { hex } from "./bytes.ts"
import type { Clock } from "./clock.ts"

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export const isUuid = (text: string): boolean => UUID.test(text)

/** 16 bytes to the lower-case text form of RFC 9562 §4. */
export const uuidToText = (id: Uint8Array): string => {
  const text = hex(id)
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
}

/** @returns 16 bytes, or null when the text is not a UUID */
export const uuidFromText = (text: string): Uint8Array | null => {
  if (!isUuid(text)) return null
  const digits = text.replaceAll("-", "")
  return Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

/** The counter of 74 bits, as numbers of 12, 31 and 31: with BigInt an id costs ten times as much. */
interface Counter {
  high: number
  middle: number
  low: number
}

const HIGH_SIZE = 2 ** 12
const WORD_SIZE = 2 ** 31

/**
 * UUIDs of version 7 (RFC 9562 §5.7) that increase strictly within one generator, also inside a millisecond and when the
 * clock steps back (§6.2, method 2: the random part counts up by a random step).
 */
export const createUuidGenerator = (clock: Clock, fillRandom: (bytes: Uint8Array) => void): (() => Uint8Array) => {
  const fresh = new Uint8Array(10)
  const random = new DataView(fresh.buffer)
  let lastMs = -1
  let counter: Counter = { high: 0, middle: 0, low: 0 }
  return () => {
    const nowMs = Math.max(Math.floor(clock()), 0)
    fillRandom(fresh)
    counter = nowMs > lastMs ? startCounter(random) : countUp(counter, random.getUint32(0) >>> 4)
    lastMs = Math.max(nowMs, lastMs)
    return layOut(lastMs, counter)
  }
}

/** The top bit stays free: counting up cannot overflow in practice. */
const startCounter = (random: DataView): Counter => ({
  high: random.getUint16(8) % (HIGH_SIZE / 2),
  middle: random.getUint32(4) % WORD_SIZE,
  low: random.getUint32(0) % WORD_SIZE,
})

const countUp = ({ high, middle, low }: Counter, step: number): Counter => {
  const nextLow = low + 1 + step
  const nextMiddle = middle + Math.floor(nextLow / WORD_SIZE)
  return { high: high + Math.floor(nextMiddle / WORD_SIZE), middle: nextMiddle % WORD_SIZE, low: nextLow % WORD_SIZE }
}

const layOut = (ms: number, { high, middle, low }: Counter): Uint8Array => {
  const id = new Uint8Array(16)
  const view = new DataView(id.buffer)
  view.setUint32(0, Math.floor(ms / 2 ** 16))
  view.setUint16(4, ms % 2 ** 16)
  view.setUint16(6, 0x7000 | high)
  view.setUint32(8, 0x8000_0000 + (middle >>> 1))
  view.setUint32(12, (middle & 1) * WORD_SIZE + low)
  return id
}
