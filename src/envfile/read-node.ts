import { trimEndOf, trimStartOf } from "./blanks.ts"

const BLANKS = " \t\n"
const QUOTES = `'"\``

const trim = (text: string): string => trimEndOf(trimStartOf(text, BLANKS), BLANKS)

/**
 * Node 24's `--env-file` and `util.parseEnv` (the parser of src/node_dotenv.cc). It never fails. A key without a value takes
 * the next line for one if blanks stand behind its `=`.
 */
export const readNode = (text: string): Map<string, string> => {
  const entries = new Map<string, string>()
  let rest = trim(text.replaceAll("\r", ""))
  while (rest !== "") {
    const end = rest.search(/[=\n]/)
    if (/^[\n#]/.test(rest)) rest = afterLine(rest, 0)
    else if (end === -1) break
    else if (rest[end] === "\n") rest = trim(rest.slice(end + 1))
    else rest = readEntry(entries, trim(rest.slice(0, end)), rest.slice(end + 1))
  }
  // It makes an object of them, where this name means the prototype.
  entries.delete("__proto__")
  return entries
}

/** @returns what follows the entry */
const readEntry = (entries: Map<string, string>, key: string, rest: string): string => {
  if (rest === "" || rest.startsWith("\n")) {
    entries.set(key, "")
    return rest
  }
  const source = trim(rest)
  if (key === "") return source
  const { value, after } = readValue(source)
  entries.set(key.startsWith("export ") ? trim(key.slice(7)) : key, value)
  return after
}

const readValue = (source: string): { value: string; after: string } => {
  const quote = source[0] ?? ""
  const isQuoted = quote !== "" && QUOTES.includes(quote)
  const close = isQuoted ? source.indexOf(quote, 1) : -1
  if (close !== -1) {
    const inside = source.slice(1, close)
    return { value: quote === '"' ? inside.replaceAll("\\n", "\n") : inside, after: afterLine(source, close + 1) }
  }
  const [line = ""] = source.split("\n", 1)
  return { value: isQuoted ? line : trim(line.split("#", 1)[0] ?? ""), after: trim(afterLine(source, 0)) }
}

const afterLine = (text: string, from: number): string => {
  const end = text.indexOf("\n", from)
  return end === -1 ? "" : text.slice(end + 1)
}
