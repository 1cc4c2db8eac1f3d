import { GO_SPACE, trimEndOf, trimStartOf } from "./blanks.ts"

/** Blanks within a line. */
const BLANKS = "\t\v\f\r \u0085\u00a0"
const KEY = /^((?:[\t\v\f\r \u0085\u00a0]|[\p{L}\p{N}_.[\]-])*)([=:\n]|$)/u
const ESCAPE = /\\(?:[abcfnrtv$"\\]|0\d{0,3})/g
const LETTERS: Record<string, string> = { a: "\u0007", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", '"': '"', "\\": "\\", $: "$$" }

/**
 * The `env_file` of Docker Compose (package dotenv of compose-go 2). A key without `=` takes its value from elsewhere and is
 * passed over.
 * @returns null where Compose refuses the file, or where a value takes others in (`$NAME`), which the file alone does not tell
 */
export const readCompose = (text: string): Map<string, string> | null => {
  const entries = new Map<string, string>()
  for (let rest = statements(text.replace(/^\ufeff/, "")); rest !== ""; ) {
    const source = /^export[\t\n\f\r ]/.test(rest) ? trimStartOf(rest.slice(6), BLANKS) : rest
    const [head, name, end] = KEY.exec(source) ?? []
    if (head === undefined || name === undefined) return null
    // Without an end, all of it is the value of a variable without a name.
    const key = end === "" ? "" : trimEndOf(name, GO_SPACE)
    if (key.includes(" ")) return null
    const behind = trimStartOf(end === "" ? source : source.slice(head.length), BLANKS)
    const found = end === "\n" ? { value: null, after: behind } : readValue(behind)
    if (found === null) return null
    if (key !== "" && found.value !== null) entries.set(key, found.value)
    rest = statements(found.after)
  }
  return entries
}

/** What follows spaces and comments. */
const statements = (text: string): string => {
  let rest = trimStartOf(text, GO_SPACE)
  while (rest.startsWith("#")) rest = trimStartOf(rest.replace(/^[^\n]*/, ""), GO_SPACE)
  return rest
}

interface FoundValue {
  value: string | null
  after: string
}

const readValue = (source: string): FoundValue | null => {
  if (/^['"]/.test(source)) return readQuoted(source)
  const end = source.indexOf("\n")
  const line = end === -1 ? source : source.slice(0, end)
  const value = expand(trimEndOf(line.split(" #", 1)[0] ?? "", GO_SPACE))
  return value === null ? null : { value, after: end === -1 ? "" : source.slice(end + 1) }
}

/** A backslash is dropped before the quote and kept before anything else. */
const readQuoted = (source: string): FoundValue | null => {
  const quote = source[0] as string
  const inside = new RegExp(`^${quote}((?:\\\\[^]|[^\\\\${quote}])*)${quote}`).exec(source)
  if (inside === null) return null
  const raw = (inside[1] as string).replace(/\\([^])/g, (pair, char) => (char === quote ? quote : pair))
  const value = quote === '"' ? expand(raw.replace(ESCAPE, unescape)) : raw
  return value === null ? null : { value, after: source.slice(inside[0].length) }
}

/** Octal numbers have exactly three digits; of others, as of `\c`, Go makes nothing. */
const unescape = (pair: string): string => {
  if (pair[1] !== "0") return LETTERS[pair.slice(1)] ?? pair
  const digits = pair.slice(2)
  return /^[0-3][0-7]{2}$/.test(digits) ? String.fromCharCode(Number.parseInt(digits, 8)) : `\\${digits}`
}

/** `$$` is a dollar; what any other dollar becomes depends on what else is set. */
const expand = (value: string): string | null => (value.replaceAll("$$", "").includes("$") ? null : value.replaceAll("$$", "$"))
