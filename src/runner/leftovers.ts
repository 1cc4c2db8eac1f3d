import { readdirSync, readFileSync } from "node:fs"

/** What tells the processes of one run from all others: they inherit it, whatever session or group they put themselves into. */
export const RUN_MARK = "SOTTO_RUN"

/** So often at most: one that is ended can have started another meanwhile. */
const ROUNDS = 10

/** Ends by force what still runs with this mark in its environment. Only Linux tells; elsewhere it does nothing. */
export const killLeftovers = (mark: string): void => {
  if (process.platform !== "linux") return
  const entry = `${RUN_MARK}=${mark}`
  for (let round = 0; round < ROUNDS; round++) if (!killAll(entry)) return
}

const killAll = (entry: string): boolean => {
  const pids = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name) && holds(name, entry))
  for (const pid of pids) kill(Number(pid))
  return pids.length > 0
}

/** The environment that it was started with; unreadable is somebody else's, and empty has ended. */
const holds = (pid: string, entry: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(entry)
  } catch {
    return false
  }
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It has ended meanwhile.
  }
}
