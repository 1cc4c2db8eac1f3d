import type { PatternStore } from "./pattern-store.ts"

/** Up to here comparing with each is quicker than hashing. */
const FEW = 64

/** The patterns of one secret while they are added, so that none is added twice. */
export class OwnPatterns {
  readonly #store: PatternStore
  readonly #few: number[] = []
  /** By hash, from the first one behind the few on. */
  readonly #many = new Map<number, number[]>()

  constructor(store: PatternStore) {
    this.#store = store
  }

  has(bytes: Uint8Array, length: number): boolean {
    const isEqual = (pattern: number): boolean => this.#store.isEqual(pattern, bytes, length)
    if (this.#few.some(isEqual)) return true
    return this.#many.size > 0 && (this.#many.get(hashOf(bytes, length))?.some(isEqual) ?? false)
  }

  /** The pattern is the first `length` of these bytes. */
  add(pattern: number, bytes: Uint8Array, length: number): void {
    if (this.#few.length < FEW) {
      this.#few.push(pattern)
      return
    }
    const hash = hashOf(bytes, length)
    const alike = this.#many.get(hash)
    if (alike === undefined) this.#many.set(hash, [pattern])
    else alike.push(pattern)
  }
}

/** FNV-1a. */
export const hashOf = (bytes: Uint8Array, length: number): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
  return hash
}
