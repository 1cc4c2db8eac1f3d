/** A part of a text that is replaced by one marker. */
export interface Span {
  start: number
  end: number
  /** The pattern whose occurrence begins the span; of several that begin there, the longest. */
  pattern: number
}

/** Occurrences as they are found, those that overlap joined into one span. Two that only touch stay two. */
export class MaskedSpans {
  readonly #spans: Span[] = []

  /** Occurrences come in rising order of their ends. */
  add(start: number, end: number, pattern: number): void {
    let joined: Span = { start, end, pattern }
    for (let top = this.#spans.at(-1); top !== undefined && top.end > joined.start; top = this.#spans.at(-1)) {
      this.#spans.pop()
      if (top.start < joined.start) joined = { start: top.start, end, pattern: top.pattern }
    }
    this.#spans.push(joined)
  }

  /** Takes out every span that begins in front of `limit`, first to last. */
  takeBefore(limit: number): Span[] {
    const kept = this.#spans.findIndex((span) => span.start >= limit)
    return this.#spans.splice(0, kept === -1 ? this.#spans.length : kept)
  }

  /** Forgets every span that begins in front of `limit`. */
  dropBefore(limit: number): void {
    this.takeBefore(limit)
  }

  /** The first span, which stays. */
  get first(): Span | undefined {
    return this.#spans[0]
  }

  clear(): void {
    this.#spans.length = 0
  }

  /** Counts places from one that lies `distance` further on. */
  shift(distance: number): void {
    for (const span of this.#spans) {
      span.start -= distance
      span.end -= distance
    }
  }
}
