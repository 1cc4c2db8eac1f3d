import { SecretError } from "../../base/errors.ts"

/** Where something stands in a job file. */
export interface Place {
  /** As a person would write it. */
  file: string
  /** From 1. */
  line: number
  /** Keys and positions from the root of its file. */
  path: readonly string[]
}

export interface Located<T> {
  value: T
  place: Place
}

const SPEAKABLE = /^[A-Za-z0-9_.-]{1,64}$/

/** RFC 6901. A key that is no name of anything may be a value in the wrong place, and is not repeated. */
const pointerOf = (path: readonly string[]): string => path.map((key) => `/${SPEAKABLE.test(key) ? key : "?"}`).join("")

/** Faults in the grammar of job files, as they are found: each says what to do, and none repeats what the file says. */
export class Faults {
  readonly #lines: string[] = []
  readonly #warnings: string[] = []

  add({ file, line, path }: Place, fix: string): void {
    this.#lines.push(`SCHEMA_V1 ${pointerOf(path) || "/"}: ${fix} (${file}:${line})`)
  }

  warn({ file, line, path }: Place, sentence: string): void {
    this.#warnings.push(`${pointerOf(path)}: ${sentence} (${file}:${line})`)
  }

  get warnings(): readonly string[] {
    return this.#warnings
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0
  }

  /** @throws SecretError `SCHEMA_V1` with `details.errors`: every fault, a line each, in the order of the file */
  assertNone(): void {
    if (this.isEmpty) return
    const [first = "", ...others] = this.#lines
    const more = others.length === 0 ? "" : `, and ${others.length} more`
    throw new SecretError("SCHEMA_V1", `${first.replace(/^SCHEMA_V1 /, "")}${more}`, {
      details: { errors: [...this.#lines] },
      help: "See all of them with: sotto jobs check",
    })
  }
}
