import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, it } from "vitest"
import { freshPostgresUrl } from "../../test/database.ts"
import { openStorage } from "./open-storage.ts"

const inFolder = async (work: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "sotto-open-"))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe("the text that names a database", () => {
  it("chooses the engine", async () => {
    for (const [database, engine] of [
      ["memory:", "sqlite"],
      [await freshPostgresUrl(), "postgres"],
    ] as const) {
      const storage = await openStorage({ database })
      expect(storage.engine).toBe(engine)
      await storage.close()
    }
  })

  it("is file: and a path, taken literally, or a file URL", async () => {
    await inFolder(async (folder) => {
      for (const database of [`file:${folder}/a b%20c.db`, pathToFileURL(join(folder, "d e.db")).href])
        await (await openStorage({ database })).close()
      expect((await readdir(folder)).filter((name) => name.endsWith(".db")).toSorted()).toEqual(["a b%20c.db", "d e.db"])
    })
  })

  it.each([
    "",
    "sotto.db",
    "/var/lib/sotto.db",
    "file:",
    "file://host/path",
    "file:///a?mode=ro",
    "file:///%00",
    "file:a\0b",
    "sqlite:x",
    "memory",
    "postgres:canary",
    "mysql://root:canary@localhost/db",
    "https://canary@localhost",
  ])("is refused where it names none, and not repeated: %j", async (database) => {
    const error = (await openStorage({ database }).catch((thrown: unknown) => thrown)) as Error
    expect(error).toMatchObject({ code: "invalid_argument" })
    expect(`${error.message}${error.stack ?? ""}${JSON.stringify(error)}`).not.toContain("canary")
  })

  it("is refused where it is no text", async () => {
    await expect(openStorage({ database: 5 as unknown as string })).rejects.toMatchObject({ code: "invalid_argument" })
  })
})
