import type { Storage } from "../src/core/ports/storage.ts"

/** The same storage, with something that happens once, just before the next write transaction: another process was faster. */
export const meddleBeforeWrite = (storage: Storage, meddle: () => Promise<unknown>): Storage => {
  let isDone = false
  return {
    engine: storage.engine,
    one: (name, params) => storage.one(name, params),
    all: (name, params) => storage.all(name, params),
    snapshot: (work) => storage.snapshot(work),
    watch: (listener) => storage.watch(listener),
    close: () => storage.close(),
    write: async (work) => {
      if (!isDone) {
        isDone = true
        await meddle()
      }
      return storage.write(work)
    },
  }
}
