import { concatBytes } from "../base/bytes.ts"
import type { StreamFilter } from "./stream-filter.ts"
import type { RedactionCount } from "./tally.ts"

const LF = 0x0a

/**
 * For a reader who may have chosen the text: whole lines only. Had a killed writer's last line been printed up to where a
 * value may begin, the place of the cut would say that a guess was right. So the line is dropped, whatever it holds.
 */
export class LineFilter implements StreamFilter {
  readonly #inner: StreamFilter
  #line: Uint8Array[] = []

  constructor(inner: StreamFilter) {
    this.#inner = inner
  }

  get held(): number {
    return this.#line.reduce((sum, part) => sum + part.length, this.#inner.held)
  }

  push(chunk: Uint8Array): Uint8Array {
    return this.#wholeLines(this.#inner.push(chunk))
  }

  end(how: "normal" | "killed" = "normal"): Uint8Array {
    // The inner filter always ends normally: a mask over a part would say that it is a part.
    const whole = this.#wholeLines(this.#inner.end("normal"))
    const rest = how === "killed" ? [] : this.#line
    const output = concatBytes(whole, ...rest)
    this.#forget()
    return output
  }

  /** Nothing: how much of a line is held would show. */
  release(): Uint8Array {
    return new Uint8Array(0)
  }

  counts(): RedactionCount[] {
    return []
  }

  #wholeLines(output: Uint8Array): Uint8Array {
    const end = output.lastIndexOf(LF) + 1
    if (end === 0) {
      if (output.length > 0) this.#line.push(output)
      return new Uint8Array(0)
    }
    const whole = concatBytes(...this.#line, output.subarray(0, end))
    this.#forget()
    if (end < output.length) this.#line.push(output.slice(end))
    return whole
  }

  #forget(): void {
    for (const part of this.#line) part.fill(0)
    this.#line = []
  }
}
