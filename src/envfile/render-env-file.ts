import { envForm, type EnvForm } from "./env-form.ts"
import type { EnvEntry, EnvFormat, Refusal, RenderedFile } from "./env-format.ts"
import { isReserved } from "./reserved-names.ts"

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

export interface RenderOptions {
  /** Stands on the first line. JSON has no place for it. */
  comment?: string
}

/**
 * A file that the format's reader reads back to exactly these values, in their order. What it cannot carry is left out and
 * told by key, for the caller to refuse; of a key that is there twice, neither is written.
 */
export const renderEnvFile = (entries: Iterable<EnvEntry>, format: EnvFormat, options: RenderOptions = {}): RenderedFile => {
  const refused = new Map<string, Refusal>()
  const written = new Map<string, string>()
  for (const { key, value } of entries) {
    const form: EnvForm = written.has(key) || refused.has(key) ? { code: "twice" } : formOf(format, key, value)
    if ("text" in form) written.set(key, form.text)
    else refused.set(key, { key, code: form.code })
  }
  const lines = [...written].filter(([key]) => !refused.has(key))
  return { text: format === "json" ? jsonOf(lines) : linesOf(lines, options.comment), refused: [...refused.values()] }
}

const formOf = (format: EnvFormat, key: string, value: string): EnvForm => {
  if (!NAME.test(key)) return { code: "not_a_variable_name" }
  if (isReserved(format, key)) return { code: "reserved_name" }
  if (format !== "json") return envForm(format, key, value)
  return value.isWellFormed() ? { text: JSON.stringify(value) } : { code: "unpaired_surrogate" }
}

const jsonOf = (members: readonly (readonly [key: string, text: string])[]): string =>
  members.length === 0 ? "{}\n" : `{\n${members.map(([key, text]) => `  "${key}": ${text}`).join(",\n")}\n}\n`

const linesOf = (lines: readonly (readonly [key: string, text: string])[], comment?: string): string =>
  (comment === undefined ? "" : commentLine(comment)) + lines.map(([key, text]) => `${key}=${text}\n`).join("")

/** systemd before 254 takes a backslash at the end of a comment to continue it on the next line. */
const commentLine = (comment: string): string =>
  `# ${comment.toWellFormed().replace(/[\p{Cc}\u2028\u2029]/gu, " ").replace(/[\s\\]+$/, "")}\n`
