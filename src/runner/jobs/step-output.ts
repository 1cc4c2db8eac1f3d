import { Writable } from "node:stream"
import type { RunRecords } from "./run-records.ts"

const MAX_LINE = 16_384
const MAX_LOG = 64 * 1024 * 1024
const MAX_TAIL = 8_192

interface StepOutputOptions {
  records: RunRecords
  /** Of the JSONL file, in the log tree. */
  path: string
  /** What each line says besides. */
  about: Readonly<Record<string, unknown>>
  onLines?: ((stream: StreamName, lines: readonly string[]) => void) | undefined
}

type StreamName = "stdout" | "stderr"

/** Takes the redacted output of one step: into its log, line by line, and on to whoever watches. Memory stays bounded. */
export class StepOutput {
  readonly #options: StepOutputOptions
  readonly #lines = { stdout: new Lines(), stderr: new Lines() }
  #logged = 0
  #tail = ""

  constructor(options: StepOutputOptions) {
    this.#options = options
  }

  writable(stream: StreamName): Writable {
    return new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        this.#take(stream, this.#lines[stream].push(chunk))
        done()
      },
    })
  }

  /** What did not end in a line break stands in the log as well. @returns the last lines of both streams */
  finish(): string {
    for (const stream of ["stdout", "stderr"] as const) this.#take(stream, this.#lines[stream].end())
    return this.#tail
  }

  #take(stream: StreamName, lines: readonly string[]): void {
    if (lines.length === 0) return
    this.#tail = `${this.#tail}${lines.join("\n")}\n`.slice(-MAX_TAIL)
    this.#log(stream, lines) // before it is shown: what somebody saw is on record
    this.#options.onLines?.(stream, lines)
  }

  #log(stream: StreamName, lines: readonly string[]): void {
    if (this.#logged > MAX_LOG) return
    const { records, path, about } = this.#options
    records.appendRedacted(path, lines.map((text) => ({ ...about, type: "output", stream, text })))
    this.#logged += lines.reduce((sum, line) => sum + line.length + 1, 0)
    if (this.#logged > MAX_LOG) records.append(path, { ...about, type: "output.cut", max_characters: MAX_LOG })
  }
}

/** Bytes into lines. One that does not end is cut, so that nobody has to hold it. */
class Lines {
  readonly #decoder = new TextDecoder()
  #rest = ""

  push(chunk: Uint8Array): string[] {
    return this.#cut(this.#decoder.decode(chunk, { stream: true }))
  }

  end(): string[] {
    const lines = this.#cut(this.#decoder.decode())
    const last = this.#rest
    this.#rest = ""
    return last === "" ? lines : [...lines, last]
  }

  #cut(text: string): string[] {
    const lines = (this.#rest + text).split("\n")
    this.#rest = lines.pop() ?? ""
    const whole = lines.flatMap(pieces)
    if (this.#rest.length <= MAX_LINE) return whole
    const long = pieces(this.#rest)
    this.#rest = long.pop() ?? ""
    return [...whole, ...long]
  }
}

const pieces = (line: string): string[] => {
  if (line.length <= MAX_LINE) return [line]
  return Array.from({ length: Math.ceil(line.length / MAX_LINE) }, (_, i) => line.slice(i * MAX_LINE, (i + 1) * MAX_LINE))
}
