import { matchAt } from "./match-at.ts"

/** A file of the npm package `dotenv` (17), read as that package reads it. */
export interface ParsedDotenv {
  /** In the order of first mention; the last mention gives the value. */
  entries: Map<string, string>
  /** Numbers of lines, from 1, that hold something and are not understood: `dotenv` passes over them in silence. */
  ignoredLines: number[]
}

// "sticky" looks at one place only; "m" makes ^ and $ the ends of lines, U+2028 and U+2029 included.
const HEAD = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:\s)/my
const QUOTED_BEGIN = /\s*(['"`])/y
const TAIL = /\s*(?:#.*)?$/my
const UNQUOTED = /[^#\n]*/y
const LINE_START = /^/gm

/** Reads `NAME=value` lines: comments, `export`, three kinds of quotes, values over several lines. */
export const parseDotenv = (text: string): ParsedDotenv => {
  const source = text.replace(/\r\n?/g, "\n")
  const entries = new Map<string, string>()
  const covered: [number, number][] = []
  for (let at = 0; at !== -1; ) {
    const head = matchAt(HEAD, source, at)
    if (head === null) {
      at = nextLineStart(source, at)
      continue
    }
    const { value, end } = readValue(source, at + head[0].length)
    entries.set(head[1] as string, value)
    covered.push([at, end])
    at = isLineStart(source, end) && end > at ? end : nextLineStart(source, end)
  }
  return { entries, ignoredLines: ignoredLines(source, covered) }
}

const nextLineStart = (text: string, after: number): number => {
  const pattern = new RegExp(LINE_START)
  pattern.lastIndex = after + 1
  return after >= text.length ? -1 : (pattern.exec(text)?.index ?? -1)
}

const isLineStart = (text: string, at: number): boolean => at < text.length && matchAt(/^/my, text, at) !== null

interface FoundValue {
  value: string
  /** Behind the value, what follows it on its line, and blank lines. */
  end: number
}

const readValue = (text: string, at: number): FoundValue => readQuoted(text, at) ?? readUnquoted(text, at)

/** A quote ends where nothing but a comment follows it on its line; otherwise it was no quote. */
const readQuoted = (text: string, at: number): FoundValue | null => {
  const begin = matchAt(QUOTED_BEGIN, text, at)
  if (begin === null) return null
  const quote = begin[1] as string
  const start = at + begin[0].length
  for (const close of closings(text, start, quote)) {
    const tail = matchAt(TAIL, text, close + 1)
    if (tail !== null) return { value: clean(text.slice(at, close + 1)), end: close + 1 + tail[0].length }
  }
  return null
}

/** Where a quote may end: at the first quote without a backslash before it, else at one with, the last first. */
const closings = (text: string, start: number, quote: string): number[] => {
  const places: number[] = []
  for (let at = text.indexOf(quote, start); at !== -1; at = text.indexOf(quote, at + 1)) {
    places.unshift(at)
    if (at === start || text[at - 1] !== "\\") break
  }
  return places
}

const readUnquoted = (text: string, at: number): FoundValue => {
  const raw = matchAt(UNQUOTED, text, at)?.[0] ?? ""
  const tail = matchAt(TAIL, text, at + raw.length)
  return { value: clean(raw), end: at + raw.length + (tail?.[0].length ?? 0) }
}

const clean = (raw: string): string => {
  const trimmed = raw.trim()
  const bare = trimmed.replace(/^(['"`])([^]*)\1$/gm, "$2")
  return trimmed.startsWith('"') ? bare.replaceAll("\\n", "\n").replaceAll("\\r", "\r") : bare
}

const ignoredLines = (text: string, covered: readonly (readonly [number, number])[]): number[] => {
  let at = 0
  let next = 0
  return text.split("\n").flatMap((line, index) => {
    const start = at
    at += line.length + 1
    while ((covered[next]?.[1] ?? Infinity) <= start) next++
    const isMeant = line.trim() !== "" && !line.trimStart().startsWith("#")
    return isMeant && (covered[next]?.[0] ?? Infinity) >= start + line.length ? [index + 1] : []
  })
}
