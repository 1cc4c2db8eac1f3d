/**
 * The process that dies: a daemon that delivers, or wipes, and kills itself with -9 before the n-th of the calls that change
 * something. What it does is in the environment; each call is a line that it prints.
 */
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { crashApp, crashDelivery, crashTarget, type CrashMode } from "./applier-crash.ts"

const { KILL_FOLDER = "", KILL_MODE = "file", KILL_ACT = "good", KILL_AT = "0" } = process.env
const print = fs.writeSync.bind(fs)
let calls = 0
let isStarted = false
const point = (name: string): void => {
  if (!isStarted) return
  print(1, `${name}\n`)
  if (++calls !== Number(KILL_AT)) return
  process.kill(process.pid, "SIGKILL")
  for (;;);
}

const CHANGING = ["openSync", "writeSync", "fsyncSync", "fchmodSync", "renameSync", "linkSync", "symlinkSync", "unlinkSync", "mkdirSync", "rmSync", "rmdirSync", "chmodSync"] as const
const functions = fs as unknown as Record<string, (...args: unknown[]) => unknown>
for (const name of CHANGING) {
  const real = functions[name] as (...args: unknown[]) => unknown
  functions[name] = (...args) => {
    point(`${name} ${args.filter((arg) => typeof arg === "string").map((arg) => arg.replace(/[0-9a-f]{12}/g, "ID")).join(" ")}`)
    return real(...args)
  }
}
syncBuiltinESMExports()

// After the functions were exchanged.
const { createApplier } = await import("../../src/remote/applier.ts")
const mode = KILL_MODE as CrashMode
const run = crashApp(KILL_FOLDER, mode)
const applier = createApplier({
  ...crashTarget(KILL_FOLDER, mode),
  run: async (...order) => {
    point("restart")
    return run(...order)
  },
})
isStarted = true
if (KILL_ACT === "wipe") await applier.wipe()
else await applier.apply(crashDelivery(KILL_ACT))
await applier.close()
