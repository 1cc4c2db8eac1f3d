import { grown } from "./growing.ts"

/** What a search that found no pattern answers. */
export const NO_PATTERN = -1

/** Whose pattern it is: the numbers of its secret and of its kind of variant. */
export interface PatternOwner {
  secret: number
  kind: number
}

/**
 * Every byte string that is searched for, packed one behind the other, in the order of declaration: of two equal ones the
 * lower number is the one that counts.
 */
export class PatternStore {
  /** Pattern `p` is `lengths[p]` bytes from `starts[p]` on. One that begins another lies within that. */
  bytes: Uint8Array = new Uint8Array(1024)
  starts: Int32Array = new Int32Array(64)
  lengths: Int32Array = new Int32Array(64)
  secrets: Int32Array = new Int32Array(64)
  kinds: Uint8Array = new Uint8Array(64)
  count = 0
  /** Of all patterns together. */
  byteLength = 0

  /** The pattern is the first `length` bytes of `source`. @returns its number */
  add(source: Uint8Array, length: number, owner: PatternOwner): number {
    const start = this.byteLength
    this.bytes = grown(this.bytes, start + length)
    this.bytes.set(source.subarray(0, length), start)
    this.byteLength += length
    return this.#enter(start, length, owner)
  }

  /** The first `length` bytes of a pattern as another one. */
  addPrefix(pattern: number, length: number, owner: PatternOwner): number {
    return this.#enter(this.starts[pattern] as number, length, owner)
  }

  isEqual(pattern: number, source: Uint8Array, length: number): boolean {
    if (this.lengths[pattern] !== length) return false
    const start = this.starts[pattern] as number
    for (let i = 0; i < length; i++) if (this.bytes[start + i] !== source[i]) return false
    return true
  }

  wipe(): void {
    this.bytes.fill(0)
    this.count = 0
    this.byteLength = 0
  }

  #enter(start: number, length: number, { secret, kind }: PatternOwner): number {
    const pattern = this.count++
    this.starts = grown(this.starts, pattern + 1)
    this.lengths = grown(this.lengths, pattern + 1)
    this.secrets = grown(this.secrets, pattern + 1)
    this.kinds = grown(this.kinds, pattern + 1)
    this.starts[pattern] = start
    this.lengths[pattern] = length
    this.secrets[pattern] = secret
    this.kinds[pattern] = kind
    return pattern
  }
}
