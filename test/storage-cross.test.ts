import { afterEach, describe, expect, it } from "vitest"
import { isSecretError } from "../src/base/errors.ts"
import type { Storage } from "../src/core/ports/storage.ts"
import { openStorage } from "../src/storage/open-storage.ts"
import { createDatabases } from "./engines.ts"
import { createFailingStorage } from "./failing-storage.ts"
import { answerOf, createOperations, createRandom, type Operation } from "./storage-operations.ts"
import { plain } from "./storage-rows.ts"

const OPERATIONS = 1_000
const SEED = Number(process.env["SOTTO_TEST_SEED"] ?? Date.now() % 1_000_000)

const opened: Storage[] = []
const databaseOf = createDatabases()

afterEach(() => Promise.all(opened.splice(0).map((storage) => storage.close())))

const openBoth = (): Promise<[Storage, Storage]> =>
  Promise.all(
    (["sqlite file", "postgres"] as const).map(async (engine) => {
      const storage = await openStorage({ database: await databaseOf(engine) })
      opened.push(storage)
      return storage
    }),
  ) as Promise<[Storage, Storage]>

const transactions = (random: () => number): Operation[][] => {
  const draw = createOperations(random)
  const drawn: Operation[][] = []
  for (let left = OPERATIONS; left > 0; left -= drawn.at(-1)?.length ?? 1) {
    drawn.push(Array.from({ length: Math.min(left, 1 + Math.floor(random() * 4)) }, draw))
  }
  return drawn
}

/** What came of a transaction: its statements with their answers, or how it failed. */
const outcomeOf = async (storage: Storage, operations: readonly Operation[]): Promise<unknown> => {
  try {
    return await storage.write(async (tx) => {
      const answers: unknown[] = []
      for (const operation of operations) answers.push({ [operation.name]: await answerOf(tx, operation) })
      return answers
    })
  } catch (error) {
    if (!isSecretError(error)) throw error
    return { statements: operations.map(({ name }) => name), code: error.code, point: error.details["point"] }
  }
}

/** Everything that the database holds. */
const stateOf = async (storage: Storage): Promise<unknown> => {
  const limit = 10_000
  const [events, ...rest] = await Promise.all([
    storage.all("listEventsAfter", { seq: 0, limit }),
    storage.all("dumpSecrets", { afterId: new Uint8Array(0), limit }),
    storage.all("dumpVersions", { afterSecretId: new Uint8Array(0), afterNumber: 0, limit }),
    storage.all("listTokens", {}),
    storage.all("listWorkspaces", {}),
    storage.all("listSessions", {}),
    storage.all("listLinks", {}),
  ])
  return plain([events.map((event) => ({ ...event, seq: 0 })), ...rest])
}

const has = (outcome: unknown, point: string): boolean => (outcome as { point?: string }).point === point

describe(`random statements (SOTTO_TEST_SEED=${SEED})`, () => {
  it("get equal answers from SQLite and PostgreSQL", async () => {
    const [sqlite, postgres] = await openBoth()
    const outcomes: unknown[] = []
    for (const operations of transactions(createRandom(SEED))) {
      const outcome = await outcomeOf(sqlite, operations)
      expect(await outcomeOf(postgres, operations)).toEqual(outcome)
      outcomes.push(outcome)
    }
    expect(await stateOf(postgres)).toEqual(await stateOf(sqlite))
    expect(outcomes.filter(Array.isArray).length).toBeGreaterThan(200)
  })

  it("get equal answers also where transactions break, and a broken one leaves nothing", async () => {
    const [sqlite, postgres] = await openBoth()
    const [failingSqlite, failingPostgres] = [sqlite, postgres].map((storage) =>
      createFailingStorage(storage, createRandom(SEED + 1), 0.4),
    )
    let [before, broken, unheard] = [await stateOf(sqlite), 0, 0]
    for (const operations of transactions(createRandom(SEED + 2))) {
      const outcome = await outcomeOf(failingSqlite as Storage, operations)
      expect(await outcomeOf(failingPostgres as Storage, operations)).toEqual(outcome)
      const after = await stateOf(sqlite)
      expect(await stateOf(postgres)).toEqual(after)
      const isBroken = !Array.isArray(outcome) && !has(outcome, "acknowledgement")
      expect(isBroken ? after : before).toEqual(before)
      broken += isBroken ? 1 : 0
      unheard += has(outcome, "acknowledgement") ? 1 : 0
      before = after
    }
    expect(Math.min(broken, unheard)).toBeGreaterThan(10)
  })
})
