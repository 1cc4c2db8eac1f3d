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
  /** Kept places count from where they did at first; this far behind it lies the place that is 0 now. */
  #origin = 0

  /** Occurrences come in rising order of their ends. */
  add(start: number, end: number, pattern: number): void {
    let joined: Span = { start: start + this.#origin, end: end + this.#origin, pattern }
    for (let top = this.#spans.at(-1); top !== undefined && top.end > joined.start; top = this.#spans.at(-1)) {
      this.#spans.pop()
      if (top.start < joined.start) joined = { start: top.start, end: joined.end, pattern: top.pattern }
    }
    this.#spans.push(joined)
  }

  /** Takes out every span that begins in front of `limit`, first to last. */
  takeBefore(limit: number): Span[] {
    const kept = this.#spans.findIndex((span) => span.start >= limit + this.#origin)
    return this.#spans.splice(0, kept === -1 ? this.#spans.length : kept).map((span) => this.#placed(span))
  }

  /** The first span, which stays. */
  get first(): Span | undefined {
    const [first] = this.#spans
    return first === undefined ? undefined : this.#placed(first)
  }

  clear(): void {
    this.#spans.length = 0
  }

  /** Counts places from one that lies `distance` further on. */
  shift(distance: number): void {
    this.#origin = this.#spans.length === 0 ? 0 : this.#origin + distance
  }

  #placed({ start, end, pattern }: Span): Span {
    return { start: start - this.#origin, end: end - this.#origin, pattern }
  }
}
