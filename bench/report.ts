import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { cpus, totalmem } from "node:os"
import { join } from "node:path"
import { isMet, type BenchRow } from "./row.ts"

const ROOT = join(import.meta.dirname, "..")
const GB = 1024 ** 3

/** Facts that make a figure readable, and name no host. */
export const machineFacts = (): string =>
  `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, ${Math.round(totalmem() / GB)} GB, ${process.platform} ${process.arch}, Node ${process.version.slice(1)}`

/** One line for people. */
export const printable = (row: BenchRow): Record<string, string> => ({
  operation: row.operation,
  size: row.size,
  sotto: `${rounded(row.sotto)} ${row.unit}`,
  other: `${rounded(row.other)} ${row.unit}`,
  against: row.against,
  ratio: row.ratio.toFixed(2),
  limit: limitText(row),
  met: { true: "yes", false: "NO", null: "" }[String(isMet(row)) as "true" | "false" | "null"],
})

const limitText = ({ limit, unit }: BenchRow): string => {
  if (limit === undefined) return ""
  return `${limit.sense} ${limit.bound}${limit.of === "sotto" ? ` ${unit}` : ""}`
}

const rounded = (value: number): string => (value >= 100 ? String(Math.round(value)) : value.toPrecision(3))

/** Everything as JSON, in a folder that Git leaves alone. @returns the file */
export const keepResults = (rows: readonly BenchRow[], at: Date): string => {
  const folder = join(ROOT, "bench/results")
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${at.toISOString().replaceAll(":", "-").slice(0, 19)}.json`)
  const results = rows.map((row) => ({ ...row, met: isMet(row) }))
  writeFileSync(path, `${JSON.stringify({ at: at.toISOString(), machine: machineFacts(), rows: results }, null, 2)}\n`)
  return path
}

/** The page that is committed. */
export const writePage = (rows: readonly BenchRow[], at: Date): void =>
  writeFileSync(join(ROOT, "docs/bench.md"), pageText(rows.map(printable), at))

/** Puts rows of some benches into the page in the place of those that they had, with their day. */
export const updatePage = (rows: readonly BenchRow[], at: Date): void => {
  const path = join(ROOT, "docs/bench.md")
  const operations = new Set(rows.map(({ operation }) => operation))
  const isKept = (line: string): boolean => !line.startsWith("| ") || !operations.has(line.split(" | ")[0]?.slice(2) ?? "")
  const kept = readFileSync(path, "utf8").trimEnd().split("\n").filter(isKept)
  const day = at.toISOString().slice(0, 10)
  const lines = rows.map((row) => tableLine(Object.values({ ...printable(row), size: `${row.size}, ${day}` })))
  writeFileSync(path, `${[...kept, ...lines].join("\n")}\n`)
}

const tableLine = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`

const pageText = (lines: readonly Record<string, string>[], at: Date): string => {
  const names = Object.keys(lines[0] ?? {})
  const table = [names, names.map(() => "---"), ...lines.map((line) => names.map((name) => line[name] ?? ""))]
  return `# Speed

Written by \`npm run bench -- --write\` on ${at.toISOString().slice(0, 10)}: ${machineFacts()}.

Each row is the median of several rounds. In a round both sides run in turns on the same machine, and the ratio is taken within it,
so ratios can be trusted where absolute figures cannot. For times a ratio says how many times as long Sotto takes; for rates,
which part of the other side's rate it reaches. \`bench/\` holds what each side does. A row without a limit only informs: it says
where the time goes.

${table.map(tableLine).join("\n")}
`
}
