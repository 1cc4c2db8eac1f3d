import { randomUUID } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { setTimeout } from "node:timers/promises"

/** A command's descendants have it in their environment, also those that left its process group. */
export const COMMAND_MARK = "SOTTO_COMMAND"

export const newCommandMark = (): string => randomUUID()

/** One that was ended may have started another while it was looked for; one that the kernel holds cannot be waited for. */
const ROUNDS = 200
const PAUSE_MS = 1

/** Ends by force whatever bears the mark, until nothing does. Finds nothing where there is no /proc. @returns how many there were */
export const killMarked = async (mark: string): Promise<number> => {
  const killed = new Set<number>()
  for (let round = 0; round < ROUNDS; round++) {
    const alive = findMarked(mark)
    if (alive.length === 0) break
    for (const pid of alive) {
      killed.add(pid)
      kill(pid)
    }
    await setTimeout(PAUSE_MS)
  }
  return killed.size
}

const findMarked = (mark: string): number[] => {
  const entry = `\0${COMMAND_MARK}=${mark}\0`
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
