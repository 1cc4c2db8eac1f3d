import { appendFileSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { SecretError } from "../../base/errors.ts"

const PRIVATE_FOLDER = 0o700
const PRIVATE_FILE = 0o600
const VERSION = "sotto.runs.v1"

/** Where runs of a workspace are recorded. */
export const runsFolder = (root: string): string => join(root, ".sotto", "runs")

/** Makes the folder, and keeps it out of git. @throws SecretError `storage_unavailable` */
export const prepareRunsFolder = (root: string): string => {
  const folder = runsFolder(root)
  try {
    mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER })
    writeFileSync(join(folder, ".gitignore"), "*\n", { mode: PRIVATE_FILE })
  } catch (error) {
    throw notWritten(error)
  }
  return folder
}

const notWritten = (error: unknown): SecretError =>
  new SecretError("storage_unavailable", `the records of the run could not be written: ${String((error as NodeJS.ErrnoException).code)}`, {
    details: { reason: "records" },
    help: "See that there is room, and that .sotto/runs can be written.",
  })

/**
 * Files of one run. Everything passes `redactJson` before it is printed, and each line is whole when it is there: what a killed
 * run leaves can be read. A disk that is full stops no job half-way and leaves no secret behind: it is told of by `failure`.
 */
export class RunRecords {
  readonly folder: string
  readonly runId: string
  readonly #redactJson: (value: unknown) => unknown
  readonly #clock: () => number
  readonly #made = new Set<string>()
  #failure: SecretError | null = null

  /** @param folder of the logs of this run, which is made */
  constructor(options: { folder: string; runId: string; redactJson: (value: unknown) => unknown; clock: () => number }) {
    this.folder = options.folder
    this.runId = options.runId
    this.#redactJson = options.redactJson
    this.#clock = options.clock
  }

  /** The first record that could not be written. */
  get failure(): SecretError | null {
    return this.#failure
  }

  /** One line of a JSONL file. */
  append(path: string, event: Readonly<Record<string, unknown>>): void {
    const line = { schema_version: VERSION, ts: this.timestamp(), run_id: this.runId, ...event }
    this.#append(path, `${JSON.stringify(this.#redactJson(line))}\n`)
  }

  /** Lines of text that was redacted as it came: a second time, a marker would be taken for text. */
  appendRedacted(path: string, events: readonly Readonly<Record<string, unknown>>[]): void {
    const head = { schema_version: VERSION, ts: this.timestamp(), run_id: this.runId }
    this.#append(path, events.map((event) => `${JSON.stringify({ ...head, ...event })}\n`).join(""))
  }

  /** A document, whole. @returns its absolute path */
  document(path: string, kind: string, content: Readonly<Record<string, unknown>>): string {
    return this.documentRedacted(path, kind, this.#redactJson(content) as Record<string, unknown>)
  }

  /** The same of what was redacted before. */
  documentRedacted(path: string, kind: string, content: Readonly<Record<string, unknown>>): string {
    const whole = { schema_version: VERSION, kind, run_id: this.runId, ...content }
    this.#attempt(() => writeFileSync(this.#pathOf(path), `${JSON.stringify(whole, null, 2)}\n`, { mode: PRIVATE_FILE }))
    return this.pathOf(path)
  }

  timestamp(): string {
    return new Date(this.#clock()).toISOString()
  }

  pathOf(path: string): string {
    return join(this.folder, path)
  }

  #append(path: string, text: string): void {
    this.#attempt(() => appendFileSync(this.#pathOf(path), text, { mode: PRIVATE_FILE }))
  }

  #attempt(write: () => void): void {
    if (this.#failure !== null) return
    try {
      write()
    } catch (error) {
      this.#failure = notWritten(error)
    }
  }

  #pathOf(path: string): string {
    const absolute = join(this.folder, path)
    const folder = join(absolute, "..")
    if (!this.#made.has(folder)) mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER })
    this.#made.add(folder)
    return absolute
  }
}
