/** One line of the table. */
export interface BenchRow {
  operation: string
  /** What of: bytes of a value, secrets in the database ... */
  size: string
  /** In the unit of the row. */
  sotto: number
  other: number
  /** What the other side is. */
  against: string
  unit: "ops/s" | "rows/s" | "MB/s" | "ms" | "us" | "MB"
  ratio: number
  /** What the ratio has to keep; absent where a row only informs. */
  limit?: Limit
}

export interface Limit {
  /** What is compared with the bound: `ratio`, or `sotto` itself where the promise is an absolute figure. */
  of: "ratio" | "sotto"
  sense: "at least" | "at most"
  bound: number
}

export const ratioAtLeast = (bound: number): Limit => ({ of: "ratio", sense: "at least", bound })
export const ratioAtMost = (bound: number): Limit => ({ of: "ratio", sense: "at most", bound })
export const sottoAtMost = (bound: number): Limit => ({ of: "sotto", sense: "at most", bound })

/** null where nothing is promised. */
export const isMet = (row: BenchRow): boolean | null => {
  if (row.limit === undefined) return null
  const { of, sense, bound } = row.limit
  return sense === "at least" ? row[of] >= bound : row[of] <= bound
}
