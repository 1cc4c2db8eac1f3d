import { execFileSync } from "node:child_process"
import { chownSync, existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it, onTestFinished } from "vitest"
import { NEW, OLD, othersAlone, withOthers, type CrashMode } from "./applier-crash.ts"

interface Step {
  step: string
  code: string
  details?: { errno: string; path: string }
  help?: string
  message?: string
  whole?: string
  reads: Record<string, string> | null
  names: string[]
  generation: number
  isWiped: boolean
}

const child = fileURLToPath(new URL("./applier-disk-child.ts", import.meta.url))
const isRoot = process.geteuid?.() === 0
const NOBODY = 65534

const isPossible = (command: string): boolean => {
  try {
    execFileSync("/bin/sh", ["-c", command], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}
/** A user namespace will not do: in it the folders of the real root are nobody's, and so not safe. */
const canMount = isRoot && isPossible("unshare -m mount -t tmpfs tmpfs /mnt")

const freshFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-disk-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface Order {
  mode: CrashMode
  fault: string
  folder?: string
  freePages?: number
  /** A shell line that ends by becoming the child. */
  shell: (exec: string, folder: string) => string
  uid?: number
}

const play = ({ mode, fault, folder = freshFolder(), freePages = 0, shell, uid }: Order): Step[] => {
  const env = { ...process.env, DISK_FOLDER: folder, DISK_MODE: mode, DISK_FAULT: fault, DISK_FREE_PAGES: String(freePages), ...(uid === undefined ? {} : { DISK_UID: String(uid) }) }
  const exec = `exec '${process.execPath}' --no-warnings '${child}'`
  const printed = execFileSync("/bin/sh", ["-c", shell(exec, folder)], { env, encoding: "utf8" })
  return JSON.parse(printed) as Step[]
}

const onSmallDisk = (exec: string, folder: string): string => `unshare -m sh -c "mount -t tmpfs -o size=128k,mode=700 tmpfs '${folder}' && ${exec}"`

const namesWith = (mode: CrashMode, keys: string[]): string[] => {
  const target = mode === "folder" ? ["app/env", "app/env/.sotto-ID", "app/env/.sotto-ID/env", "app/env/.sotto-ID/secrets", ...keys.map((key) => `app/env/.sotto-ID/secrets/${key}`), "app/env/current", "app/env/env", "app/env/secrets"] : ["app/env"]
  return ["app", ...target, "state", "state/state.json"]
}

const withoutNext = (names: string[]): string[] => names.filter((name) => name !== "state/state.json.new")

/** The old stands as it stood, and the error names the fault, the path and the next step, and no value. */
const expectRefused = (mode: CrashMode, step: Step | undefined, errno: string): void => {
  expect(step).toMatchObject({ code: "file_not_written", details: { errno }, reads: withOthers(mode, OLD), generation: 1, help: expect.stringMatching(/\w/) as string })
  expect(step?.message).toContain(errno)
  expect(step?.whole).not.toContain("canary")
  expect(withoutNext(step?.names ?? [])).toEqual(namesWith(mode, ["A", "GONE"]))
}

const expectDelivered = (mode: CrashMode, step: Step | undefined): void => {
  expect(step).toMatchObject({ code: "done", reads: withOthers(mode, NEW), generation: 2 })
  expect(step?.names).toEqual(namesWith(mode, ["A", "PEM"]))
}

const MODES = ["file", "block", "folder"] as const

// Only root may mount a small disk: elsewhere the same way is gone with a limit on the length of a file, below.
describe.skipIf(!canMount).each(MODES)("a daemon in mode %s", (mode) => {
  it("on a full disk keeps the old, leaves nothing beside it, can still wipe, and goes on once there is room", () => {
    const [old, failed, wiped, wipedAgain, recovered, again] = play({ mode, fault: "full", shell: onSmallDisk })
    expect(old).toMatchObject({ code: "done", reads: withOthers(mode, OLD) })
    expectRefused(mode, failed, "ENOSPC")
    // Other lines stay, and so does their page: there is no room to note that it is done, only to do it.
    expect(wiped).toMatchObject({ code: mode === "block" ? "file_not_written" : "done", reads: othersAlone(mode) })
    expect(wipedAgain).toMatchObject({ code: "done", reads: othersAlone(mode), isWiped: true })
    expect(recovered?.code).toBe("done")
    expectDelivered(mode, again)
  })

  it.each([1, 2, 3, 5])("with room for %i pages has the old or the new, whole", (freePages) => {
    const [, tried, , , , again] = play({ mode, fault: "full", freePages, shell: onSmallDisk })
    const isDone = tried?.code === "done"
    expect(tried).toMatchObject(isDone ? { reads: withOthers(mode, NEW), generation: 2 } : { code: "file_not_written", details: { errno: "ENOSPC" }, reads: withOthers(mode, OLD), generation: 1 })
    expect(withoutNext(tried?.names ?? [])).toEqual(namesWith(mode, ["A", isDone ? "PEM" : "GONE"]))
    expectDelivered(mode, again)
  })

  it("on a disk that is mounted for reading only keeps the old", () => {
    const [, failed, recovered, again] = play({ mode, fault: "readOnly", shell: onSmallDisk })
    expectRefused(mode, failed, "EROFS")
    expect(recovered?.code).toBe("done")
    expectDelivered(mode, again)
  })
})

describe.each(MODES)("a daemon in mode %s, as any user", (mode) => {
  it.skipIf(!existsSync("/bin/sh"))("that may write no long file keeps the old, and leaves nothing beside it", () => {
    // Of 512 or 1024 bytes each, by the shell.
    const [old, failed, , again] = play({ mode, fault: "tooLong", shell: (exec) => `ulimit -f 16; ${exec}` })
    expect(old).toMatchObject({ code: "done", reads: withOthers(mode, OLD) })
    expectRefused(mode, failed, "EFBIG")
    expectDelivered(mode, again)
  })

  // A folder is made anew by its owner, who gives himself the permission back.
  it.skipIf(mode === "folder")("that may not write to the folder any more keeps the old", () => {
    const folder = freshFolder()
    if (isRoot) chownSync(folder, NOBODY, NOBODY)
    const [old, failed, , again] = play({ mode, fault: "forbidden", folder, shell: (exec) => exec, ...(isRoot ? { uid: NOBODY } : {}) })
    expect(old).toMatchObject({ code: "done", reads: withOthers(mode, OLD) })
    expectRefused(mode, failed, "EACCES")
    expectDelivered(mode, again)
  })
})
