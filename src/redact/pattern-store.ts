import { grown } from "./growing.ts"

/** What a search that found no pattern answers. */
export const NO_PATTERN = -1

/**
 * Every byte string that is searched for, packed one behind the other, in the order of declaration: of two equal ones the
 * lower number is the one that counts.
 */
export class PatternStore {
  /** Pattern `p` is `bytes[starts[p]]` up to `bytes[starts[p + 1]]`. */
  bytes: Uint8Array = new Uint8Array(1024)
  starts: Int32Array = new Int32Array(65)
  lengths: Int32Array = new Int32Array(64)
  /** The number of its secret. */
  secrets: Int32Array = new Int32Array(64)
  /** The number of its kind of variant. */
  kinds: Uint8Array = new Uint8Array(64)
  count = 0

  get byteLength(): number {
    return this.starts[this.count] as number
  }

  add(source: Uint8Array, length: number, { secret, kind }: { secret: number; kind: number }): void {
    const pattern = this.count
    const start = this.byteLength
    this.bytes = grown(this.bytes, start + length)
    this.starts = grown(this.starts, pattern + 2)
    this.lengths = grown(this.lengths, pattern + 1)
    this.secrets = grown(this.secrets, pattern + 1)
    this.kinds = grown(this.kinds, pattern + 1)
    for (let i = 0; i < length; i++) this.bytes[start + i] = source[i] as number
    this.starts[pattern + 1] = start + length
    this.lengths[pattern] = length
    this.secrets[pattern] = secret
    this.kinds[pattern] = kind
    this.count++
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
    this.starts.fill(0)
  }
}
