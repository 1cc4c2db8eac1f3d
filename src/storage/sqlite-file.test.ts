import Database from "better-sqlite3"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmod, mkdir, mkdtemp, open, readdir, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { eventRow, secretRow, tokenRow, versionRow } from "../../test/storage-rows.ts"
import type { Storage } from "../core/ports/storage.ts"
import { openSqlite } from "./sqlite.ts"
import { SqliteConnection } from "./sqlite-connection.ts"
import { SqliteStorage } from "./sqlite-storage.ts"

const CHILD = join(import.meta.dirname, "../../test/faults/storage-child.ts")

const state: { folder: string; opened: Storage[] } = { folder: "", opened: [] }

beforeEach(async () => {
  state.folder = await mkdtemp(join(tmpdir(), "sotto-sqlite-"))
})

afterEach(async () => {
  await Promise.all(state.opened.splice(0).map((storage) => storage.close()))
  await rm(state.folder, { recursive: true, force: true })
})

const inFolder = (name = "store.db"): string => join(state.folder, name)

const openIt = async (path = inFolder(), busyTimeoutMs = 10_000): Promise<Storage> => {
  const storage = await openSqlite({ path, busyTimeoutMs })
  state.opened.push(storage)
  return storage
}

const addEvent = (storage: Storage, type = "a"): Promise<unknown> =>
  storage.write((tx) => tx.one("appendEvent", eventRow({ type })))

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

const integrityOf = (path: string): unknown => {
  const database = new Database(path)
  const answer: unknown = database.pragma("integrity_check", { simple: true })
  database.close()
  return answer
}

describe("the file of a SQLite database", () => {
  it("is its owner's alone, with its companions and in a folder that is the owner's alone", async () => {
    const storage = await openIt(inFolder("new/deep/store.db"))
    await addEvent(storage)
    const names = await readdir(inFolder("new/deep"))
    expect(names.toSorted()).toEqual(["store.db", "store.db-shm", "store.db-wal"])
    expect(await Promise.all(names.map((name) => modeOf(inFolder(`new/deep/${name}`))))).toEqual(["600", "600", "600"])
    expect(await Promise.all(["new", "new/deep"].map((name) => modeOf(inFolder(name))))).toEqual(["700", "700"])
  })

  it("keeps the permissions that its owner gave it", async () => {
    await mkdir(inFolder("shared"), { mode: 0o750 })
    await writeFile(inFolder("shared/store.db"), "", { mode: 0o640 })
    await chmod(inFolder("shared/store.db"), 0o640)
    await addEvent(await openIt(inFolder("shared/store.db")))
    expect(await Promise.all(["shared", "shared/store.db", "shared/store.db-wal"].map((name) => modeOf(inFolder(name))))).toEqual(
      ["750", "640", "640"],
    )
  })

  it("commits durably: the log is written ahead and synced with each commit", async () => {
    await openIt()
    const connection = new SqliteConnection(new Database(inFolder()))
    const pragmas = ["journal_mode", "synchronous", "secure_delete", "trusted_schema", "temp_store"]
    expect(pragmas.map((pragma) => connection.value(`PRAGMA ${pragma}`))).toEqual(["wal", 2, 1, 0, 2])
    connection.close()
  })

  it("that is no database is refused, and so is a damaged one", async () => {
    await writeFile(inFolder("text.db"), "This is a letter, not a database. ".repeat(200))
    await expect(openIt(inFolder("text.db"))).rejects.toMatchObject({
      code: "storage_unavailable",
      details: { databaseCode: "SQLITE_NOTADB" },
    })
    await (await openIt()).close()
    const file = await open(inFolder(), "r+")
    await file.write(Buffer.alloc(8_192, 7), 0, 8_192, 4_096)
    await file.close()
    const failing = openIt().then((storage) => storage.all("listTokens", {}))
    await expect(failing).rejects.toMatchObject({ code: "storage_unavailable" })
  })

  it("that cannot be made is refused by its kind, not by a path", async () => {
    await writeFile(inFolder("file"), "")
    const failing = openIt(inFolder("file/store.db"))
    await expect(failing).rejects.toMatchObject({
      code: "storage_unavailable",
      message: expect.not.stringContaining(state.folder) as string,
    })
  })

  it("says nothing in its errors of what a statement carried", async () => {
    const storage = await openIt()
    const failing = storage.write(async (tx) => {
      for (let i = 0; i < 2; i += 1) await tx.run("insertToken", tokenRow("canary-id", { name: "canary-name" }))
    })
    const error = (await failing.catch((thrown: unknown) => thrown)) as Error
    expect(error).toMatchObject({ code: "already_exists", cause: { message: "SQLITE_CONSTRAINT_PRIMARYKEY" } })
    expect(`${error.stack ?? ""}${JSON.stringify(error)}${String((error.cause as Error).stack)}`).not.toContain("canary")
  })
})

describe("a SQLite file that is busy", () => {
  it("is waited for beside the event loop, not on it", async () => {
    const storage = await openIt()
    const other = new Database(inFolder())
    other.exec("BEGIN IMMEDIATE")
    const order: string[] = []
    const writing = addEvent(storage).then(() => order.push("written"))
    await new Promise((resolve) => setTimeout(resolve, 1))
    order.push("another turn")
    expect(await storage.one("countSecrets", {})).toEqual({ count: 0 })
    other.exec("COMMIT")
    await writing
    expect(order).toEqual(["another turn", "written"])
    other.close()
  })

  it("is given up after the time that was set, and then serves again", async () => {
    const storage = await openIt(inFolder(), 20)
    const other = new Database(inFolder())
    other.exec("BEGIN IMMEDIATE")
    await expect(addEvent(storage)).rejects.toMatchObject({
      code: "storage_unavailable",
      details: { databaseCode: "SQLITE_BUSY" },
    })
    other.exec("ROLLBACK")
    other.close()
    await expect(addEvent(storage)).resolves.toEqual({ seq: 1 })
  })

  it("lets writers in by the order in which they asked", async () => {
    const storage = await openIt()
    const order: number[] = []
    const writers = Array.from({ length: 20 }, (_, i) => storage.write(async () => void order.push(i)))
    await Promise.all(writers)
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  it("lets timers and requests in between many writes", async () => {
    const storage = await openIt()
    const writers = Array.from({ length: 400 }, () =>
      storage.write((tx) =>
        tx.runMany(
          "appendEvent",
          Array.from({ length: 20 }, () => eventRow()),
        ),
      ),
    )
    let isDone = false
    const all = Promise.all(writers).then(() => (isDone = true))
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    expect(isDone).toBe(false)
    await all
  })
})

describe("a SQLite file without room", () => {
  const openSmall = (pages: number): Storage => {
    const connect = (): SqliteConnection => new SqliteConnection(new Database(inFolder(), { timeout: 0 }))
    const writer = connect()
    writer.execute(`PRAGMA max_page_count = ${pages}`)
    const storage = new SqliteStorage({ writer, openReader: connect, openSnapshot: connect }, 100)
    state.opened.push(storage)
    return storage
  }

  it("refuses what does not fit, keeps what was committed, and goes on when there is room", async () => {
    await (await openIt()).close()
    const storage = openSmall(100)
    const put = (i: number): Promise<unknown> =>
      storage.write(async (tx) => {
        await tx.run("insertSecret", secretRow(`s${i}`))
        await tx.run("insertVersion", versionRow(secretRow(`s${i}`), { sealed: new Uint8Array(60_000) }))
      })
    let committed = 0
    const filling = (async () => {
      for (; ; committed += 1) await put(committed)
    })()
    await expect(filling).rejects.toMatchObject({ code: "storage_unavailable", details: { databaseCode: "SQLITE_FULL" } })
    expect(committed).toBeGreaterThan(0)
    expect(await storage.one("countSecrets", {})).toEqual({ count: committed })
    await storage.write((tx) => tx.run("deleteVersions", { secretId: secretRow("s0").id }))
    await expect(put(committed)).resolves.toBeUndefined()
    await storage.close()
    expect(integrityOf(inFolder())).toBe("ok")
  })
})

describe("processes that share a SQLite file", () => {
  const startChild = (...args: string[]) => {
    const child = spawn(process.execPath, [CHILD, `file:${inFolder()}`, ...args], { stdio: ["ignore", "pipe", "inherit"] })
    return { child, lines: createInterface(child.stdout) }
  }

  it("write beside each other and lose nothing, and each hears of the other's events", async () => {
    const storage = await openIt()
    const heard: string[] = []
    storage.watch((events) => heard.push(...events.map(({ type }) => type)))
    const children = ["one", "two"].map((name) => startChild(name, "60").child)
    const exits = children.map((child) => once(child, "exit"))
    for (let i = 0; i < 60; i += 1) await addEvent(storage, "own")
    expect((await Promise.all(exits)).map(([code]) => code as unknown)).toEqual([0, 0])
    expect(await storage.one("countSecrets", {})).toEqual({ count: 120 })
    const events = await storage.all("listEventsAfter", { seq: 0, limit: 1_000 })
    await addEvent(storage, "last")
    expect(heard).toEqual([...events.map(({ type }) => type), "last"])
    expect(events).toHaveLength(180)
  })

  it("may be killed inside a transaction: what was acknowledged is there, the rest is not", async () => {
    const { child, lines } = startChild("child", "25", "hold")
    const acknowledged: string[] = []
    for await (const line of lines) {
      if (line === "holding") break
      acknowledged.push(line)
    }
    child.kill("SIGKILL")
    await once(child, "exit")
    expect(integrityOf(inFolder())).toBe("ok")
    const storage = await openIt()
    expect(acknowledged).toHaveLength(25)
    expect(await storage.one("countSecrets", {})).toEqual({ count: 25 })
    expect(await storage.all("listEventsAfter", { seq: 0, limit: 100 })).toHaveLength(25)
    await expect(addEvent(storage)).resolves.toEqual({ seq: 26 })
  })

  it("lose nothing that they acknowledged when they are killed at a random moment", async () => {
    for (let round = 0; round < 3; round += 1) {
      const { child, lines } = startChild(`round ${round}`, "100000")
      let acknowledged = 0
      const enough = 5 + Math.floor(Math.random() * 40)
      for await (const _ of lines) {
        acknowledged += 1
        if (acknowledged === enough) child.kill("SIGKILL")
      }
      expect(integrityOf(inFolder())).toBe("ok")
      const storage = await openIt()
      const events = await storage.all("listEventsAfter", { seq: 0, limit: 100_000 })
      const kept = events.filter(({ type }) => type === `round ${round}`).length
      expect(kept).toBeGreaterThanOrEqual(acknowledged)
      expect((await storage.one("countSecrets", {}))?.count).toBe(events.length)
      await storage.close()
    }
  })
})
