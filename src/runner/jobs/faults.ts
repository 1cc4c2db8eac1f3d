import { SecretError } from "../../base/errors.ts"
import { isSpeakable } from "./keywords.ts"

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

/** RFC 6901. A key that is no name of anything may be a value in the wrong place, and is not repeated. */
const pointerOf = (path: readonly string[]): string => path.map((key, at) => `/${isSpeakable(key, path.slice(0, at)) ? key : "?"}`).join("")

/** More than anybody reads; a file of nothing but faults has a hundred thousand. */
const MAX_FAULTS = 100

/** Faults in the grammar of job files, as they are found: each says what to do, and none repeats what the file says. */
export class Faults {
  readonly #lines: string[] = []
  readonly #warnings: string[] = []
  #count = 0

  add({ file, line, path }: Place, fix: string): void {
    this.#count += 1
    if (this.#count <= MAX_FAULTS) this.#lines.push(`SCHEMA_V1 ${pointerOf(path) || "/"}: ${fix} (${file}:${line})`)
  }

  warn({ file, line, path }: Place, sentence: string): void {
    this.#warnings.push(`${pointerOf(path)}: ${sentence} (${file}:${line})`)
  }

  get warnings(): readonly string[] {
    return this.#warnings
  }

  get isEmpty(): boolean {
    return this.#count === 0
  }

  /** @throws SecretError `SCHEMA_V1` with `details.errors`: the first hundred faults, a line each, as they were found */
  assertNone(): void {
    if (this.isEmpty) return
    const [first = ""] = this.#lines
    const more = this.#count === 1 ? "" : `, and ${this.#count - 1} more`
    throw new SecretError("SCHEMA_V1", `${first.replace(/^SCHEMA_V1 /, "")}${more}`, {
      details: { errors: [...this.#lines], count: this.#count },
      help: "See all of them with: sotto jobs check",
    })
  }
}
