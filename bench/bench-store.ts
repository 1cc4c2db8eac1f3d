import Database from "better-sqlite3"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { defineKeys } from "../src/core/key-ring-text.ts"
import { openContext, type OpenedContext, type OpenOptions } from "../src/store/open-context.ts"
import { randomBytes } from "../src/crypto/random.ts"

/** The KEK is known to the bare side too. */
export const KEK = randomBytes(32)
export const NEXT_KEK = randomBytes(32)
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")
export const KEYS = defineKeys({ 1: base64(KEK) })
export const BOTH_KEYS = defineKeys({ 1: base64(KEK), 2: base64(NEXT_KEK) })

export const NAMESPACE = "bench"
export const VALUE = "sk_bench_0123456789abcdefghijklm" // 32 bytes, as API keys are

/** A folder below the system's temporary one; gone after `work`. */
export const withFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), "sotto-bench-"))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const withContext = async <T>(options: Partial<OpenOptions> & { database: string }, work: (opened: OpenedContext) => Promise<T>): Promise<T> => {
  const opened = await openContext({ keys: KEYS, ...options })
  try {
    return await work(opened)
  } finally {
    await opened.close()
  }
}

/** A connection with the settings that Sotto's own have. */
export const openBare = (path: string): Database.Database => {
  const bare = new Database(path)
  for (const pragma of ["trusted_schema = OFF", "temp_store = MEMORY", "cell_size_check = ON", "secure_delete = ON", "synchronous = FULL"])
    bare.pragma(pragma)
  return bare
}

export const nameOf = (i: number): string => `SECRET_${String(i).padStart(7, "0")}`

/** Jumps over all of `count` without a pattern that a cache could use; both sides take the same way. */
export const scattered = (i: number, count: number): number => (i * 7_368_787) % count
