/** Rows under headings, in columns two spaces apart; no trailing blanks. */
export const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [headings, ...rows]
  const widths = headings.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ""))))
  return all.map((row) => row.map((cell, column) => pad(cell, widths[column] ?? 0)).join("  ").trimEnd()).join("\n")
}

const width = (text: string): number => [...text].length

const pad = (text: string, to: number): string => text + " ".repeat(Math.max(to - width(text), 0))

/** `2026-11-22 03:25`, in UTC. */
export const time = (ms: number | undefined | null): string =>
  ms === undefined || ms === null ? "-" : new Date(ms).toISOString().slice(0, 16).replace("T", " ")

export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
