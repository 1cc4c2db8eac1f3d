import { SecretError } from "../../base/errors.ts"
import { isJobName, isVariable, isWord } from "./job-words.ts"

/** Where something stands. */
export interface Place {
  /** JSON pointer, as far as its keys are words of the grammar or names that follow their pattern; `/` for the whole file. */
  pointer: string
  /** From the folder that the job file is run in. */
  file: string
  /** From 1. */
  line: number
}

/** Something and where it stands. */
export interface Found<T> {
  at: Place
  value: T
}

export const MAX_FAULTS = 100

export interface Faults {
  /** @param fix what to do, as an order; never anything of the file but names that follow their pattern */
  add(at: Place, fix: string): void
  readonly count: number
  /** Each `SCHEMA_V1 <json-pointer>: <fix> (file:line)`; the first hundred. */
  readonly lines: readonly string[]
}

export const createFaults = (): Faults => {
  const lines = new Set<string>()
  let count = 0
  return {
    add: (at, fix) => {
      const line = `SCHEMA_V1 ${sentence(at, fix)}`
      if (lines.has(line)) return
      count += 1
      if (lines.size < MAX_FAULTS) lines.add(line)
    },
    get count() {
      return count
    },
    get lines() {
      return [...lines]
    },
  }
}

export const sentence = ({ pointer, file, line }: Place, fix: string): string => `${pointer}: ${fix} (${file}:${line})`

const MAX_EDGES = 12

/** @param names with the first again at the end */
export const cycleText = (names: readonly string[]): string =>
  (names.length <= MAX_EDGES ? names : [...names.slice(0, MAX_EDGES - 2), "...", names.at(-1)]).join(" -> ")

/** A key that follows no pattern may be anything, a value in the wrong place too: the pointer then ends above it. */
export const pointerTo = (path: readonly (string | number)[]): string => {
  const hidden = path.findIndex((piece, depth) => !isShown(piece, depth))
  const shown = hidden === -1 ? path : path.slice(0, hidden)
  return `/${shown.join("/")}`
}

const isShown = (piece: string | number, depth: number): boolean =>
  typeof piece === "number" || isWord(piece) || (depth === 0 ? isJobName(piece) : isVariable(piece))

/** @throws SecretError `SCHEMA_V1` with all faults in `details.errors`, where there are any */
export const assertFaultless = (faults: Faults, file: string): void => {
  if (faults.count === 0) return
  const left = faults.count - faults.lines.length
  const more = left > 0 ? [`and ${left} more`] : []
  throw new SecretError("SCHEMA_V1", [`${file} does not follow the grammar of job files:`, ...faults.lines, ...more].join("\n"), {
    details: { file, errors: [...faults.lines], count: faults.count },
  })
}
