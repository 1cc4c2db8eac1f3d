import { FourByteGrams, type GramSet, HashBits, littleEndianWord, PairGrams, SPREAD } from "./gram-sets.ts"
import type { PatternStore } from "./pattern-store.ts"

const HEAD_SPREAD = 0x85ebca6b
const TAIL_SPREAD = 0xc2b2ae35

/** A longer window allows longer steps, and fills the set of groups faster. */
const LONGEST_WINDOW = 16

/** From here on groups of four bytes are worth their while. */
const LONG_BYTES = 8

/** Which patterns a filter is for, by their length. */
export interface LengthRange {
  shortest: number
  longest: number
}

/**
 * Says where in a text no pattern can begin. From the first bytes of every pattern, its window, it knows each group of a few
 * that stands in one. Every occurrence of a window holds such a group at each of `stride` places in a row, so it is enough to
 * look at one place in `stride`. Where one is met, the window as a whole decides, by a hash: rarely wrong, and never by
 * overlooking an occurrence.
 */
export class PrefixFilter {
  /** A place is decided only where so many bytes of text follow it. */
  readonly reach: number
  /** Windows compared so far. */
  work = 0
  /** A window is known by its first and its last four bytes, or by what it has of four. */
  readonly #tail: number
  readonly #mask: number
  readonly #stride: number
  readonly #grams: GramSet
  readonly #windows: HashBits

  private constructor(patterns: PatternStore, members: readonly number[], isLong: boolean) {
    const shortest = members.reduce((least, pattern) => Math.min(least, patterns.lengths[pattern] as number), LONGEST_WINDOW)
    this.#tail = Math.max(shortest - 4, 0)
    this.#mask = shortest < 4 ? (1 << (8 * shortest)) - 1 : -1
    this.#grams = isLong ? new FourByteGrams(members.length * (shortest - 3)) : new PairGrams(shortest)
    this.#stride = shortest - this.#grams.size + 1
    this.reach = Math.max(shortest, 4)
    this.#windows = new HashBits(members.length)
    for (const pattern of members) this.#learn(patterns, pattern)
  }

  /** @returns null where there is no such pattern */
  static of(patterns: PatternStore, { shortest, longest }: LengthRange): PrefixFilter | null {
    const members: number[] = []
    for (let pattern = 0; pattern < patterns.count; pattern++) {
      const length = patterns.lengths[pattern] as number
      if (length >= shortest && length <= longest) members.push(pattern)
    }
    return members.length === 0 ? null : new PrefixFilter(patterns, members, shortest >= LONG_BYTES)
  }

  /**
   * The first place from `from` on where a pattern may begin, or the one behind `last` when there is none up to it.
   * `last` must have `reach` bytes of the text.
   */
  next(text: DataView, from: number, last: number): number {
    const stride = this.#stride
    const end = last + stride
    for (let at = from + stride - 1; at < end; at += stride) {
      at = this.#grams.next(text, at, end, stride)
      if (at >= end) break
      const found = this.#firstWindow(text, Math.max(from, at - stride + 1), Math.min(at, last))
      if (found >= 0) return found
    }
    return last + 1
  }

  wipe(): void {
    this.#grams.wipe()
    this.#windows.slots.fill(0)
  }

  #firstWindow(text: DataView, from: number, to: number): number {
    const mask = this.#mask
    const tail = this.#tail
    for (let at = from; at <= to; at++) {
      this.work++
      if (this.#windows.has(windowHash(text.getInt32(at, true) & mask, text.getInt32(at + tail, true) & mask))) return at
    }
    return -1
  }

  #learn({ bytes, starts }: PatternStore, pattern: number): void {
    const start = starts[pattern] as number
    for (let i = 0; i < this.#stride; i++) this.#grams.add(bytes, start + i)
    this.#windows.add(windowHash(littleEndianWord(bytes, start) & this.#mask, littleEndianWord(bytes, start + this.#tail) & this.#mask))
  }
}

const windowHash = (head: number, tail: number): number => {
  const mixed = Math.imul(head, HEAD_SPREAD) ^ Math.imul(tail, TAIL_SPREAD)
  return Math.imul(mixed ^ (mixed >>> 15), SPREAD)
}
