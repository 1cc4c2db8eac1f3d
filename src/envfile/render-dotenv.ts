import { SecretError } from "../base/errors.ts"

const NAME = /^[\w.-]+$/
/** Read alike by every reader of such files that is known, `docker --env-file` included. */
const PLAIN = /^[A-Za-z0-9!%*+,./:=?@[\]^_{}-]*$/

/**
 * A file that the npm package `dotenv` (17) reads back to exactly these values. Of several forms that it reads, the one that
 * most other readers understand is taken.
 * @throws SecretError `invalid_argument` with the names (never the values) that the format cannot carry
 */
export const renderDotenv = (entries: Iterable<readonly [name: string, value: string]>): string => {
  const lines: string[] = []
  const refused: string[] = []
  for (const [name, value] of entries) {
    const text = isName(name) ? renderValue(value) : null
    if (text === null) refused.push(name)
    else lines.push(`${name}=${text}\n`)
  }
  if (refused.length === 0) return lines.join("")
  throw new SecretError("invalid_argument", `a dotenv file cannot carry ${refused.join(", ")} exactly`, {
    details: { names: refused },
    help: "Export as JSON, which carries everything.",
  })
}

/** `dotenv` puts what it reads into an object, where `__proto__` is no name. */
const isName = (name: string): boolean => NAME.test(name) && name !== "__proto__"

const renderValue = (value: string): string | null => {
  if (PLAIN.test(value)) return value
  const isQuotable = !value.endsWith("\\")
  const isOneText = !value.includes("\r") // outside of double quotes a carriage return is read as a line feed
  if (isQuotable && isOneText && !value.includes("'")) return `'${value}'`
  if (isQuotable && isDoubleQuotable(value)) return `"${value.replaceAll("\r", "\\r")}"`
  if (isQuotable && isOneText && !value.includes("`")) return `\`${value}\``
  return isBare(value) ? value : null
}

/** `\n` and `\r` in double quotes are read as line ends, and nothing takes that meaning away. */
const isDoubleQuotable = (value: string): boolean => !value.includes('"') && !/\\[nr]/.test(value) && !/\\\r/.test(value)

/** What needs no quotes in this dialect, though it does in others. */
const isBare = (value: string): boolean => value === value.trim() && !/[#\r\n\u2028\u2029]/.test(value) && !/^['"`]/.test(value)
