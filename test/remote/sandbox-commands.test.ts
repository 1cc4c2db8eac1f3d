import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { findEnvironment } from "../../src/core/environments/environment-row.ts"
import { runInSandbox } from "../../src/core/environments/run-in-sandbox.ts"
import type { CommandEnd } from "../../src/core/ports/command-runner.ts"
import { openEnrolled, openTestStore, type SandboxOptions, type TestSandbox, type TestStore } from "./open-sandbox.ts"

const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"
const NEXT = "sk_live_NEXT_0c77ab1f42de9930"

describe("a command in a sandbox", () => {
  let here: TestStore
  let one: TestSandbox

  const open = async (target: NonNullable<SandboxOptions["target"]> = {}): Promise<void> => {
    one = await openEnrolled(here, { target })
    await here.set({ A_KEY: CANARY, OTHER: `${CANARY}-of-another` })
    await here.sync()
  }
  beforeEach(async () => {
    here = await openTestStore()
  })
  afterEach(async () => {
    await one.close()
    await here.close()
  })

  const run = async (script: string): Promise<CommandEnd> =>
    runInSandbox(here.alice, await findEnvironment(here.alice, "default", "sandbox"), {
      command: ["/bin/sh", "-c", script], variables: { A_KEY: "A_KEY" }, cwd: null, stdin: null, network: "host", timeoutMs: 20_000, maxBytes: 100_000,
    })

  it.each(["file", "block", "folder"] as const)("agents 43: shows neither what was delivered nor what is delivered while it runs, in mode %s", async (mode) => {
    await open({ mode, mayBeOnDisk: true })
    const place = join(one.folder, "app")
    const running = run(`touch ${place}/started; until test -e ${place}/go; do sleep 0.05; done; grep -ra . ${place} | grep -v started; echo $A_KEY`)
    await expect.poll(() => readFileSync(join(place, "started"), "utf8"), { timeout: 5_000 }).toBe("")
    await here.set({ A_KEY: `${NEXT}-first` })
    await here.sync()
    await here.set({ A_KEY: NEXT, OTHER: `${NEXT}-of-another` })
    await here.sync()
    const { writeFileSync } = await import("node:fs")
    writeFileSync(join(place, "go"), "")
    const { stdout, exitCode } = await running
    expect(exitCode).toBe(0)
    expect(stdout).toContain("[REDACTED:SECRET_OTHER]")
    for (const value of [CANARY, NEXT]) expect(stdout).not.toContain(value)
  })
})
