import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the keeper of the test database listens; `test/database.ts` asks it. */
    databaseKeeper: string
  }
}

/** Global set-up: one keeper per run, which starts a real PostgreSQL when the first test asks, and removes it however the run ends. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const keeper = spawn(process.execPath, [join(import.meta.dirname, "postgres-keeper.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  })
  const [address] = (await once(createInterface(keeper.stdout), "line")) as [string]
  project.provide("databaseKeeper", address)
  return async () => {
    keeper.stdin.end()
    if (keeper.exitCode === null) await once(keeper, "exit")
  }
}
