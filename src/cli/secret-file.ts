import { fromUtf8 } from "../base/bytes.ts"
import { SecretError } from "../base/errors.ts"
import { parseDotenv } from "../envfile/parse-dotenv.ts"

export type FileFormat = "dotenv" | "json"

/** @throws SecretError `invalid_argument` */
export const formatOf = (named: string | undefined, path: string): FileFormat => {
  if (named === "dotenv" || named === "json") return named
  if (named !== undefined) throw new SecretError("invalid_argument", "--format takes dotenv or json")
  return path.endsWith(".json") ? "json" : "dotenv"
}

interface SecretFile {
  entries: (readonly [name: string, value: string])[]
  /** Numbers of lines that hold something and are not understood. */
  ignoredLines: number[]
}

/** @throws SecretError `invalid_argument`, which names keys and lines, never values */
export const parseSecretFile = (bytes: Uint8Array, format: FileFormat): SecretFile => {
  const text = decode(bytes)
  if (format === "json") return { entries: parseJson(text), ignoredLines: [] }
  const { entries, ignoredLines } = parseDotenv(text)
  return { entries: [...entries], ignoredLines }
}

const decode = (bytes: Uint8Array): string => {
  try {
    return fromUtf8(bytes)
  } catch {
    throw new SecretError("invalid_argument", "the file is not UTF-8 text")
  }
}

const parseJson = (text: string): SecretFile["entries"] => {
  const content = jsonOf(text)
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw new SecretError("invalid_argument", "the file must hold one JSON object of names and values")
  const entries = Object.entries(content as Record<string, unknown>)
  const others = entries.filter(([, value]) => typeof value !== "string").map(([name]) => name)
  if (others.length > 0) throw new SecretError("invalid_argument", `values must be strings, and these are not: ${others.join(", ")}`)
  return entries as [string, string][]
}

/** The engine's own message quotes the text. */
const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""))
  } catch {
    throw new SecretError("invalid_argument", "the file is not JSON")
  }
}
