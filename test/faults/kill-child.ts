/**
 * The process that dies: writes or rotates until somebody kills it. Each line that it prints is an acknowledgement; its
 * arguments are in the environment.
 */
import { writeSync } from "node:fs"
import { openStore } from "../../src/store/index.ts"

const { KILL_DATABASE = "", KILL_KEYS = "", KILL_TASK = "", KILL_FROM = "0" } = process.env
const store = await openStore({ database: KILL_DATABASE, keys: KILL_KEYS })
writeSync(1, "ready\n")

if (KILL_TASK === "write")
  for (let i = Number(KILL_FROM); ; i++) {
    await store.put({ name: `k${i % 40}`, value: `value ${i}`, metadata: { i } })
    writeSync(1, `${i}\n`)
  }
else if (KILL_TASK === "reencrypt") await store.rotate({ reencrypt: true, batchSize: 3 })
else await store.rotate({ batchSize: 5 })
