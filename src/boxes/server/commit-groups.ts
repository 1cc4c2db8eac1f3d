import { isSecretError } from "../../base/errors.ts"
import { assertKeysCurrent } from "../../core/context.ts"
import type { StoreKeys } from "../../core/store-keys.ts"
import type { Storage, Transaction } from "../../core/ports/storage.ts"

/** Work of many callers in few transactions: one flush of the disk serves all who wait for one. */
export interface CommitGroups {
  /**
   * Resolves once what `work` wrote under these keys is durable. It may run more than once.
   * @throws StaleKeys where the store has moved on
   */
  run<T>(keys: StoreKeys, work: (tx: Transaction) => Promise<T>): Promise<T>
}

interface Entry {
  keys: StoreKeys
  work: (tx: Transaction) => Promise<unknown>
  resolve: (result: unknown) => void
  reject: (error: unknown) => void
}

const GROUP_MAX = 64

/**
 * @param lanes transactions at once: one where the engine has one writer
 * @param nextTurn resolves once the requests that lie ready have been taken in
 */
export const createCommitGroups = (storage: Storage, { lanes, nextTurn }: { lanes: number; nextTurn: () => Promise<unknown> }): CommitGroups => {
  const waiting: Entry[] = []
  let running = 0

  const drain = async (): Promise<void> => {
    running++
    while (waiting.length > 0) {
      await nextTurn()
      const group = waiting.splice(0, GROUP_MAX)
      if (group.length > 0) await commit(storage, group)
    }
    running--
  }

  return {
    run: <T>(keys: StoreKeys, work: (tx: Transaction) => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        waiting.push({ keys, work, resolve: resolve as Entry["resolve"], reject })
        if (running < lanes) void drain()
      }),
  }
}

/** Two groups wait for each other's rows, and would again: one request alone takes its own in one order. */
class Crossed extends Error {}

/** What one of them throws undoes them all, so each is tried alone then: nobody pays for another's failure. A database that is gone is gone for all. */
const commit = async (storage: Storage, group: readonly Entry[]): Promise<void> => {
  let attempts = 0
  try {
    const results = await storage.write(async (tx) => {
      if (attempts++ > 0 && group.length > 1) throw new Crossed()
      for (const keys of new Set(group.map((entry) => entry.keys))) await assertKeysCurrent(tx, keys)
      const done: unknown[] = []
      for (const { work } of group) done.push(await work(tx))
      return done
    })
    for (const [i, { resolve }] of group.entries()) resolve(results[i])
  } catch (error) {
    const isOfAll = group.length === 1 || (isSecretError(error) && error.code === "storage_unavailable")
    for (const entry of group) {
      if (isOfAll) entry.reject(error)
      else await commit(storage, [entry])
    }
  }
}
