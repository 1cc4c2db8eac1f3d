import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { freshPostgresUrl } from "./database.ts"

/** The engines that every promise of the store is shown on. */
export const ENGINES = ["sqlite memory", "sqlite file", "postgres"] as const
export type EngineName = (typeof ENGINES)[number]

/** A database that nobody else has; gone after the file's tests. */
export const createDatabases = (): ((engine: EngineName) => Promise<string>) => {
  const folders: string[] = []
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))
  return async (engine) => {
    if (engine === "sqlite memory") return "memory:"
    if (engine === "postgres") return freshPostgresUrl()
    const folder = await mkdtemp(join(tmpdir(), "sotto-test-"))
    folders.push(folder)
    return `file:${join(folder, "store.db")}`
  }
}

/** Base64 of 32 bytes of one value. */
export const K = (byte: number): string => Buffer.alloc(32, byte).toString("base64")

/** A clock that stands until it is moved. */
export const createTestClock = (now = 1_700_000_000_000) => {
  let ms = now
  return Object.assign(() => ms, {
    advance: (byMs: number) => {
      ms += byMs
    },
  })
}

export const DAY_MS = 86_400_000
