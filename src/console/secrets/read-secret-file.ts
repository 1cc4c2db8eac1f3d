import { fromUtf8 } from "../../base/bytes.ts"
import { SecretError } from "../../base/errors.ts"
import { parseDotenv } from "../../envfile/parse-dotenv.ts"

export interface SecretFile {
  /** Values are on their way to the server and nowhere else. */
  entries: readonly (readonly [name: string, value: string])[]
  /** Numbers of lines that hold something and are not understood. */
  ignoredLines: readonly number[]
}

/** A thousand large values, each character written as six. */
const FILE_MAX_BYTES = 32 * 1024 * 1024

/** @throws SecretError `invalid_argument` or `payload_too_large`, which name keys and lines, never values */
export const readSecretFile = async (file: File): Promise<SecretFile> => {
  if (file.size > FILE_MAX_BYTES) throw new SecretError("payload_too_large", `${file.name} is larger than 32 MiB`)
  const text = decode(new Uint8Array(await file.arrayBuffer()), file.name)
  if (file.name.endsWith(".json")) return { entries: parseJson(text), ignoredLines: [] }
  const { entries, ignoredLines } = parseDotenv(text)
  return { entries: [...entries], ignoredLines }
}

const decode = (bytes: Uint8Array, name: string): string => {
  try {
    return fromUtf8(bytes)
  } catch {
    throw new SecretError("invalid_argument", `${name} is not UTF-8 text`)
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
