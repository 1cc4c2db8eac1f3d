/** Puts together parts of two texts that follow each other, the second from place 0 on, and markers. */
export class Output {
  readonly #held: Uint8Array
  readonly #chunk: Uint8Array
  readonly #parts: Uint8Array[] = []
  #length = 0

  constructor(held: Uint8Array, chunk: Uint8Array) {
    this.#held = held
    this.#chunk = chunk
  }

  put(bytes: Uint8Array): void {
    this.#parts.push(bytes)
    this.#length += bytes.length
  }

  copy(from: number, to: number): void {
    const { length } = this.#held
    if (from < Math.min(to, 0)) this.put(this.#held.subarray(from + length, Math.min(to, 0) + length))
    if (Math.max(from, 0) < to) this.put(this.#chunk.subarray(Math.max(from, 0), to))
  }

  /** The chunk itself, or the part of it that is all there is; else as `copied`. */
  taken(): Uint8Array {
    const [only] = this.#parts
    return this.#parts.length === 1 && only !== undefined && only.buffer === this.#chunk.buffer ? only : this.copied()
  }

  /** In memory of its own. */
  copied(): Uint8Array {
    const whole = new Uint8Array(this.#length)
    let at = 0
    for (const part of this.#parts) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }
}
