import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { describe, expect, it } from "vitest"
import { defineKeys, openStore, type SecretStore } from "../../src/store/index.ts"
import { createDatabases, K } from "../engines.ts"

/** `npm run test:kill` plays many more rounds than the few that every run plays. */
const ROUNDS = Number(process.env.SOTTO_KILL_ROUNDS ?? 6)
const freshDatabase = createDatabases()
const child = new URL("./kill-child.ts", import.meta.url).pathname

const ringUpTo = (version: number, from = 1): string =>
  defineKeys(Object.fromEntries(Array.from({ length: version - from + 1 }, (_, i) => [from + i, K((from + i) % 250 || 250)])))

interface Round {
  database: string
  keys: string
  task: "write" | "rotate" | "reencrypt"
  from: number
  /** From the first acknowledgement on. */
  killAfterMs: number
}

/** Runs the child, kills it with -9 at its moment, and tells what it had acknowledged. */
const runAndKill = async ({ database, keys, task, from, killAfterMs }: Round): Promise<number[]> => {
  const env = { ...process.env, KILL_DATABASE: database, KILL_KEYS: keys, KILL_TASK: task, KILL_FROM: String(from) }
  const victim = spawn(process.execPath, ["--no-warnings", child], { env, stdio: ["ignore", "pipe", "inherit"] })
  const ended = once(victim, "exit")
  const acknowledged: number[] = []
  let killing: NodeJS.Timeout | undefined
  for await (const line of createInterface({ input: victim.stdout })) {
    killing ??= setTimeout(() => victim.kill("SIGKILL"), killAfterMs)
    if (line !== "ready") acknowledged.push(Number(line))
  }
  await ended
  clearTimeout(killing)
  return acknowledged
}

/** The last acknowledged write of each name, or a later one that was under way when the process died. */
const expectKept = async (store: SecretStore, written: ReadonlyMap<string, number>): Promise<void> => {
  for (const [name, i] of written) {
    const found = await store.getOrThrow({ name })
    const kept = Number(found.value.replace("value ", ""))
    expect(kept).toBeGreaterThanOrEqual(i)
    expect(found.metadata).toEqual({ i: kept })
  }
}

/** Every version has its event and every event its version: nothing half is there. */
const expectWhole = async (store: SecretStore): Promise<void> => {
  const { page } = await store.list({ paginationOpts: { numItems: 100, cursor: null } })
  for (const { name, version } of page) {
    const events = await store.listEvents({ name, paginationOpts: { numItems: 1000, cursor: null } })
    const writes = events.page.filter((event) => event.type === "created" || event.type === "updated")
    expect(writes.map((event) => event.version).toSorted((a = 0, b = 0) => a - b)).toEqual(Array.from({ length: version }, (_, i) => i + 1))
  }
}

describe.each(["sqlite file", "postgres"] as const)("kill -9 on %s", (engine) => {
  it(
    `in ${ROUNDS} rounds loses no acknowledged write, and rotation ends all the same`,
    async () => {
      const database = await freshDatabase(engine)
      const written = new Map<string, number>()
      let keyVersion = 1
      let from = 0
      for (let round = 0; round < ROUNDS; round++) {
        const task = round % 6 === 5 ? "reencrypt" : round % 2 === 0 ? "write" : "rotate"
        if (task === "rotate") keyVersion++
        const keys = ringUpTo(keyVersion, Math.max(1, keyVersion - 2))
        const killAfterMs = Math.random() * (task === "write" ? 150 : 40)
        for (const i of await runAndKill({ database, keys, task, from, killAfterMs })) {
          written.set(`k${i % 40}`, i)
          from = i + 1
        }
        from++ // one may have been committed without its acknowledgement
        const store = await openStore({ database, keys })
        await expectKept(store, written)
        const finished = { skipped: 0, remaining: 0, isDone: true }
        expect(round % 3 === 2 || round === ROUNDS - 1 ? await store.rotate() : finished).toMatchObject(finished)
        await store.close()
      }
      const store = await openStore({ database, keys: ringUpTo(keyVersion, keyVersion) })
      expect(await store.isRotationComplete()).toBe(true)
      await expectKept(store, written)
      await expectWhole(store)
      await store.close()
    },
    60_000 + ROUNDS * 10_000,
  )
})
