/** How often occurrences of one kind were masked. */
export interface RedactionCount {
  name: string
  /** `exact`, or the kind of variant. */
  variant: string
  count: number
}

/** Counts per secret and kind of variant. */
export class Tally {
  readonly #counts = new Map<number, number>()

  add(secret: number, kind: number): void {
    const key = secret * 256 + kind
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  /** One line for each name and variant, also where a name has several values. */
  list(names: readonly string[], kinds: readonly string[]): RedactionCount[] {
    const lines = new Map<string, RedactionCount>()
    for (const [key, count] of [...this.#counts].toSorted(([a], [b]) => a - b)) {
      const line = { name: names[key >> 8] as string, variant: kinds[key & 255] as string, count }
      const id = `${line.variant} ${line.name}`
      lines.set(id, { ...line, count: count + (lines.get(id)?.count ?? 0) })
    }
    return [...lines.values()]
  }
}
