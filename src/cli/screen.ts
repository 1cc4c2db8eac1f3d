import { fstatSync, writeSync } from "node:fs"

/** Where a command prints: data on stdout, everything that is said about it on stderr. */
export interface Screen {
  isJson: boolean
  readonly isTerminal: { stdin: boolean; stdout: boolean; stderr: boolean }
  /** Data as it is. */
  write(data: string | Uint8Array): void
  /** Data for programs, with a line break. */
  json(data: unknown): void
  /** The same with --json, else as people read it. */
  show(data: unknown, asText: () => string): void
  /** Something said to the person, with a line break; nothing reads it. */
  note(text: string): void
  /** The same without the line break. */
  noteRaw(text: string): void
}

const STDIN = 0
const STDOUT = 1
const STDERR = 2

export const createScreen = (isJson: boolean): Screen => {
  const write = (data: string | Uint8Array): void => writeAll(STDOUT, data)
  const json = (data: unknown): void => write(`${JSON.stringify(data, null, 2)}\n`)
  return {
    isJson,
    get isTerminal() {
      return { stdin: isTerminal(STDIN), stdout: isTerminal(STDOUT), stderr: isTerminal(STDERR) }
    },
    write,
    json,
    show: (data, asText) => {
      if (isJson) json(data)
      else write(`${asText()}\n`)
    },
    note: (text) => writeAll(STDERR, `${text}\n`),
    noteRaw: (text) => writeAll(STDERR, text),
  }
}

/** node:tty costs as much as a fifth of a whole start: it is asked only about what can be a terminal at all. */
const isTerminal = (fd: number): boolean => isCharacterDevice(fd) && process.getBuiltinModule("node:tty").isatty(fd)

const isCharacterDevice = (fd: number): boolean => {
  try {
    return fstatSync(fd).isCharacterDevice()
  } catch {
    return false // closed
  }
}

/** Written when this returns, so that a process may exit at any time. A reader that is gone is an error of code EPIPE. */
const writeAll = (fd: number, data: string | Uint8Array): void => {
  let rest = typeof data === "string" ? Buffer.from(data) : data
  while (rest.length > 0) rest = rest.subarray(writeSome(fd, rest))
}

const writeSome = (fd: number, bytes: Uint8Array): number => {
  try {
    return writeSync(fd, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2) // another process made the pipe non-blocking, and it is full
    return 0
  }
}
