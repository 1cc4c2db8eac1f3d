import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import type { Readable, Writable } from "node:stream"
import type { ChildEnd, ChildOrder, OpenFilter } from "./child.ts"
import { forwardSignals, later, type Later } from "./forward-signals.ts"
import { notStarted } from "./run-plain.ts"

/** Where the child's output goes once it is redacted. */
export interface Outputs {
  stdout: Writable
  stderr: Writable
}

interface Piping {
  order: ChildOrder
  openFilter: OpenFilter
  outputs: Outputs
  /** What the child reads. */
  stdin?: "inherit" | "ignore"
  /** Ends the child: SIGTERM first, SIGKILL later. */
  signal?: AbortSignal
  wait?: Later
}

/** A child that has ended may leave something behind that keeps its output open: so long after its last word nobody listens any more. */
const LISTEN_ON_MS = 2_000

/**
 * Runs a command in a process group of its own. Its standard output and error pass the redactor, each through a filter of its
 * own, as fast as they are taken and no faster.
 * @throws SecretError `command_not_started`
 */
export const runWithPipes = async ({ order, openFilter, outputs, stdin = "inherit", signal, wait = later }: Piping): Promise<ChildEnd> => {
  const child = spawn(order.file, [...order.args], { cwd: order.cwd, env: { ...order.env }, stdio: [stdin, "pipe", "pipe"], detached: true })
  const kill = (name: NodeJS.Signals): void => killGroup(child, name)
  const stopForwarding = forwardSignals(kill, wait)
  const ended = endOf(child)
  const onAbort = (): void => {
    kill("SIGTERM")
    wait(ABORT_GRACE_MS, () => kill("SIGKILL"))
  }
  signal?.addEventListener("abort", onAbort, { once: true })
  try {
    const pumps = [pump(child.stdout, outputs.stdout, openFilter), pump(child.stderr, outputs.stderr, openFilter)]
    const end = await ended
    await orLeft(Promise.all(pumps.map(({ done }) => done)), pumps, wait)
    const how = end.signal === null ? "normal" : "killed"
    for (const each of pumps) await each.finish(how)
    return end
  } catch (error) {
    kill("SIGKILL") // nobody takes its output any more
    throw error
  } finally {
    stopForwarding()
    signal?.removeEventListener("abort", onAbort)
  }
}

const ABORT_GRACE_MS = 3_000

const endOf = (child: ChildProcess): Promise<ChildEnd> =>
  new Promise((resolve, reject) => {
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }))
    child.once("error", (error) => {
      reject(notStarted((error as NodeJS.ErrnoException).code))
    })
  })

/** What the child started as well. */
const killGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}

interface Pump {
  done: Promise<void>
  /** Counts what was read, so that a silence can be told from a stream that goes on. */
  chunks: number
  source: Readable
  /** What is still held back. */
  finish(how: "normal" | "killed"): Promise<void>
}

const pump = (source: Readable, target: Writable, openFilter: OpenFilter): Pump => {
  const filter = openFilter?.()
  const state: Pump = { done: Promise.resolve(), chunks: 0, source, finish: async (how) => write(target, filter?.end(how) ?? NOTHING) }
  const read = async (): Promise<void> => {
    const onGone = (): void => void source.destroy() // nobody reads: the child learns it as it would without us
    target.once("error", onGone)
    try {
      for await (const chunk of source as AsyncIterable<Uint8Array>) {
        state.chunks++
        await write(target, filter?.push(chunk) ?? chunk)
      }
    } catch (error) {
      if (!source.destroyed) throw error
    } finally {
      target.off("error", onGone)
    }
  }
  state.done = read()
  return state
}

const NOTHING = new Uint8Array(0)

const write = async (target: Writable, bytes: Uint8Array): Promise<void> => {
  if (bytes.length === 0 || target.destroyed || target.write(bytes)) return
  await Promise.race([once(target, "drain"), once(target, "close")])
}

/** Until all is read, or until nothing has come for a while. */
const orLeft = async (done: Promise<unknown>, pumps: readonly Pump[], wait: Later): Promise<void> => {
  const counted = (): number => pumps.reduce((sum, each) => sum + each.chunks, 0)
  let stop: () => void = () => undefined
  const left = new Promise<void>((resolve) => {
    const look = (before: number): void => {
      stop = wait(LISTEN_ON_MS, () => {
        if (counted() !== before) return look(counted())
        for (const { source } of pumps) source.destroy()
        resolve()
      })
    }
    look(counted())
  })
  await Promise.race([done, left])
  stop()
}
