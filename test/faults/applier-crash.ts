import { appendFileSync, existsSync, readFileSync, statfsSync } from "node:fs"
import { join } from "node:path"
import { parseEnv } from "node:util"
import type { ApplierOptions } from "../../src/remote/applier.ts"
import type { Delivery } from "../../src/remote/delivery.ts"
import type { RunProgram } from "../../src/remote/run-program.ts"

export type CrashMode = "file" | "block" | "folder"

export const OLD = { A: "old", GONE: "old" }
export const NEW = { A: "new", PEM: "two\nlines" }

/** By people, in mode block. */
export const HAND_WRITTEN = "PORT=3000 # mine\n"
/** All that an app reads where these are delivered. */
export const withOthers = (mode: CrashMode, values: Record<string, string>): Record<string, string> => (mode === "block" ? { PORT: "3000", ...values } : values)
/** Once nothing is delivered. */
export const othersAlone = (mode: CrashMode): Record<string, string> | null => (mode === "block" ? { PORT: "3000" } : null)

/** Where deliveries go in a folder of a round. */
export const crashTarget = (folder: string, mode: CrashMode): Pick<ApplierOptions, "target" | "stateFolder"> => ({
  target: { format: "node", mode, path: join(folder, "app", "env"), mayBeOnDisk: true, restart: { command: ["/fake/restart"], timeoutMs: 1_000 } },
  stateFolder: join(folder, "state"),
})

/** `bad` is the new with something that the app does not start with. */
export const crashDelivery = (act: string): Delivery => {
  const values = act === "old" ? OLD : act === "bad" ? { ...NEW, BROKEN: "1" } : NEW
  return { generation: act === "old" ? 1 : 2, restart: "auto", secrets: Object.entries(values).map(([key, value]) => ({ key, value, version: 1 })) }
}

/** What an app reads: the values of the daemon's variables, and of those alone that people wrote. */
export const readAsApp = (folder: string, mode: CrashMode): Record<string, string> | null => {
  const path = mode === "folder" ? join(folder, "app", "env", "env") : join(folder, "app", "env")
  if (!existsSync(path)) return null
  const variables = parseEnv(readFileSync(path, "utf8")) as Record<string, string>
  if (mode !== "folder") return variables
  return Object.fromEntries(Object.entries(variables).map(([key, file]) => [key.replace(/_FILE$/, ""), readFileSync(file, "utf8")]))
}

const startsOf = (folder: string): string => join(folder, "starts")

/** What the app had at its last start. */
export const lastStart = (folder: string): unknown => JSON.parse(readFileSync(startsOf(folder), "utf8").trim().split("\n").at(-1) ?? "null")

/** Notes what the app reads at each start, and does not start with BROKEN. */
export const crashApp =
  (folder: string, mode: CrashMode): RunProgram =>
  async () => {
    const read = readAsApp(folder, mode)
    appendFileSync(startsOf(folder), `${JSON.stringify(read)}\n`)
    return { exitCode: read !== null && "BROKEN" in read ? 1 : 0 }
  }

/** Where a folder lies in memory it is in nobody's git work tree, and its syncs cost nothing. */
export const memoryFolder = (): string | undefined => (existsSync("/dev/shm") && statfsSync("/dev/shm").bavail > 0 ? "/dev/shm" : undefined)
