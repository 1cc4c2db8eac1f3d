import type { PatternStore } from "./pattern-store.ts"

const GRAM_SPREAD = 0x9e3779b1
const HEAD_SPREAD = 0x85ebca6b
const TAIL_SPREAD = 0xc2b2ae35
const BITS_PER_ENTRY = 24
const MIN_LOG_BITS = 12

/** Which patterns a filter is for, and how much of each it looks at. */
export interface FilterClass {
  shortest: number
  longest: number
  /** At most so many bytes of a pattern, when there are few patterns. */
  window: number
  windowOfMany: number
}

const MANY = 20_000

/**
 * Says where in a text no pattern can begin. From the first bytes of every pattern, its window, it knows each group of four
 * that stands in one. Every occurrence of a window holds such a group at each of `stride` places in a row, so it is enough to
 * look at one place in `stride`. Where one is met, the window as a whole decides, by a hash: rarely wrong, and never by
 * overlooking an occurrence.
 */
export class PrefixFilter {
  /** A place is decided only where so many bytes of text follow it. */
  readonly reach: number
  /** Windows compared so far. */
  work = 0
  readonly #window: number
  readonly #stride: number
  readonly #gramMask: number
  readonly #grams: BitSet
  readonly #windows: BitSet

  private constructor(patterns: PatternStore, members: readonly number[], { window, windowOfMany }: FilterClass) {
    const shortest = members.reduce((least, pattern) => Math.min(least, patterns.lengths[pattern] as number), Number.MAX_SAFE_INTEGER)
    this.#window = Math.min(shortest, members.length > MANY ? windowOfMany : window)
    const gram = Math.min(this.#window, 4)
    this.#gramMask = gram === 4 ? -1 : (1 << (8 * gram)) - 1
    this.#stride = this.#window - gram + 1
    this.reach = Math.max(this.#window, 4)
    this.#grams = new BitSet(members.length * this.#stride)
    this.#windows = new BitSet(members.length)
    for (const pattern of members) this.#learn(patterns, pattern)
  }

  /** @returns null where no pattern is of the class */
  static of(patterns: PatternStore, kind: FilterClass): PrefixFilter | null {
    const members: number[] = []
    for (let pattern = 0; pattern < patterns.count; pattern++) {
      const length = patterns.lengths[pattern] as number
      if (length >= kind.shortest && length <= kind.longest) members.push(pattern)
    }
    return members.length === 0 ? null : new PrefixFilter(patterns, members, kind)
  }

  /**
   * The first place from `from` on where a pattern may begin, or the one behind `last` when there is none up to it.
   * `last` must have `reach` bytes of the text.
   */
  next(text: DataView, from: number, last: number): number {
    const stride = this.#stride
    const end = last + stride
    for (let at = this.#nextGram(text, from + stride - 1, end); at < end; at = this.#nextGram(text, at + stride, end)) {
      const found = this.#firstWindow(text, Math.max(from, at - stride + 1), Math.min(at, last))
      if (found >= 0) return found
    }
    return last + 1
  }

  wipe(): void {
    this.#grams.slots.fill(0)
    this.#windows.slots.fill(0)
  }

  /** Of `from` and every `stride`-th place after it the first with a known group, or one from `end` on. */
  #nextGram(text: DataView, from: number, end: number): number {
    const { slots, shift } = this.#grams
    const mask = this.#gramMask
    const stride = this.#stride
    const two = stride * 2
    const three = stride * 3
    const bitAt = (at: number): number => {
      const hash = Math.imul(text.getInt32(at, true) & mask, GRAM_SPREAD) >>> shift
      return (slots[hash >>> 5] as number) >>> (hash & 31)
    }
    let at = from
    // Four places at once: nearly always there is nothing, and one question is cheaper than four.
    while (at + three < end && ((bitAt(at) | bitAt(at + stride) | bitAt(at + two) | bitAt(at + three)) & 1) === 0) at += 4 * stride
    while (at < end && (bitAt(at) & 1) === 0) at += stride
    return at
  }

  #firstWindow(text: DataView, from: number, to: number): number {
    for (let at = from; at <= to; at++) {
      this.work++
      if (this.#window <= 4 || this.#windows.has(windowHash(text.getInt32(at, true), text.getInt32(at + this.#window - 4, true)))) return at
    }
    return -1
  }

  #learn({ bytes, starts }: PatternStore, pattern: number): void {
    const start = starts[pattern] as number
    const word = (at: number): number =>
      (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
    for (let i = 0; i < this.#stride; i++) this.#grams.add(Math.imul(word(start + i) & this.#gramMask, GRAM_SPREAD))
    if (this.#window > 4) this.#windows.add(windowHash(word(start), word(start + this.#window - 4)))
  }
}

const windowHash = (head: number, tail: number): number => {
  const mixed = Math.imul(head, HEAD_SPREAD) ^ Math.imul(tail, TAIL_SPREAD)
  return Math.imul(mixed ^ (mixed >>> 15), GRAM_SPREAD)
}

/** A set of 32-bit hashes by their upper bits. */
class BitSet {
  readonly slots: Int32Array
  /** `hash >>> shift` is the number of a hash's bit. */
  readonly shift: number

  constructor(entries: number) {
    const logBits = Math.min(Math.max(Math.ceil(Math.log2(entries * BITS_PER_ENTRY)), MIN_LOG_BITS), 24)
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
