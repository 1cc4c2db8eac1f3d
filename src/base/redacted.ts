/** The only marker in the product that stands for a value. */
export const redactedMarker = (name: string): string => `[REDACTED:SECRET_${name}]`

const INSPECT = Symbol.for("nodejs.util.inspect.custom")

/**
 * A plaintext on its way through the program. Printing, `JSON.stringify`, `util.inspect` and template strings show the
 * marker; `reveal()` is the one way to the value.
 */
export class Redacted<T> {
  readonly #value: T
  readonly #marker: string

  constructor(value: T, name: string) {
    this.#value = value
    this.#marker = redactedMarker(name)
  }

  reveal(): T {
    return this.#value
  }

  toString(): string {
    return this.#marker
  }

  toJSON(): string {
    return this.#marker
  }

  [INSPECT](): string {
    return this.#marker
  }
}
