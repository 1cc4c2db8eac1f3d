import { SecretError } from "../src/base/errors.ts"
import type { Reads, Storage, Transaction } from "../src/core/ports/storage.ts"

/** Where a transaction broke: only after `commit` are its changes there, and whoever asked for them cannot know. */
export type FailurePoint = "begin" | "statement" | "commit" | "acknowledgement"

const POINTS: readonly FailurePoint[] = ["begin", "statement", "commit", "acknowledgement"]

const failure = (point: FailurePoint): SecretError =>
  new SecretError("storage_unavailable", "The database failed on purpose.", { details: { point } })

/** The n-th statement of a transaction fails. */
const failingAt = (tx: Transaction, statement: number): Transaction => {
  let left = statement
  const counted = <T>(work: () => Promise<T>): Promise<T> => (left-- === 0 ? Promise.reject(failure("statement")) : work())
  return {
    one: (name, params) => counted(() => tx.one(name, params)),
    all: (name, params) => counted(() => tx.all(name, params)),
    run: (name, params) => counted(() => tx.run(name, params)),
    runMany: (name, params) => counted(() => tx.runMany(name, params)),
  }
}

/**
 * A storage of which some transactions fail, each at a random point.
 * @param random gives numbers from 0 to 1
 * @param rate how many fail, from 0 to 1
 */
export const createFailingStorage = (storage: Storage, random: () => number, rate: number): Storage => {
  const write = async <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => {
    const [chance, where, statement] = [random(), random(), random()]
    const point = chance < rate ? POINTS[Math.floor(where * POINTS.length)] : undefined
    if (point === "begin") throw failure(point)
    const result = await storage.write(async (tx) => {
      const done = await work(point === "statement" ? failingAt(tx, Math.floor(statement * 4)) : tx)
      if (point === "commit") throw failure(point)
      return done
    })
    if (point === "acknowledgement") throw failure(point)
    return result
  }
  return {
    engine: storage.engine,
    one: (name, params) => storage.one(name, params),
    all: (name, params) => storage.all(name, params),
    write,
    snapshot: <T>(work: (reads: Reads) => Promise<T>) => storage.snapshot(work),
    watch: (listener) => storage.watch(listener),
    close: () => storage.close(),
  }
}
