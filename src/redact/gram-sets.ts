/** The groups of a few bytes that stand in what is searched for. */
export interface GramSet {
  /** Bytes of a group. */
  readonly size: number
  add(bytes: Uint8Array, at: number): void
  /** Of `from` and every `stride`-th place after it the first with a known group, or one from `end` on. */
  next(text: DataView, from: number, end: number, stride: number): number
  wipe(): void
}

/** A multiplier that spreads 32 bits over 32 bits. */
export const SPREAD = 0x9e3779b1

export const littleEndianWord = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)

const BITS_PER_ENTRY = 24
const MIN_LOG_BITS = 12
const MAX_LOG_BITS = 26

/** A set of 32-bit hashes by their upper bits: it may take one for another, and overlooks none. */
export class HashBits {
  readonly slots: Int32Array
  /** `hash >>> shift` is the number of a hash's bit. */
  readonly shift: number

  constructor(entries: number) {
    const logBits = Math.min(Math.max(Math.ceil(Math.log2(entries * BITS_PER_ENTRY)), MIN_LOG_BITS), MAX_LOG_BITS)
    this.slots = new Int32Array(1 << (logBits - 5))
    this.shift = 32 - logBits
  }

  add(hash: number): void {
    const bit = hash >>> this.shift
    this.slots[bit >>> 5] = (this.slots[bit >>> 5] as number) | (1 << (bit & 31))
  }

  has(hash: number): boolean {
    const bit = hash >>> this.shift
    return (((this.slots[bit >>> 5] as number) >>> (bit & 31)) & 1) === 1
  }
}

/** Groups of four bytes, hashed: text seldom holds one by chance. */
export class FourByteGrams implements GramSet {
  readonly size = 4
  readonly #bits: HashBits

  constructor(entries: number) {
    this.#bits = new HashBits(entries)
  }

  add(bytes: Uint8Array, at: number): void {
    this.#bits.add(Math.imul(littleEndianWord(bytes, at), SPREAD))
  }

  next(text: DataView, from: number, end: number, stride: number): number {
    const { slots, shift } = this.#bits
    const two = stride * 2
    const three = stride * 3
    const bitAt = (at: number): number => {
      const bit = Math.imul(text.getInt32(at, true), SPREAD) >>> shift
      return (slots[bit >>> 5] as number) >>> (bit & 31)
    }
    let at = from
    // Four places at once: nearly always there is nothing, and one question is cheaper than four.
    while (at + three < end && ((bitAt(at) | bitAt(at + stride) | bitAt(at + two) | bitAt(at + three)) & 1) === 0) at += 4 * stride
    while (at < end && (bitAt(at) & 1) === 0) at += stride
    return at
  }

  wipe(): void {
    this.#bits.slots.fill(0)
  }
}

/** Pairs of bytes, exact: for what is too short to be told by four, and longer steps through the text than with four. */
export class PairGrams implements GramSet {
  readonly size: number
  readonly #table = new Uint8Array(65_536)

  /** A pattern of one byte is every pair that it begins. */
  constructor(shortest: number) {
    this.size = Math.min(shortest, 2)
  }

  add(bytes: Uint8Array, at: number): void {
    const first = bytes[at] as number
    if (this.size === 2) this.#table[first | ((bytes[at + 1] as number) << 8)] = 1
    else for (let second = 0; second < 256; second++) this.#table[first | (second << 8)] = 1
  }

  next(text: DataView, from: number, end: number, stride: number): number {
    const table = this.#table
    const two = stride * 2
    const three = stride * 3
    const entryAt = (at: number): number => table[text.getUint16(at, true)] as number
    let at = from
    while (at + three < end && (entryAt(at) | entryAt(at + stride) | entryAt(at + two) | entryAt(at + three)) === 0) at += 4 * stride
    while (at < end && entryAt(at) === 0) at += stride
    return at
  }

  wipe(): void {
    this.#table.fill(0)
  }
}
