import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { findCanary, sweepFolder } from "../canary.ts"
import { openSotto, type Sotto } from "./sotto.ts"

/** More of them in a longer campaign. */
const ROUNDS = Number(process.env.SOTTO_KILL_ROUNDS ?? 6)

describe("kill -9", () => {
  let sotto: Sotto
  const canary = `canary-${randomBytes(16).toString("hex")}`
  beforeAll(async () => {
    sotto = await openSotto()
    await sotto.run(["set", "KEPT", "--stdin"], { input: canary })
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`S${i}`, `${canary}-${i}`.repeat(20)]))
    await sotto.run(["import", "-", "--format", "json", "-w", "many"], { input: JSON.stringify(many) })
    await sotto.run(["backup", "whole"])
  }, 60_000)
  afterAll(() => sotto.close())

  interface Round {
    args: (round: number) => string[]
    input?: string
    env?: Record<string, string>
    after?: (round: number) => Promise<void>
  }

  /** Runs a command to its end once, for how long it takes; then kills it somewhere on its way, round after round. */
  const killed = async ({ args, input, env = {}, after }: Round): Promise<void> => {
    const options = { env, ...(input !== undefined && { input }) }
    const begun = performance.now()
    const whole = await sotto.run(args(-1), options)
    expect(whole.code).toBe(0)
    const durationMs = performance.now() - begun
    for (let round = 0; round < ROUNDS; round++) {
      const child = sotto.start(args(round), options)
      const timer = setTimeout(() => child.kill("SIGKILL"), durationMs * (0.2 + (0.8 * (round + Math.random())) / ROUNDS))
      await once(child, "exit")
      clearTimeout(timer)
      await after?.(round)
    }
  }
  const assertUsable = async (env: Record<string, string> = {}): Promise<void> => {
    const examined = await sotto.run(["doctor", "--sample", "2000"], { env })
    expect({ code: examined.code, stdout: examined.stdout }).toEqual({ code: 0, stdout: expect.not.stringContaining("ERROR") })
    expect((await sotto.run(["get", "KEPT"], { env })).stdout).toBe(canary)
    expect((await sotto.run(["set", "NEXT", "--generate"], { env })).code).toBe(0)
  }

  it("during set: the old value or the new one is there", async () => {
    const seen: string[] = []
    await killed({
      args: () => ["set", "A", "--stdin"],
      input: `${canary}-new`,
      after: async () => void seen.push((await sotto.run(["get", "A"])).stdout),
    })
    expect(new Set(seen)).toEqual(new Set([`${canary}-new`]))
    await assertUsable()
  }, 120_000)

  it("during import: all of a file or nothing of it", async () => {
    const secrets = JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`I${i}`, canary])))
    const found: number[] = []
    const listed = async (round: number): Promise<void> => {
      found.push((await sotto.json<unknown[]>(["list", "-w", `import-${round}`])).length)
    }
    await killed({ args: (round) => ["import", "-", "--format", "json", "-w", `import-${round}`], input: secrets, after: listed })
    expect(found.filter((count) => count !== 0 && count !== 300)).toEqual([])
    await assertUsable()
  }, 120_000)

  it("during backup: no file, or a whole one", async () => {
    const codes: number[] = []
    await killed({
      args: (round) => ["backup", `backup-${round}`],
      after: async (round) => {
        const env = { SOTTO_DATABASE_URL: `file:${join(sotto.folder, `from-${round}.db`)}` }
        codes.push((await sotto.run(["restore", `backup-${round}`, "--accept-rollback"], { env })).code ?? -1)
        await sotto.run(["doctor", "--accept-rollback"])
      },
    })
    expect(codes.filter((code) => code !== 0 && code !== 3)).toEqual([])
    await assertUsable()
  }, 120_000)

  it("during restore: it can be run again, into what is there", async () => {
    const database = (round: number) => ({ SOTTO_DATABASE_URL: `file:${join(sotto.folder, `to-${round}.db`)}` })
    for (let round = 0; round < ROUNDS; round++) {
      const child = sotto.start(["restore", "whole", "--accept-rollback"], { env: database(round) })
      const timer = setTimeout(() => child.kill("SIGKILL"), 60 + 400 * Math.random())
      await once(child, "exit")
      clearTimeout(timer)
      const again = await sotto.run(["restore", "whole", "--accept-rollback"], { env: database(round) })
      expect([0, 5]).toContain(again.code)
      await sotto.run(["doctor", "--accept-rollback"], { env: database(round) })
      await assertUsable(database(round))
      await rm(join(sotto.folder, `to-${round}.db`), { force: true })
    }
    await sotto.run(["doctor", "--accept-rollback"])
    await assertUsable()
  }, 120_000)

  it("leaves no value in any file", async () => {
    await writeFile(join(sotto.folder, "probe"), "nothing")
    const swept = await sweepFolder(sotto.folder, canary)
    expect(swept.files).toBeGreaterThan(5)
    expect(swept.found).toEqual([])
    expect(findCanary(Buffer.from(canary), canary, "probe")).not.toEqual([])
  })
})
