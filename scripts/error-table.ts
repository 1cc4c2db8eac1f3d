import { ERROR_CODES } from "../src/base/errors.ts"

const START = "<!-- table of codes: written by `node scripts/write-docs.ts` -->"
const END = "<!-- end of table -->"

const table = (codes: Readonly<Record<string, string>>): string =>
  ["| code | meaning |", "|---|---|", ...Object.entries(codes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)].join("\n")

/** The document with its table of codes as `src/base/errors.ts` has them. */
export const withErrorTable = (document: string, codes: Readonly<Record<string, string>> = ERROR_CODES): string => {
  const [before, rest] = document.split(START)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error("docs/errors.md lost the marks of its table")
  return `${before}${START}\n\n${table(codes)}\n\n${END}${after}`
}
