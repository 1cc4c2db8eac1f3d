import { randomUUID } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"

/** A command's descendants have it in their environment, also those that left its process group. */
export const RUN_MARK = "SOTTO_RUN"

export const newRunMark = (): string => randomUUID()

/** A process may have started another one while it was looked for. */
const ROUNDS = 5

/** Ends by force whatever bears the mark. Finds nothing where there is no /proc. @returns how many were found */
export const killMarked = (mark: string): number => {
  const killed = new Set<number>()
  for (let round = 0; round < ROUNDS; round++) {
    const alive = findMarked(mark)
    if (alive.length === 0) break
    for (const pid of alive) {
      killed.add(pid)
      kill(pid)
    }
  }
  return killed.size
}

const findMarked = (mark: string): number[] => {
  const entry = `\0${RUN_MARK}=${mark}\0`
  return pids().filter((pid) => `\0${environOf(pid)}`.includes(entry))
}

const pids = (): number[] => {
  try {
    return readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)).map(Number)
  } catch {
    return []
  }
}

/** Empty for one that has ended, and for another user's. */
const environOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1")
  } catch {
    return ""
  }
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It has ended meanwhile.
  }
}
