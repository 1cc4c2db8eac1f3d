import { readFileSync, readlinkSync } from "node:fs"

/** Who made a folder of secrets, told so exactly that another process of the same number is not taken for it. */
export interface Owner {
  /** Of this start of the machine; null where the system does not say. */
  bootId: string | null
  /** Numbers of processes mean something inside one of these only. */
  pidNamespace: string | null
  pid: number
  /** Ticks since the start of the machine. */
  startTime: string | null
}

const orNull = <T>(read: () => T): T | null => {
  try {
    return read()
  } catch {
    return null
  }
}

/** proc(5), /proc/pid/stat: field 22. The second field may hold spaces and parentheses, so fields count from the last one. */
const startTimeOf = (pid: number | "self"): string | null =>
  orNull(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null
  })

const bootId = (): string | null => orNull(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim())
const pidNamespace = (): string | null => orNull(() => readlinkSync("/proc/self/ns/pid"))

export const thisProcess = (): Owner => ({ bootId: bootId(), pidNamespace: pidNamespace(), pid: process.pid, startTime: startTimeOf("self") })

/** False wherever there is a doubt: what is left a little longer does less harm than what is taken from somebody who uses it. */
export const isSurelyGone = (owner: Owner): boolean => {
  if (owner.bootId !== null && bootId() !== null && owner.bootId !== bootId()) return true
  if (owner.pidNamespace !== pidNamespace()) return false
  if (!isRunning(owner.pid)) return true
  const startTime = startTimeOf(owner.pid)
  return startTime !== null && owner.startTime !== null && startTime !== owner.startTime
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"
  }
}

/** null for text that a process of ours did not write. */
export const parseOwner = (text: string): Owner | null => {
  const value = orNull(() => JSON.parse(text) as Partial<Owner> | null)
  const isText = (field: unknown): boolean => field === null || typeof field === "string"
  const isOwner = value !== null && Number.isSafeInteger(value.pid) && (value.pid as number) > 0 && isText(value.bootId) && isText(value.pidNamespace) && isText(value.startTime)
  return isOwner ? (value as Owner) : null
}
