import { spawn, type ChildProcess, type ChildProcessByStdio } from "node:child_process"
import type { Readable, Writable } from "node:stream"
import type { CommandEnd, CommandRun } from "../core/ports/command-runner.ts"
import type { StreamFilter } from "../redact/stream-filter.ts"
import { captureOutput, type Capture, type Captured } from "./captured-output.ts"
import type { ChildEnd, ChildOrder } from "./child.ts"
import type { Later } from "./forward-signals.ts"
import { killMarked } from "./command-mark.ts"
import { notStarted } from "./run-plain.ts"

type Ended = Omit<CommandEnd, "masked">

interface Following {
  order: ChildOrder
  run: Pick<CommandRun, "stdin" | "timeoutMs" | "maxBytes" | "signal">
  openFilter: () => StreamFilter
  /** In the environment of the command and all that it starts. */
  mark: string
  wait: Later
}

/** Between the wish that a command ends and its end by force. */
export const GRACE_MS = 2_000
/** So long after a command has ended nobody listens any more to what it left running. */
export const LISTEN_ON_MS = 1_000
/** A shell's exit code for a program that a signal ended. */
const BY_SIGNAL = 128

/**
 * Runs a command in a session of its own, to its end: nothing that it started is alive afterwards. What it printed is redacted; where it
 * was ended in the midst of a line, that line is dropped.
 * @throws SecretError `command_not_started`
 */
export const followCommand = async ({ order, run, openFilter, mark, wait }: Following): Promise<Ended> => {
  const startedAt = performance.now()
  const child = start(order)
  const captures = [child.stdout, child.stderr].map((source) => captureOutput(source, { filter: openFilter(), maxBytes: run.maxBytes })) as [Capture, Capture]
  child.stdin.on("error", () => undefined) // a command that does not read
  child.stdin.end(run.stdin ?? "")
  const stopping = stopInTime(child, run, wait)
  try {
    const { exitCode, signal } = await endOf(child)
    const isRead = await readOn(captures, { isStopped: stopping.why() !== null, wait })
    killGroup(child, "SIGKILL")
    const left = await killMarked(mark)
    if (!isRead) await closeAfter(captures, wait)
    const isCut = !isRead || signal !== null || (exitCode ?? 0) > BY_SIGNAL
    const warnings = left > 0 && stopping.why() === null ? ["what the command left running was ended"] : []
    return { exitCode, signal, timedOut: stopping.why() === "timeout", ...outputs(captures, isCut), durationMs: Math.round(performance.now() - startedAt), warnings }
  } finally {
    stopping.done()
  }
}

/** Some failures are thrown and some told later. */
const start = ({ file, args, env, cwd }: ChildOrder): ChildProcessByStdio<Writable, Readable, Readable> => {
  try {
    return spawn(file, [...args], { cwd, env: { ...env }, stdio: ["pipe", "pipe", "pipe"], detached: true })
  } catch (error) {
    throw notStarted((error as NodeJS.ErrnoException).code)
  }
}

interface Stopping {
  why(): "timeout" | "abort" | null
  done(): void
}

/** SIGTERM to the whole group, and SIGKILL to what does not heed it. With this process everything ends at once. */
const stopInTime = (child: ChildProcess, { timeoutMs, signal }: Following["run"], wait: Later): Stopping => {
  let why: ReturnType<Stopping["why"]> = null
  const waiting: (() => void)[] = []
  const stop = (reason: "timeout" | "abort"): void => {
    if (why !== null) return
    why = reason
    killGroup(child, "SIGTERM")
    waiting.push(wait(GRACE_MS, () => killGroup(child, "SIGKILL")))
  }
  const onAbort = (): void => stop("abort")
  const onExit = (): void => killGroup(child, "SIGKILL")
  waiting.push(wait(timeoutMs, () => stop("timeout")))
  signal?.addEventListener("abort", onAbort, { once: true })
  process.on("exit", onExit)
  return {
    why: () => why,
    done: () => {
      for (const cancel of waiting) cancel()
      signal?.removeEventListener("abort", onAbort)
      process.off("exit", onExit)
    },
  }
}

const killGroup = ({ pid }: ChildProcess, signal: NodeJS.Signals): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}

const endOf = (child: ChildProcess): Promise<ChildEnd> =>
  new Promise((resolve, reject) => {
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }))
    child.once("error", (error) => reject(notStarted((error as NodeJS.ErrnoException).code)))
  })

/** Whether all was read before anything had to be ended. */
const readOn = async (captures: readonly Capture[], { isStopped, wait }: { isStopped: boolean; wait: Later }): Promise<boolean> =>
  !isStopped && within(allDone(captures), wait)

/** With its writers a pipe ends, and what is still in it is read. One that escaped is left to its silence. */
const closeAfter = async (captures: readonly Capture[], wait: Later): Promise<void> => {
  if (await within(allDone(captures), wait)) return
  for (const each of captures) each.close()
  await allDone(captures)
}

const allDone = (captures: readonly Capture[]): Promise<unknown> => Promise.all(captures.map(({ done }) => done))

const within = async (work: Promise<unknown>, wait: Later): Promise<boolean> => {
  let cancel: () => void = () => undefined
  const over = new Promise<boolean>((resolve) => (cancel = wait(LISTEN_ON_MS, () => resolve(false))))
  const isDone = await Promise.race([work.then(() => true), over])
  cancel()
  return isDone
}

const outputs = (captures: readonly [Capture, Capture], isCut: boolean): Pick<CommandEnd, "stdout" | "stderr" | "truncated" | "binaryBytes"> => {
  const [stdout, stderr] = captures.map((each) => each.finish(isCut ? "killed" : "normal")) as [Captured, Captured]
  return {
    stdout: stdout.text,
    stderr: stderr.text,
    truncated: { stdout: stdout.isTruncated, stderr: stderr.isTruncated },
    binaryBytes: { ...(stdout.binaryBytes !== null && { stdout: stdout.binaryBytes }), ...(stderr.binaryBytes !== null && { stderr: stderr.binaryBytes }) },
  }
}
