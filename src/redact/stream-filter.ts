import { ROOT } from "./automaton.ts"
import type { HeldBytes } from "./held-bytes.ts"
import { MaskedSpans, type Span } from "./masked-spans.ts"
import { Output } from "./output.ts"
import { NO_PATTERN } from "./pattern-store.ts"
import type { SecretSet } from "./secret-set.ts"
import { type RedactionCount, Tally } from "./tally.ts"

/**
 * One stream of bytes on its way through a redactor. What comes out may be a part of the chunk that went in, uncopied: write it
 * before the memory of the chunk is used again.
 */
export interface StreamFilter {
  /** What may be printed now. */
  push(chunk: Uint8Array): Uint8Array
  /**
   * The rest. At a `normal` end, the default, what was held back stands there as it came: it did not become a secret. What a
   * `killed` writer leaves behind may be the first part of one, and is masked from 4 bytes on. Nothing can follow.
   */
  end(how?: "normal" | "killed"): Uint8Array
  /** Bytes that are held back because they begin a value or a variant of one. */
  readonly held: number
  /**
   * For a terminal on which nothing happens: lets go what is held, if it is at most `maxBytes` and at most 3 bytes, else nothing.
   * If it turns out to be the beginning of a secret after all, the rest of the secret is masked.
   */
  release(maxBytes: number): Uint8Array
  /** What was masked in this stream. */
  counts(): RedactionCount[]
}

/** From here on a partial occurrence is worth hiding. */
const PARTIAL_BYTES = 4

/**
 * Places count from the start of the chunk at hand, so what is held has negative ones. Held are exactly the bytes that the
 * automaton's state stands for: everything in front of them can be part of no occurrence that is still to come.
 */
export class ByteFilter implements StreamFilter {
  readonly #secrets: SecretSet
  readonly #tally = new Tally()
  readonly #held: HeldBytes
  readonly #spans = new MaskedSpans()
  #state = ROOT
  #epoch: number
  /** Where printing goes on: behind what was printed and what a marker stands for. */
  #printed = 0
  /** The end of what the last marker stands for. An occurrence that begins in front of it lengthens that. */
  #covered = 0
  #hasEnded = false

  constructor(secrets: SecretSet) {
    this.#secrets = secrets
    this.#epoch = secrets.refresh()
    this.#held = secrets.newHeldBytes()
  }

  get held(): number {
    return Math.max(0, -this.#printed)
  }

  push(chunk: Uint8Array): Uint8Array {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("A filter takes bytes")
    this.#prepare()
    this.#state = this.#secrets.matcher.read(chunk, this.#state, this.#found)
    const live = chunk.length - this.#depth
    const output = this.#print(chunk, live)
    this.#hold(chunk, live)
    return output
  }

  end(how: "normal" | "killed" = "normal"): Uint8Array {
    this.#prepare()
    if (how === "killed" && this.#depth >= PARTIAL_BYTES) this.#maskPartial()
    const output = this.#print(new Uint8Array(0), 0)
    this.#held.wipe()
    this.#state = ROOT
    this.#hasEnded = true
    return output
  }

  release(maxBytes: number): Uint8Array {
    this.#prepare()
    const mayGo = this.#depth <= Math.min(maxBytes, PARTIAL_BYTES - 1)
    return this.#print(new Uint8Array(0), mayGo ? 0 : -this.#depth)
  }

  counts(): RedactionCount[] {
    return this.#secrets.countsOf(this.#tally)
  }

  get #depth(): number {
    return this.#secrets.matcher.automaton.depths[this.#state] as number
  }

  readonly #found = (start: number, end: number, pattern: number): void => {
    if (start < this.#covered) {
      this.#spans.takeBefore(end)
      this.#covered = Math.max(this.#covered, end)
      this.#printed = Math.max(this.#printed, end)
    } else if (end > this.#printed) this.#spans.add(Math.max(start, this.#printed), end, pattern)
  }

  /** Secrets that came since the last call are looked for in what is held as well. */
  #prepare(): void {
    if (this.#hasEnded) throw new TypeError("The stream has ended")
    const epoch = this.#secrets.refresh()
    if (epoch === this.#epoch) return
    this.#epoch = epoch
    this.#spans.clear()
    const { bytes, length } = this.#held
    const { matcher } = this.#secrets
    this.#state = matcher.read(bytes, ROOT, (start, end, pattern) => this.#found(start - length, end - length, pattern))
  }

  /** The output up to `limit`: a span that begins in front of it is printed as its marker, wherever it ends. */
  #print(chunk: Uint8Array, limit: number): Uint8Array {
    const output = new Output(this.#held.bytes, chunk)
    for (const span of this.#spans.takeBefore(limit)) {
      output.copy(this.#printed, span.start)
      output.put(this.#markerOf(span))
      this.#covered = this.#printed = span.end
    }
    output.copy(this.#printed, limit)
    this.#printed = Math.max(this.#printed, limit)
    return output.taken()
  }

  #markerOf({ pattern }: Span): Uint8Array {
    if (pattern < 0) return this.#secrets.markerOf(partialOf(pattern))
    this.#secrets.count(pattern, this.#tally)
    return this.#secrets.markerOf(pattern)
  }

  /** Keeps the bytes from `live` on, and counts places from the end of the chunk. */
  #hold(chunk: Uint8Array, live: number): void {
    if (live < 0) {
      this.#held.drop(live + this.#held.length)
      this.#held.append(chunk)
    } else {
      this.#held.wipe()
      this.#held.append(chunk.subarray(live))
    }
    this.#spans.shift(chunk.length)
    this.#printed -= chunk.length
    // Nothing can begin in front of what is held: an older mark would only be a number that falls for ever.
    this.#covered = Math.max(this.#covered - chunk.length, live - chunk.length)
  }

  #maskPartial(): void {
    const start = -this.#depth
    const whole = this.#spans.first
    const first = this.#secrets.matcher.automaton.firsts[this.#state] as number
    const pattern = whole?.start === start ? whole.pattern : partialOf(first)
    this.#found(start, 0, pattern)
  }
}

/** A pattern of which only a part stood there: as a negative number, and back. It is masked, and not counted. */
const partialOf = (pattern: number): number => NO_PATTERN - 1 - pattern
