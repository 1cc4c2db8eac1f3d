/**
 * A daemon on a disk that gives out. Prints one line of JSON: how each step ended, what an app reads then, and what lies there.
 * Started by root it becomes somebody else where KILL_UID says so: root may write everywhere.
 */
import { chmodSync, existsSync, mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs"
import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { createApplier } from "../../src/remote/applier.ts"
import { allBelow } from "../remote/applier-bench.ts"
import { crashApp, crashDelivery, crashTarget, HAND_WRITTEN, readAsApp, type CrashMode } from "./applier-crash.ts"

const { DISK_FOLDER = "", DISK_MODE = "file", DISK_FAULT = "", DISK_UID = "", DISK_FREE_PAGES = "0" } = process.env
if (DISK_UID !== "") {
  process.setgid?.(Number(DISK_UID))
  process.setuid?.(Number(DISK_UID))
}

const mode = DISK_MODE as CrashMode
const applier = createApplier({ ...crashTarget(DISK_FOLDER, mode), run: crashApp(DISK_FOLDER, mode) })
const filler = join(DISK_FOLDER, "filler")

const fill = (pages: number): void => {
  const { bsize } = statfsSync(DISK_FOLDER)
  for (let size = bsize; ; size += bsize) {
    try {
      writeFileSync(filler, Buffer.alloc(size, "x"))
    } catch {
      break
    }
  }
  truncateSync(filler, Math.max(0, statSize(filler) - pages * bsize))
}
const statSize = (path: string): number => Number(execFileSync("/bin/sh", ["-c", `wc -c < '${path}'`], { encoding: "utf8" }))

const FAULTS: Record<string, { begin(): void; end(): void }> = {
  full: { begin: () => fill(Number(DISK_FREE_PAGES)), end: () => rmSync(filler) },
  readOnly: { begin: () => remount("ro"), end: () => remount("rw") },
  forbidden: { begin: () => chmodSync(join(DISK_FOLDER, "app"), 0o500), end: () => chmodSync(join(DISK_FOLDER, "app"), 0o700) },
  /** The shell that started this one limits how long a file may be. */
  tooLong: { begin: () => {}, end: () => {} },
}
const remount = (how: string): void => void execFileSync("/bin/mount", ["-o", `remount,${how}`, DISK_FOLDER])

const steps: Record<string, unknown>[] = []
const note = async (step: string, work: () => Promise<unknown>): Promise<void> => {
  const end = await work().then(
    () => ({ code: "done" }),
    (error: Error & { code?: string; help?: string; details?: unknown }) => ({ code: error.code, details: error.details, help: error.help, message: error.message, whole: `${error.stack ?? ""}${String((error.cause as Error | undefined)?.stack)}` }),
  )
  const names = allBelow(DISK_FOLDER).map((name) => name.replace(/[0-9a-f]{12}/, "ID")).filter((name) => !/filler|starts|\.sock$/.test(name))
  steps.push({ step, ...end, reads: existsSync(join(DISK_FOLDER, "app")) ? readAsApp(DISK_FOLDER, mode) : null, names, generation: applier.state().generation, isWiped: applier.state().isWiped })
}

const large = { ...crashDelivery("good"), secrets: [{ key: "A", version: 2, value: `canary-${"x".repeat(40_000)}` }] }
const next = DISK_FAULT === "full" && Number(DISK_FREE_PAGES) > 0 ? crashDelivery("good") : large
if (mode === "block") {
  mkdirSync(join(DISK_FOLDER, "app"), { mode: 0o700 })
  writeFileSync(join(DISK_FOLDER, "app", "env"), HAND_WRITTEN, { mode: 0o600 })
}
await note("old", () => applier.apply(crashDelivery("old")))
FAULTS[DISK_FAULT]?.begin()
await note("new", () => applier.apply(next))
if (DISK_FAULT === "full") await note("wipe", () => applier.wipe())
FAULTS[DISK_FAULT]?.end()
if (DISK_FAULT === "full") await note("wipe again", () => applier.wipe())
await note("recover", () => applier.recover())
await note("again", () => applier.apply(crashDelivery("good")))
await applier.close()
process.stdout.write(JSON.stringify(steps))
