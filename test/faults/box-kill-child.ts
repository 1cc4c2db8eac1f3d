/**
 * A server of boxes that dies by kill -9: at its first transaction, before or after the commit, where it is told so. Its first
 * line is where it listens.
 */
import { writeSync } from "node:fs"
import { createBoxServer } from "../../src/boxes/server/box-server.ts"
import type { Storage } from "../../src/core/ports/storage.ts"
import { createServerOver } from "../../src/server/create-server.ts"
import { listen } from "../../src/server/listen.ts"
import { openContext } from "../../src/store/open-context.ts"

const { KILL_DATABASE = "", KILL_KEYS = "", KILL_POINT = "", KILL_CLOCK = "0" } = process.env
const { ctx } = await openContext({ database: KILL_DATABASE, keys: KILL_KEYS, clock: () => Number(KILL_CLOCK) })

const dieAt = (point: string): void => {
  if (KILL_POINT === point) process.kill(process.pid, "SIGKILL")
}

const mortal: Storage = {
  engine: ctx.storage.engine,
  one: (name, params) => ctx.storage.one(name, params),
  all: (name, params) => ctx.storage.all(name, params),
  write: async (work) => {
    const result = await ctx.storage.write(async (tx) => {
      const done = await work(tx)
      dieAt("before the commit")
      return done
    })
    dieAt("between commit and answer")
    return result
  },
  snapshot: (work) => ctx.storage.snapshot(work),
  watch: (listener) => ctx.storage.watch(listener),
  close: () => ctx.storage.close(),
}

const boxes = createBoxServer({ ...ctx, storage: mortal }, { anonymous: "allow" })
const settings = { port: 0, requestsPerMinute: null, log: { level: "silent" as const } }
const { url } = await listen(createServerOver({ ctx, boxes, settings }), settings)
writeSync(1, `${url}/boxes\n`)
