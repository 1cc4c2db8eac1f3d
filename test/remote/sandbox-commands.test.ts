import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { findEnvironment } from "../../src/core/environments/environment-row.ts"
import { removeEnvironment } from "../../src/core/environments/manage-environments.ts"
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

  it("is run once, whatever the sandbox's clock does", async () => {
    await open()
    const said = (): unknown => here.wire.calls.filter(({ body }) => (body as { kind?: string } | undefined)?.kind === "command").at(-1)?.body
    const post = async (statement: unknown): Promise<number> => {
      const response = await fetch(`${one.address}/v1/messages`, { method: "POST", headers: { connection: "close" }, body: JSON.stringify(statement) })
      await response.text()
      return response.status
    }
    await run(`echo once >> ${one.folder}/ran`)
    const first = said()
    expect(await post(first)).toBe(401)
    here.store.clock.now += 360_000
    await run("true")
    here.store.clock.now -= 360_000
    expect(await post(first)).toBe(401)
    expect(readFileSync(`${one.folder}/ran`, "utf8")).toBe("once\n")
  })

  it("is not run where the environment is to go", async () => {
    await open()
    await removeEnvironment(here.alice, { name: "sandbox" })
    await expect(run("true")).rejects.toMatchObject({ code: "not_found" })
  })
})
