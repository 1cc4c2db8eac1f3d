import type { EnvFormat } from "../envfile/env-format.ts"
import { parseDotenv } from "../envfile/parse-dotenv.ts"

// A stand-in until the readers of src/envfile are here.
export const readEnvFile = (text: string, format: EnvFormat): ReadonlyMap<string, string> =>
  format === "json" ? new Map(Object.entries(JSON.parse(text) as Record<string, string>)) : parseDotenv(text).entries

const BEGIN = "# >>> sotto >>>"
const END = "# <<< sotto <<<"

export const splitBlock = (text: string): { before: string; block: string | null; after: string } => {
  const begin = text.startsWith(`${BEGIN}\n`) ? 0 : text.indexOf(`\n${BEGIN}\n`) + 1
  if (begin === 0 && !text.startsWith(`${BEGIN}\n`)) return { before: text, block: null, after: "" }
  const end = text.indexOf(`${END}\n`, begin)
  return { before: text.slice(0, begin), block: text.slice(begin + BEGIN.length + 1, end), after: text.slice(end + END.length + 1) }
}

export const withBlock = (text: string, block: string | null): string => {
  const { before, after } = splitBlock(text)
  if (block === null) return before + after
  const gap = before === "" || before.endsWith("\n") ? "" : "\n"
  return `${before}${gap}${BEGIN}\n${block}${END}\n${after}`
}
