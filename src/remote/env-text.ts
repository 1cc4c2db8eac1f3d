import type { EnvEntry, EnvFormat, RenderedFile } from "../envfile/env-format.ts"
import { parseDotenv } from "../envfile/parse-dotenv.ts"
import { renderDotenv } from "../envfile/render-dotenv.ts"

// A stand-in until the renderers of src/envfile are here.
export const renderEnvFile = (entries: Iterable<EnvEntry>, format: EnvFormat, options: { comment?: string } = {}): RenderedFile => {
  const refused: RenderedFile["refused"] = []
  const all = [...entries]
  if (format === "json") return { text: `${JSON.stringify(Object.fromEntries(all.map(({ key, value }) => [key, value])))}\n`, refused }
  const lines = all.flatMap(({ key, value }) => {
    try {
      if (value.includes("\0")) throw new Error("nul")
      return [renderDotenv([[key, value]])]
    } catch {
      refused.push({ key, code: value.includes("\0") ? "nul" : "quotes" })
      return []
    }
  })
  return { text: (options.comment === undefined ? "" : `# ${options.comment}\n`) + lines.join(""), refused }
}

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
