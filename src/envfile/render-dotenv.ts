import { SecretError } from "../base/errors.ts"
import { envForm } from "./env-form.ts"
import { isReserved } from "./reserved-names.ts"

/** More than a variable may be called: a file of secrets may have names that no app reads as variables. */
const NAME = /^[\w.-]+$/

/**
 * A file that the npm package `dotenv` (17) reads back to exactly these values.
 * @throws SecretError `invalid_argument` with the names (never the values) that the format cannot carry
 */
export const renderDotenv = (entries: Iterable<readonly [name: string, value: string]>): string => {
  const lines: string[] = []
  const refused: string[] = []
  for (const [name, value] of entries) {
    const form = NAME.test(name) && !isReserved("dotenv", name) ? envForm("dotenv", name, value) : null
    if (form === null || "code" in form) refused.push(name)
    else lines.push(`${name}=${form.text}\n`)
  }
  if (refused.length === 0) return lines.join("")
  throw new SecretError("invalid_argument", `a dotenv file cannot carry ${refused.join(", ")} exactly`, {
    details: { names: refused },
    help: "Export as JSON, which carries everything.",
  })
}
