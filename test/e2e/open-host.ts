import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buffer } from "node:stream/consumers"
import { bundleCommandLine } from "../../scripts/bundle-command-line.ts"
import { ROOT } from "../architecture/manifest.ts"
import { findCanary, sweepFolder } from "../canary.ts"

export interface Ran {
  stdout: string
  stderr: string
  code: number | null
}

/** A program that goes on running, with all that it started in its group. */
export interface Running {
  pid: number
  printed(): string
  /** Resolves once it has printed such a thing. */
  says(pattern: RegExp): Promise<void>
  /** Ends it, and waits for that. */
  end(signal?: NodeJS.Signals): Promise<void>
}

export interface HostOptions {
  env?: Record<string, string>
  /** What stands in front of each command, such as the way into a namespace. */
  wrapper?: readonly string[]
}

/** A machine that a test plays: its folder has `work`, `home`, `tmp` and `bin`, with the built command line as `sotto`. */
export interface Host {
  folder: string
  work: string
  env: Record<string, string>
  /** Runs a script of bash to its end. What it prints is kept for the sweep, unless it is asked for a value. */
  shell(script: string, options?: { input?: string; isValueAsked?: boolean }): Promise<Ran>
  /** The same for one that must succeed. @returns its stdout */
  ok(script: string, options?: { input?: string; isValueAsked?: boolean }): Promise<string>
  start(script: string, env?: Record<string, string>): Running
  /** Where the value stands in what this machine's programs left behind and printed, and in which shape. */
  sweep(canary: string): Promise<string[]>
  /** Ends what was started here, and removes the folder. */
  close(): Promise<void>
}

export interface Program {
  main: string
  close(): void
}

/** The command line as it is published. */
export const bundleProgram = async (): Promise<Program> => {
  const folder = mkdtempSync(join(ROOT, "node_modules", ".sotto-e2e-")) // packages are found from here
  await bundleCommandLine(ROOT, folder)
  return { main: join(folder, "main.js"), close: () => rmSync(folder, { recursive: true, force: true }) }
}

const SHELL_MS = 60_000
const SAYS_MS = 30_000

export const openHost = ({ main }: Program, { env: more = {}, wrapper = [] }: HostOptions = {}): Host => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-host-"))
  for (const name of ["work", "home", "tmp", "bin"]) mkdirSync(join(folder, name), { mode: 0o700 })
  symlinkSync(process.execPath, join(folder, "bin/node")) // whatever node the shell has
  writeFileSync(join(folder, "bin/sotto"), `#!/bin/sh\nexec node '${main}' "$@"\n`, { mode: 0o755 })
  const env: Record<string, string> = { PATH: `${join(folder, "bin")}:/usr/bin:/bin`, HOME: join(folder, "home"), TMPDIR: join(folder, "tmp"), LANG: "C.UTF-8", ...more }
  const work = join(folder, "work")
  const printed: Buffer[] = []
  const running = new Set<Running>()
  const launch = (script: string, own: Record<string, string> = {}): ChildProcess => {
    const [program, ...args] = [...wrapper, "bash", "--norc", "-c", script]
    return spawn(program, args, { cwd: work, env: { ...env, ...own }, detached: true })
  }
  const shell: Host["shell"] = async (script, { input, isValueAsked = false } = {}) => {
    const child = launch(script)
    const timer = setTimeout(() => killGroup(child.pid, "SIGKILL"), SHELL_MS)
    child.stdin?.on("error", () => undefined) // a command that refuses does not read
    child.stdin?.end(input)
    const [stdout, stderr, [code]] = await Promise.all([buffer(child.stdout as NodeJS.ReadableStream), buffer(child.stderr as NodeJS.ReadableStream), once(child, "exit")])
    clearTimeout(timer)
    printed.push(...(isValueAsked ? [] : [stdout]), stderr)
    return { stdout: stdout.toString(), stderr: stderr.toString(), code: code as number | null }
  }
  return {
    folder,
    work,
    env,
    shell,
    ok: async (script, options) => {
      const { code, stdout, stderr } = await shell(script, options)
      if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`)
      return stdout
    },
    start: (script, own) => {
      const started = follow(launch(script, own), printed)
      running.add(started)
      return started
    },
    sweep: async (canary) => [...(await sweepFolder(folder, canary)).found, ...findCanary(Buffer.concat(printed), canary, "printed")],
    close: async () => {
      for (const each of running) await each.end("SIGKILL")
      await endLeftovers(folder)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const follow = (child: ChildProcess, printed: Buffer[]): Running => {
  const own: Buffer[] = []
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      own.push(chunk)
      printed.push(chunk)
    })
  const ended = once(child, "exit")
  return {
    pid: child.pid ?? 0,
    printed: () => Buffer.concat(own).toString(),
    says: async (pattern) => {
      for (const until = Date.now() + SAYS_MS; !pattern.test(Buffer.concat(own).toString()); ) {
        if (Date.now() > until || child.exitCode !== null) throw new Error(`it did not say ${String(pattern)} but: ${Buffer.concat(own).toString()}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    end: async (signal = "SIGTERM") => {
      if (child.exitCode !== null || child.signalCode !== null) return
      killGroup(child.pid, signal)
      const timer = setTimeout(() => killGroup(child.pid, "SIGKILL"), SHELL_MS / 4)
      await ended
      clearTimeout(timer)
    },
  }
}

/** What a restart program left running, or was about to: whatever is named by a path of this folder, which nobody else has. */
const endLeftovers = async (folder: string): Promise<void> => {
  for (let round = 0; round < 50; round++) {
    const left = pidsNaming(folder)
    if (left.length === 0) return
    for (const pid of left) killOne(pid)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const pidsNaming = (folder: string): number[] =>
  existsSync("/proc/self")
    ? readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).filter((pid) => cmdlineOf(pid).includes(folder)).map(Number)
    : []

const cmdlineOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8")
  } catch {
    return "" // it has ended meanwhile
  }
}

const killOne = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It has ended meanwhile.
  }
}

/** A group of this test's own: each program was started as the head of one. */
const killGroup = (pid: number | undefined, signal: NodeJS.Signals): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}
