import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { createApplier, type Applier } from "../../src/remote/applier.ts"
import type { Delivery, DeliveryTarget } from "../../src/remote/delivery.ts"
import type { ProgramEnd, RunProgram } from "../../src/remote/run-program.ts"
import { runProgram } from "../../src/runner/run-program.ts"

/** A folder of the test's own, in memory where `place` says so. */
export const freshFolder = (place = tmpdir()): string => {
  const folder = mkdtempSync(join(place, "sotto-applier-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export const delivery = (generation: number, values: Record<string, string>, restart: Delivery["restart"] = "auto"): Delivery => ({
  generation,
  restart,
  secrets: Object.entries(values).map(([key, value]) => ({ key, value, version: generation })),
})

/** A restart command that a test answers for, and a clock that only sleeping moves. */
export interface FakeApp {
  run: RunProgram
  /** What was started, by the name of the program. */
  calls: string[]
  clock: () => number
  sleep: (ms: number) => Promise<void>
}

export const RESTART = { command: ["/fake/restart"], timeoutMs: 2_000 }
export const RESTART_AND_CHECK = { ...RESTART, check: ["/fake/check"] }

/** Programs that are not `/fake/...` are run for real. */
export const fakeApp = (answer: (program: string, call: number) => ProgramEnd = () => ({ exitCode: 0 })): FakeApp => {
  const calls: string[] = []
  let now = 0
  return {
    calls,
    run: async (command, options) => {
      if (!command[0].startsWith("/fake/")) return runProgram(command, options)
      calls.push(command[0].slice("/fake/".length))
      return answer(command[0].slice("/fake/".length), calls.length)
    },
    clock: () => now,
    sleep: async (ms) => void (now += ms),
  }
}

export interface Bench {
  folder: string
  stateFolder: string
  path: string
  app: FakeApp
  applier: Applier
  /** A daemon that is started anew over the same folders. */
  again(changes?: Partial<DeliveryTarget>): Promise<Applier>
}

export const openBench = (target: Partial<DeliveryTarget> = {}, { app = fakeApp(), folder = freshFolder() }: { app?: FakeApp; folder?: string } = {}): Bench => {
  const stateFolder = join(folder, "state")
  const path = join(folder, "app", "env")
  const open = (changes: Partial<DeliveryTarget> = {}): Applier =>
    createApplier({ target: { format: "dotenv", mode: "file", path, restart: RESTART, ...target, ...changes }, stateFolder, ...app })
  let applier = open()
  onTestFinished(() => applier.close())
  const again = async (changes?: Partial<DeliveryTarget>): Promise<Applier> => {
    await applier.close()
    applier = open(changes)
    return applier
  }
  return { folder, stateFolder, path, app, applier, again }
}

export const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8)

/** Everything below a folder, by its path in it, and not what lies behind links. */
export const allBelow = (folder: string, prefix = ""): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => [`${prefix}${entry.name}`, ...(entry.isDirectory() ? allBelow(join(folder, entry.name), `${prefix}${entry.name}/`) : [])])
    .toSorted()

/** Tells whether a file was written again. */
export const identityOf = (path: string): string => {
  const { ino, mtimeMs, ctimeMs } = statSync(path)
  return `${ino} ${mtimeMs} ${ctimeMs}`
}
