/**
 * What a redactor has to give, written for the eye: every place is compared with every pattern, everything that matches is
 * marked, and what overlaps becomes one marker. Quadratic, and without any idea of chunks.
 */
export interface OraclePattern {
  name: string
  bytes: Uint8Array
}

interface Occurrence {
  start: number
  end: number
  name: string
}

export const oracleRedact = (patterns: readonly OraclePattern[], text: Uint8Array): Buffer => {
  const parts: Uint8Array[] = []
  let at = 0
  for (const { start, end, name } of unions(occurrences(patterns, text))) {
    parts.push(text.subarray(at, start), Buffer.from(`[REDACTED:SECRET_${name}]`))
    at = end
  }
  return Buffer.concat([...parts, text.subarray(at)])
}

/** How many bytes cannot be printed yet: the longest end of the text that begins a longer pattern, without what a marker hides. */
export const oracleHeld = (patterns: readonly OraclePattern[], text: Uint8Array): number => {
  const isLive = (start: number): boolean =>
    patterns.some(({ bytes }) => bytes.length > text.length - start && text.subarray(start).every((byte, i) => bytes[i] === byte))
  let live = 0
  while (live < text.length && !isLive(live)) live++
  const covering = unions(occurrences(patterns, text)).findLast(({ start }) => start < live)
  return text.length - Math.max(live, covering?.end ?? 0)
}

const occurrences = (patterns: readonly OraclePattern[], text: Uint8Array): Occurrence[] => {
  const found: Occurrence[] = []
  for (let start = 0; start < text.length; start++) {
    const here = patterns.filter(({ bytes }) => bytes.length > 0 && bytes.every((byte, i) => text[start + i] === byte))
    // Longest first, of equal ones the first declared: sorting keeps the order of equals.
    for (const { name, bytes } of here.toSorted((a, b) => b.bytes.length - a.bytes.length))
      found.push({ start, end: start + bytes.length, name })
  }
  return found
}

const unions = (found: readonly Occurrence[]): Occurrence[] => {
  const joined: Occurrence[] = []
  for (const each of found) {
    const last = joined.at(-1)
    if (last !== undefined && each.start < last.end) last.end = Math.max(last.end, each.end)
    else joined.push({ ...each })
  }
  return joined
}
