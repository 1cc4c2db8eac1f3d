import { matchAt } from "./match-at.ts"
import { trimEndOf } from "./blanks.ts"
import { hasNoncharacter } from "./noncharacter.ts"

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const BLANKS = /[ \t\n\r]*/y
const COMMENT = /[#;](?:\\[^\n\r]|[^\\\n\r])*/y
/** Its first character is the key's, be it "=". */
const KEY = /[^][^=\n\r]*/y
const SINGLE = /'([^']*)'?/y
const DOUBLE = /"((?:\\[^]|[^\\"])*)\\?"?/y
const BARE = /(?:\\[^]|[^\\\n\r])+\\?|\\/y

/**
 * `EnvironmentFile=` of systemd (252 and later; the states of src/basic/env-file.c). What no variable is called is passed
 * over, as it does.
 * @returns null where systemd refuses the file, and where a comment ends in a backslash: before version 254, the next line
 * belongs to that comment
 */
export const readSystemd = (text: string): Map<string, string> | null => {
  if (text.includes("\0")) return null
  const entries = new Map<string, string>()
  for (let at = match(BLANKS, text, 0).end; at < text.length; at = match(BLANKS, text, at).end) {
    const comment = match(COMMENT, text, at)
    if (comment.end > at) {
      at = comment.end
      if (text[at] === "\\" && at + 1 < text.length) return null
      continue
    }
    const key = match(KEY, text, at)
    at = key.end
    if (text[at] !== "=") continue
    const { value, end } = readValue(text, at + 1)
    if (hasNoncharacter(key.all) || hasNoncharacter(value)) return null
    entries.set(trimEndOf(key.all, " \t"), value)
    at = end
  }
  return new Map([...entries].filter(([key]) => NAME.test(key)))
}

interface Match {
  all: string
  inside: string
  end: number
}

const match = (pattern: RegExp, text: string, at: number): Match => {
  const [all = "", inside = ""] = matchAt(pattern, text, at) ?? []
  return { all, inside, end: at + all.length }
}

/** Quoted parts, with blanks between them that count for nothing, and then perhaps a bare one up to the line's end. */
const readValue = (text: string, start: number): { value: string; end: number } => {
  let value = ""
  let at = start
  while (at < text.length && text[at] !== "\n" && text[at] !== "\r") {
    const part = readPart(text, at)
    value += part.value
    at = part.end
  }
  return { value, end: at }
}

const readPart = (text: string, at: number): { value: string; end: number } => {
  if (text[at] === " " || text[at] === "\t") return { value: "", end: at + 1 }
  const { all, inside, end } = match(text[at] === "'" ? SINGLE : text[at] === '"' ? DOUBLE : BARE, text, at)
  if (text[at] === "'") return { value: inside, end }
  if (text[at] === '"') return { value: inside.replace(/\\([^])/g, unescapeDouble), end }
  return { value: unescapeBare(all), end }
}

const unescapeDouble = (pair: string, char: string): string => {
  if ('"\\`$'.includes(char)) return char
  return char === "\n" ? "" : pair
}

/** Blanks at the end go, unless a backslash stands before them, or is the last of the file. */
const unescapeBare = (part: string): string => {
  const pairs = [...part.matchAll(/\\[^]?/g)]
  const escaped = pairs.at(-1)
  const kept = trimEndOf(part, " \t", escaped === undefined ? 0 : escaped.index + escaped[0].length)
  return kept.replace(/\\([^]?)/g, (_pair, char: string) => (char === "\n" || char === "\r" ? "" : char))
}
