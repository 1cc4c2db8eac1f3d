import { matchAt } from "./match-at.ts"
import { isReserved } from "./reserved-names.ts"

const LINES = /(?:[ \t\n]|\\\n)*/y
const BLANKS = /(?:[ \t]|\\\n)*/y
const COMMENT = /#[^\n]*/y
const EXPORT = /export(?=[ \t])/y
const ASSIGNMENT = /([A-Za-z_][A-Za-z0-9_]*)=/y
/** Between quotes, and what needs none; not among them: what a shell replaces, runs or redirects. */
const PART = /'([^']*)'|"((?:\\[^]|[^\\"$`])*)"|((?:\\[^]|[^\\\s"'$`&|;<>()]|\r)+)/y
const WORD_END = /(?=[ \t\n]|$)/y

/**
 * `set -a; . FILE` of bash and dash, as far as the file only assigns: lines of `[export] NAME=word …`, comments, the three ways
 * to quote.
 * @returns null where a shell refuses the file, or where it says more than that: a value that takes in others, a command
 */
export const readSh = (text: string): Map<string, string> | null => {
  if (text.includes("\0")) return null
  const entries = new Map<string, string>()
  for (let at = end(LINES, text, 0); at < text.length; at = end(LINES, text, at)) {
    at = end(COMMENT, text, at)
    if (at >= text.length || text[at] === "\n") continue
    const lineEnd = readLine(entries, text, at)
    if (lineEnd === null) return null
    at = lineEnd
  }
  return entries
}

/** At least one assignment. @returns where its line ends, or null where there is more on it */
const readLine = (entries: Map<string, string>, text: string, start: number): number | null => {
  let at = end(BLANKS, text, end(EXPORT, text, start))
  do {
    const [head, key] = matchAt(ASSIGNMENT, text, at) ?? []
    const word = head === undefined ? null : readWord(text, at + head.length)
    if (key === undefined || word === null || isReserved("sh", key)) return null
    entries.set(key, word.value)
    at = end(COMMENT, text, end(BLANKS, text, word.end))
  } while (at < text.length && text[at] !== "\n")
  return at
}

const end = (pattern: RegExp, text: string, at: number): number => at + (matchAt(pattern, text, at)?.[0].length ?? 0)

const readWord = (text: string, start: number): { value: string; end: number } | null => {
  let value = ""
  let at = start
  for (let part = matchAt(PART, text, at); part !== null; part = matchAt(PART, text, at)) {
    const [all, single, double, bare = ""] = part
    // A shell puts a home directory in place of it.
    if ((at === start || text[at - 1] === ":" ? /(?:^|:)~/ : /:~/).test(bare)) return null
    value += single ?? double?.replace(/\\([$"\\`\n])/g, dropBackslash) ?? bare.replace(/\\([^])/g, dropBackslash)
    at += all.length
  }
  return matchAt(WORD_END, text, at) === null ? null : { value, end: at }
}

const dropBackslash = (_pair: string, char: string): string => (char === "\n" ? "" : char)
