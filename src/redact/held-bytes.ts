import { grown } from "./growing.ts"

/** The end of a stream so far that cannot be printed yet. Growing by a byte costs a byte, not a copy of everything. */
export class HeldBytes {
  #buffer: Uint8Array = new Uint8Array(64)
  #start = 0
  #end = 0

  get length(): number {
    return this.#end - this.#start
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end)
  }

  append(bytes: Uint8Array): void {
    if (this.#start > this.#buffer.length / 2) this.#moveToFront()
    this.#buffer = grown(this.#buffer, this.#end + bytes.length)
    this.#buffer.set(bytes, this.#end)
    this.#end += bytes.length
  }

  /** Forgets the first `count` bytes. */
  drop(count: number): void {
    this.#buffer.fill(0, this.#start, this.#start + count)
    this.#start += count
    if (this.#start === this.#end) this.#start = this.#end = 0
  }

  wipe(): void {
    this.#buffer.fill(0)
    this.#start = this.#end = 0
  }

  #moveToFront(): void {
    this.#buffer.copyWithin(0, this.#start, this.#end)
    this.#end -= this.#start
    this.#buffer.fill(0, this.#end, this.#end + this.#start)
    this.#start = 0
  }
}
