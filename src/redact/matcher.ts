import { Automaton, ROOT } from "./automaton.ts"
import { NO_PATTERN, type PatternStore } from "./pattern-store.ts"
import { type LengthRange, PrefixFilter } from "./prefix-filter.ts"

/** Short patterns have filters of their own, so that they do not shorten the steps of the long ones. */
const CLASSES: readonly LengthRange[] = [
  { shortest: 8, longest: Infinity },
  { shortest: 4, longest: 7 },
  { shortest: 1, longest: 3 },
]

/** Told of each place where a pattern ends: the longest one that does. Places come in rising order of `end`. */
export type OnHit = (start: number, end: number, pattern: number) => void

/** Finds every occurrence of every pattern: filters say where none can begin, the automaton reads the rest byte by byte. */
export class Matcher {
  readonly automaton: Automaton
  readonly #patterns: PatternStore
  #filters: readonly PrefixFilter[] = []
  /** What each filter answered last, in the text that is being read. */
  #answers: number[] = []
  #reach = 0

  constructor(patterns: PatternStore) {
    this.#patterns = patterns
    this.automaton = new Automaton(patterns)
    this.#makeFilters()
  }

  /** What texts cost so far, in steps of all parts. */
  get work(): number {
    return this.automaton.work + this.#filters.reduce((sum, filter) => sum + filter.work, 0)
  }

  /** Takes up patterns that came since. States of before are void. */
  refresh(): void {
    for (const filter of this.#filters) filter.wipe()
    this.#makeFilters()
    this.automaton.reset()
  }

  wipe(): void {
    this.automaton.wipe()
    for (const filter of this.#filters) filter.wipe()
    this.#filters = []
  }

  /**
   * Reads on from `state` and returns the state at the end of the text. Places are counted from the start of this text; a
   * pattern that began before it starts at a negative one.
   */
  read(text: Uint8Array, state: number, onHit: OnHit): number {
    const { automaton } = this
    const { lengths } = this.#patterns
    const view = new DataView(text.buffer, text.byteOffset, text.byteLength)
    const last = text.length - this.#reach
    this.#answers.fill(-1)
    let current = state
    /** Nothing begins in front of it that the automaton has not seen begin. */
    let known = -1
    for (let at = 0; at < text.length; ) {
      const begun = at - (automaton.depths[current] as number)
      if (begun > known && begun <= last) {
        known = this.#next(view, begun, last)
        if (known > at) {
          current = ROOT
          at = known
          continue
        }
      }
      current = automaton.step(current, text[at++] as number)
      const pattern = automaton.hits[current] as number
      if (pattern !== NO_PATTERN) onHit(at - (lengths[pattern] as number), at, pattern)
    }
    return automaton.settled(current)
  }

  /** Where, from `from` on, something may begin. */
  #next(view: DataView, from: number, last: number): number {
    let next = last + 1
    for (let i = 0; i < this.#filters.length; i++) {
      if ((this.#answers[i] as number) < from) this.#answers[i] = (this.#filters[i] as PrefixFilter).next(view, from, last)
      next = Math.min(next, this.#answers[i] as number)
    }
    return next
  }

  #makeFilters(): void {
    this.#filters = CLASSES.map((kind) => PrefixFilter.of(this.#patterns, kind)).filter((filter) => filter !== null)
    this.#answers = this.#filters.map(() => -1)
    this.#reach = this.#filters.reduce((most, filter) => Math.max(most, filter.reach), 1)
  }
}
