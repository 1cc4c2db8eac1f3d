import { spawn, type ChildProcess } from "node:child_process"
import { randomBytes } from "node:crypto"
import { statSync } from "node:fs"
import { SecretError } from "../base/errors.ts"
import { redactedMarker } from "../base/redacted.ts"
import type { CommandEnd, CommandRun, CommandRunner } from "../core/ports/command-runner.ts"
import { variableFault } from "../core/references/variable-name.ts"
import { adversaryValues } from "../redact/adversary-values.ts"
import { createRedactor } from "../redact/create-redactor.ts"
import { assertProgram } from "./assert-program.ts"
import { captureOutput, type Capture, type Captured } from "./captured-output.ts"
import { createIsolation, type Isolation } from "./isolation.ts"
import { killLeftovers, RUN_MARK } from "./leftovers.ts"
import { notStarted } from "./run-plain.ts"

const VALUE_MIN_BYTES = 12
const RAW_MAX_BYTES = 64 * 1024 * 1024
const GRACE_MS = 2_000
/** So long after a command has ended nobody listens any more to what it left running. */
const LISTEN_ON_MS = 1_000
/** What a command may know of this process's surroundings. */
const INHERITED = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"]

/** Runs commands for somebody who may not see what they are given; what the machine can enforce is tried out once. */
export const createCommandRunner = (): CommandRunner => {
  const isolation = createIsolation()
  return (run) => runIsolated(run, isolation)
}

const runIsolated = async (run: CommandRun, isolation: Isolation): Promise<CommandEnd> => {
  assertSecrets(run)
  const file = assertProgram(run.program)
  const cwd = folderOf(run.cwd)
  const [command = "", ...args] = isolation.wrap([file, ...run.args], run.network)
  const values = run.secrets.map(({ key, value }) => ({ name: key, value: value.reveal() }))
  const redactor = createRedactor(adversaryValues(values), { reader: "adversary" })
  const mark = randomBytes(16).toString("hex")
  try {
    const child = started(command, args, { cwd, env: { ...environmentOf(run), [RUN_MARK]: mark } })
    const ended = await follow(child, run, () => redactor.filter())
    const warnings = isolation.warnings()
    return { ...ended, masked: countMarkers(run, ended), warnings }
  } finally {
    killLeftovers(mark) // what it left behind holds the value too
    redactor.dispose()
  }
}

/** What Node throws holds the arguments, and would stand in a log with them. */
const started = (command: string, args: readonly string[], { cwd, env }: { cwd: string; env: Record<string, string> }): ChildProcess => {
  try {
    return spawn(command, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"], detached: true })
  } catch (error) {
    throw notStarted((error as NodeJS.ErrnoException).code)
  }
}

const assertSecrets = ({ secrets }: CommandRun): void => {
  for (const { name, key, value } of secrets) {
    const fault = variableFault(name)
    if (fault !== null) throw new SecretError("invalid_argument", `the variable ${fault}`)
    if (Buffer.byteLength(value.reveal()) < VALUE_MIN_BYTES) throw new SecretError("invalid_argument", `the value of ${key} is too short to be masked`)
    if (value.reveal().includes("\0")) throw new SecretError("invalid_argument", `the value of ${key} holds a NUL byte, which no environment variable can`)
  }
  if (new Set(secrets.map(({ name }) => name)).size < secrets.length) throw new SecretError("invalid_argument", "two secrets go into one variable")
}

const folderOf = (cwd: string | undefined): string => {
  if (cwd === undefined) return process.cwd()
  if (isFolder(cwd)) return cwd
  throw new SecretError("invalid_argument", "cwd is no folder")
}

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

const environmentOf = ({ secrets }: CommandRun): Record<string, string> => {
  const env: Record<string, string> = {}
  for (const name of INHERITED) {
    const value = process.env[name]
    if (value !== undefined) env[name] = value
  }
  for (const { name, value } of secrets) env[name] = value.reveal()
  return env
}

type Ended = Omit<CommandEnd, "masked" | "warnings">

const follow = async (child: ChildProcess, run: CommandRun, openFilter: () => Parameters<typeof captureOutput>[1]["filter"]): Promise<Ended> => {
  const startedAt = performance.now()
  const timers: NodeJS.Timeout[] = []
  let timedOut = false
  const kill = (signal: NodeJS.Signals): void => killGroup(child, signal)
  const stop = (): void => {
    kill("SIGTERM")
    timers.push(setTimeout(() => kill("SIGKILL"), GRACE_MS))
  }
  const options = { maxBytes: run.maxBytes, maxRawBytes: RAW_MAX_BYTES, onTooMuch: stop }
  const out = captureOutput(child.stdout as NonNullable<typeof child.stdout>, { ...options, filter: openFilter() })
  const err = captureOutput(child.stderr as NonNullable<typeof child.stderr>, { ...options, filter: openFilter() })
  child.stdin?.on("error", () => undefined) // a command that does not read
  child.stdin?.end(run.stdin ?? "")
  timers.push(setTimeout(() => ((timedOut = true), stop()), run.timeoutMs))
  run.signal?.addEventListener("abort", stop, { once: true })
  if (run.signal?.aborted === true) stop()
  try {
    const { exitCode, signal } = await endOf(child)
    await orLeft(Promise.all([out.done, err.done]), child)
    kill("SIGKILL")
    return { exitCode, signal, timedOut, ...outputs(out, err, signal === null ? "normal" : "killed"), durationMs: Math.round(performance.now() - startedAt) }
  } finally {
    for (const timer of timers) clearTimeout(timer)
    run.signal?.removeEventListener("abort", stop)
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

const endOf = (child: ChildProcess): Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }> =>
  new Promise((resolve, reject) => {
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }))
    child.once("error", (error) => reject(notStarted((error as NodeJS.ErrnoException).code)))
  })

const orLeft = async (done: Promise<unknown>, { stdout, stderr }: ChildProcess): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const left = new Promise<void>((resolve) => (timer = setTimeout(resolve, LISTEN_ON_MS)))
  await Promise.race([done, left])
  clearTimeout(timer)
  stdout?.destroy()
  stderr?.destroy()
  await done
}

const outputs = (out: Capture, err: Capture, how: "normal" | "killed") => {
  const [stdout, stderr] = [out.finish(how), err.finish(how)]
  const binary = (name: "stdout" | "stderr", { binaryBytes }: Captured) => (binaryBytes === null ? {} : { [name]: binaryBytes })
  return {
    stdout: stdout.text,
    stderr: stderr.text,
    truncated: { stdout: stdout.isTruncated, stderr: stderr.isTruncated },
    binaryBytes: { ...binary("stdout", stdout), ...binary("stderr", stderr) },
  }
}

const countMarkers = ({ secrets }: CommandRun, { stdout, stderr }: Ended): Record<string, number> => {
  const hits = secrets.map(({ key }) => [key, (stdout + stderr).split(redactedMarker(key)).length - 1] as const)
  return Object.fromEntries(hits.filter(([, count]) => count > 0))
}
