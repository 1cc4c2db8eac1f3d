/** Both ends inclusive. */
export interface SeqRange {
  from: number
  to: number
}

/** NOTIFY takes fewer than 8,000 bytes. */
const LONGEST_TEXT = 7_000

/** The numbers as ranges, ascending. */
export const rangesOf = (seqs: readonly number[]): SeqRange[] => {
  const ranges: SeqRange[] = []
  for (const seq of seqs.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && seq <= last.to + 1) last.to = seq
    else ranges.push({ from: seq, to: seq })
  }
  return ranges
}

/** Texts like `3-7,9-9`, each short enough for one notification. */
export const printRanges = (ranges: readonly SeqRange[]): string[] => {
  const texts: string[] = []
  for (const { from, to } of ranges) {
    const text = `${from}-${to}`
    const last = texts.at(-1)
    if (last !== undefined && last.length + text.length < LONGEST_TEXT) texts[texts.length - 1] = `${last},${text}`
    else texts.push(text)
  }
  return texts
}

/** @returns no range for a text that this program did not write */
export const parseRanges = (text: string): SeqRange[] =>
  text.split(",").flatMap((part) => {
    const [, from, to] = /^(\d{1,15})-(\d{1,15})$/.exec(part) ?? []
    return from === undefined || to === undefined ? [] : [{ from: Number(from), to: Number(to) }]
  })
