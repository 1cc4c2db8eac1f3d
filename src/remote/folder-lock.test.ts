import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { lockFolder } from "./folder-lock.ts"

const folders: string[] = []
const freshFolder = (): string => {
  folders.push(mkdtempSync(join(tmpdir(), "sotto-lock-")))
  return folders.at(-1) as string
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const HOLDER = `import { lockFolder } from ${JSON.stringify(new URL("./folder-lock.ts", import.meta.url).href)}
try { await lockFolder(process.argv[1]); console.log("held"); setInterval(() => {}, 1000) } catch (error) { console.log(error.code) }`

/** Another process that takes the folder, and what it says. */
const hold = async (folder: string): Promise<{ said: string; kill(): Promise<void> }> => {
  const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "-e", HOLDER, folder], { stdio: ["ignore", "pipe", "inherit"] })
  const ended = once(child, "exit")
  const [said] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string]
  return {
    said: said.trim(),
    kill: async () => {
      child.kill("SIGKILL")
      await ended
    },
  }
}

describe("the lock of a folder", () => {
  it("keeps a second one out, of this process or another, until it is released", async () => {
    const folder = freshFolder()
    const lock = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: "already_exists", help: expect.stringMatching(/\w/) as string })
    const other = await hold(folder)
    expect(other.said).toBe("already_exists")
    await other.kill()
    lock.release()
    lock.release()
    const again = await lockFolder(folder)
    again.release()
    expect(readdirSync(folder)).toEqual([])
  })

  it("is nobody's once its process was killed with -9", async () => {
    const folder = freshFolder()
    const other = await hold(folder)
    expect(other.said).toBe("held")
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: "already_exists" })
    await other.kill()
    expect(readdirSync(folder)).toHaveLength(1)
    const lock = await lockFolder(folder)
    expect(readdirSync(folder)).toHaveLength(1)
    lock.release()
  })

  it("is never held by two, however many start in one moment", async () => {
    const folder = freshFolder()
    const held = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)))
    const locks = held.filter((each) => each.status === "fulfilled")
    expect(locks.length).toBeLessThanOrEqual(1)
    for (const lock of locks) lock.value.release()
    const lock = await lockFolder(folder)
    lock.release()
  })

  it("says where the path is too long for a socket", async () => {
    await expect(lockFolder(join(tmpdir(), "x".repeat(90)))).rejects.toMatchObject({ code: "invalid_argument", help: "Choose one of at most 80 bytes." })
  })
})
