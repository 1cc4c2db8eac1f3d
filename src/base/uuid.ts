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

const COUNTER_BITS = 74n

/**
 * UUIDs of version 7 (RFC 9562 §5.7) that increase strictly within one generator, also inside a millisecond and when the
 * clock steps back (§6.2, method 2: the random part counts up by a random step).
 */
export const createUuidGenerator = (clock: Clock, fillRandom: (bytes: Uint8Array) => void): (() => Uint8Array) => {
  let lastMs = -1
  let counter = 0n
  const fresh = new Uint8Array(10)
  return () => {
    const nowMs = Math.max(Math.floor(clock()), 0)
    fillRandom(fresh)
    const random = BigInt(`0x${hex(fresh)}`)
    if (nowMs > lastMs) {
      lastMs = nowMs
      counter = random & ((1n << (COUNTER_BITS - 1n)) - 1n) // the top bit stays free: counting up cannot overflow in practice
    } else {
      counter += 1n + (random & 0xffff_ffffn)
    }
    return layOut(lastMs, counter)
  }
}

const layOut = (ms: number, counter: bigint): Uint8Array => {
  const id = new Uint8Array(16)
  const view = new DataView(id.buffer)
  view.setBigUint64(0, (BigInt(ms) << 16n) | 0x7000n | ((counter >> 62n) & 0xfffn))
  view.setBigUint64(8, (0b10n << 62n) | (counter & ((1n << 62n) - 1n)))
  return id
}
