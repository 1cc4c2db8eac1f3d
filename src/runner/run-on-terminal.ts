import type { IPty, spawn } from "@lydell/node-pty"
import { constants } from "node:os"
import type { ReadStream, WriteStream } from "node:tty"
import type { ChildEnd, ChildOrder, OpenFilter } from "./child.ts"
import { forwardSignals, later, type Later } from "./forward-signals.ts"

interface OnTerminal {
  order: ChildOrder
  openFilter: OpenFilter
  stdin: ReadStream
  stdout: WriteStream
  wait?: Later
}

export interface PtyModule {
  spawn: typeof spawn
}

/** The pseudo-terminal, or null where the package is not installed. */
export const loadPty = async (): Promise<PtyModule | null> => {
  try {
    return await import("@lydell/node-pty")
  } catch {
    return null
  }
}

/** So long a terminal shows nothing of what could still become a secret; then up to 3 bytes of it, such as a prompt that ends like one begins. */
const RELEASE_MS = 50
const RELEASED_BYTES = 3

/**
 * Runs a command on a pseudo-terminal, so that colours, prompts and the size of the window survive, and what it prints passes the
 * redactor all the same. The person's own terminal is put back as it was on every way out.
 */
export const runOnTerminal = async (pty: PtyModule, { order, openFilter, stdin, stdout, wait = later }: OnTerminal): Promise<ChildEnd> => {
  const terminal = pty.spawn(order.file, [...order.args], {
    name: order.env.TERM ?? "xterm-256color", cols: stdout.columns || 80, rows: stdout.rows || 24, cwd: order.cwd, env: { ...order.env }, encoding: null,
  })
  const ended = new Promise<ChildEnd>((resolve) => {
    terminal.onExit(({ exitCode, signal }) => resolve({ exitCode: signal ? null : exitCode, signal: nameOf(signal) }))
  })
  const show = shownOn(terminal, stdout, openFilter, wait)
  const stop = [connectKeys(terminal, stdin), followSize(terminal, stdout), forwardSignals((signal) => killGroup(terminal.pid, signal), wait)]
  try {
    const end = await ended
    show.finish(end.signal === null ? "normal" : "killed")
    return end
  } finally {
    for (const each of stop) each()
  }
}

const nameOf = (number: number | undefined): NodeJS.Signals | null =>
  number ? ((Object.entries(constants.signals).find(([, value]) => value === number)?.[0] as NodeJS.Signals | undefined) ?? null) : null

const killGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal) // a pseudo-terminal makes its child the leader of a session, and so of a group
  } catch {
    // It has ended meanwhile.
  }
}

const shownOn = (terminal: IPty, stdout: WriteStream, openFilter: OpenFilter, wait: Later): { finish: (how: "normal" | "killed") => void } => {
  const filter = openFilter?.()
  let stopWaiting: () => void = () => undefined
  const print = (bytes: Uint8Array): void => {
    if (bytes.length === 0 || stdout.write(bytes)) return
    terminal.pause()
    stdout.once("drain", () => terminal.resume())
  }
  terminal.onData((data) => {
    const bytes = data as unknown as Uint8Array // without an encoding they come as they are
    stopWaiting()
    print(filter?.push(bytes) ?? bytes)
    if (filter !== undefined && filter.held > 0) stopWaiting = wait(RELEASE_MS, () => print(filter.release(RELEASED_BYTES)))
  })
  return {
    finish: (how) => {
      stopWaiting()
      print(filter?.end(how) ?? new Uint8Array(0))
    },
  }
}

/** Every key goes to the child, which has a terminal of its own to make a signal of Ctrl-C. */
const connectKeys = (terminal: IPty, stdin: ReadStream): (() => void) => {
  const wasRaw = stdin.isRaw
  const onKeys = (keys: Buffer): void => terminal.write(keys as unknown as string) // the types know texts only; bytes go as they are
  const restore = (): void => void stdin.setRawMode(wasRaw)
  process.on("exit", restore)
  stdin.setRawMode(true)
  stdin.on("data", onKeys)
  stdin.resume()
  return () => {
    stdin.off("data", onKeys)
    stdin.pause()
    process.off("exit", restore)
    restore()
  }
}

const followSize = (terminal: IPty, stdout: WriteStream): (() => void) => {
  const onResize = (): void => terminal.resize(stdout.columns || 80, stdout.rows || 24)
  stdout.on("resize", onResize)
  return () => void stdout.off("resize", onResize)
}
