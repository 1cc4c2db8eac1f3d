import { utf8 } from "../base/bytes.ts"
import type { EnvFormat, RefusalCode } from "./env-format.ts"
import { hasNoncharacter } from "./noncharacter.ts"
import { portableForm } from "./portable-form.ts"
import { MAX_DOCKER_LINE_BYTES } from "./read-docker.ts"

/** What stands behind `KEY=`, or why nothing can. */
export type EnvForm = { text: string } | { code: RefusalCode }

type LineFormat = Exclude<EnvFormat, "json">

/** A value in the form that the format's reader reads back exactly; where several do, in the one that most other readers read too. */
export const envForm = (format: LineFormat, key: string, value: string): EnvForm => {
  if (value.includes("\0")) return { code: "nul" }
  if (!value.isWellFormed()) return { code: "unpaired_surrogate" }
  if (format === "docker") return dockerForm(key, value)
  if (format === "systemd" && hasNoncharacter(value)) return { code: "noncharacter" }
  const portable = portableForm(value)
  return portable === null ? OWN_FORMS[format](value) : { text: portable }
}

/** The whole rest of the line, blanks and quotes included. */
const dockerForm = (key: string, value: string): EnvForm => {
  if (value.includes("\n")) return { code: "line_feed" }
  if (value.includes("\r")) return { code: "carriage_return" }
  return utf8(`${key}=${value}`).length > MAX_DOCKER_LINE_BYTES ? { code: "too_long" } : { text: value }
}

/** In double quotes `\n` and `\r` are read as line ends, and nothing takes that meaning away. */
const dotenvForm = (value: string): EnvForm => {
  const isQuotable = !value.endsWith("\\")
  if (isQuotable && !/"|\\[nr]|\\\r/.test(value)) return { text: `"${value.replaceAll("\r", "\\r")}"` }
  // Outside of double quotes a carriage return is read as a line feed.
  if (value.includes("\r")) return { code: "carriage_return" }
  if (isQuotable && !value.includes("`")) return { text: `\`${value}\`` }
  return isBare(value) && !/[\u2028\u2029]/.test(value) ? { text: value } : { code: "quotes" }
}

/** A quote ends at the next of its kind; in double quotes `\n` is read as a line feed. */
const nodeForm = (value: string): EnvForm => {
  if (value.includes("\r")) return { code: "carriage_return" }
  if (!/"|\\n/.test(value)) return { text: `"${value}"` }
  if (!value.includes("`")) return { text: `\`${value}\`` }
  if (!value.includes("'")) return { text: `'${value}'` }
  return isBare(value) ? { text: value } : { code: "quotes" }
}

/** What needs no quotes in these dialects, though it does in others. */
const isBare = (value: string): boolean => value === value.trim() && !/[#\r\n]/.test(value) && !/^['"`]/.test(value)

const OWN_FORMS: Record<Exclude<LineFormat, "docker">, (value: string) => EnvForm> = {
  dotenv: dotenvForm,
  node: nodeForm,
  compose: (value) => ({ text: `"${value.replace(/["\\$]/g, "\\$&").replaceAll("\r", "\\r")}"` }),
  systemd: (value) => ({ text: `"${value.replace(/["\\$`]/g, "\\$&")}"` }),
  sh: (value) => ({ text: `'${value.replaceAll("'", "'\\''")}'` }),
}
