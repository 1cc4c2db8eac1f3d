import { redactedMarker } from "../base/redacted.ts"
import type { StreamFilter } from "../redact/stream-filter.ts"

/**
 * Counts the markers of keys in all that was redacted, also in what is cut off or not shown afterwards: the place of a cut and the
 * size of what is no text tell of a marker, too.
 */
export class MarkerCount {
  readonly #markers: ReadonlyMap<string, string>
  readonly #hits = new Map<string, number>()

  constructor(keys: readonly string[]) {
    this.#markers = new Map(keys.map((key) => [key, redactedMarker(key)]))
  }

  /** The same filter, counted. It has to give whole lines, as it does for adversarial readers: a marker in two parts would not be seen. */
  over(filter: StreamFilter): StreamFilter {
    const counted = (output: Uint8Array): Uint8Array => {
      this.#add(output)
      return output
    }
    return {
      push: (chunk) => counted(filter.push(chunk)),
      end: (how) => counted(filter.end(how)),
      release: (maxBytes) => counted(filter.release(maxBytes)),
      counts: () => filter.counts(),
      get held() {
        return filter.held
      },
    }
  }

  /** Without those that were never masked. */
  hits(): Record<string, number> {
    const keys = [...this.#markers.keys()].filter((key) => this.#hits.has(key))
    return Object.fromEntries(keys.map((key) => [key, this.#hits.get(key) as number]))
  }

  #add(output: Uint8Array): void {
    const bytes = Buffer.from(output.buffer, output.byteOffset, output.length)
    for (const [key, marker] of this.#markers) {
      const count = occurrences(bytes, marker)
      if (count > 0) this.#hits.set(key, (this.#hits.get(key) ?? 0) + count)
    }
  }
}

const occurrences = (bytes: Buffer, text: string): number => {
  let count = 0
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + text.length)) count++
  return count
}
