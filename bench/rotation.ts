import { copyFile } from "node:fs/promises"
import { join } from "node:path"
import { setImmediate as nextTurn } from "node:timers/promises"
import { defineKeys } from "../src/core/key-ring-text.ts"
import type { CurrentRow } from "../src/core/ports/rows.ts"
import { openStore } from "../src/store/open-store.ts"
import type { SecretStore } from "../src/store/secret-store.ts"
import { randomBytes } from "../src/crypto/random.ts"
import { sqliteText } from "../src/storage/sql.ts"
import { statements } from "../src/storage/statements/statements.ts"
import { createBareKeys, type BareKeys } from "./bare-crypto.ts"
import { KEK, NAMESPACE, nameOf, openBare, scattered, withContext, withFolder } from "./bench-store.ts"
import { fill } from "./fill.ts"
import { collectGarbage, median, quantile } from "./measure.ts"
import { ratioAtLeast, ratioAtMost, type BenchRow } from "./row.ts"

const SECRETS = 100_000
const ROUNDS = 3
const BATCH = 250
const READS_ALONE = 20_000
const MB = 1024 * 1024

/**
 * A whole rotation of Sotto beside the same unwraps, wraps, UPDATEs and event INSERTs over rows that lie ready in memory; then
 * once more while this thread goes on reading, as a server would.
 */
export const runRotationBench = (): Promise<BenchRow[]> =>
  withFolder(async (folder) => {
    const [own, bare] = [join(folder, "own.db"), join(folder, "bare.db")] as const
    const keks = [KEK, ...Array.from({ length: ROUNDS + 1 }, () => randomBytes(32))]
    const storeId = await withContext({ database: `file:${own}` }, async ({ ctx }) => {
      await fill(ctx, own, { count: SECRETS })
      return ctx.keys.current.storeId
    })
    const beside = await rotateBeside(own, keks, 1) // first: the bare side keeps all rows in memory, this one must not look so
    await copyFile(own, bare)
    const rounds: Round[] = []
    for (let version = 2; version <= ROUNDS + 1; version++) {
      const sotto = await rotateOwn(own, keks, version)
      rounds.push({ sotto, bare: rotateBare(bare, storeId, keks, version) })
    }
    return rowsOf(rounds, beside)
  })

interface Round {
  /** Rows a second. */
  sotto: number
  bare: number
}

const ringOf = (keks: readonly Uint8Array[], from: number, to: number): string =>
  defineKeys(Object.fromEntries(keks.slice(from - 1, to).map((kek, i) => [from + i, Buffer.from(kek).toString("base64")])))

const openRotating = (path: string, keks: readonly Uint8Array[], version: number): Promise<SecretStore> =>
  openStore({ database: `file:${path}`, keys: ringOf(keks, version, version + 1) })

/** @returns rows a second */
const rotateOwn = async (path: string, keks: readonly Uint8Array[], version: number): Promise<number> => {
  const store = await openRotating(path, keks, version)
  collectGarbage()
  const startMs = performance.now()
  const { rotated } = await store.rotate({ batchSize: BATCH })
  const perSecond = (rotated * 1000) / (performance.now() - startMs)
  await store.close()
  if (rotated !== SECRETS) throw new Error(`rotated ${rotated} of ${SECRETS}`)
  return perSecond
}

interface Beside {
  p99AloneUs: number
  p99BesideUs: number
  /** When a tenth was done, and the most that was seen later. */
  rssEarly: number
  rssPeak: number
}

const rotateBeside = async (path: string, keks: readonly Uint8Array[], version: number): Promise<Beside> => {
  const store = await openRotating(path, keks, version)
  const get = (i: number) => store.get({ namespace: NAMESPACE, name: nameOf(scattered(i, SECRETS)) })
  const before = await latencies(get, (count) => count >= READS_ALONE)
  const state = { isDone: false, rssEarly: 0, rssPeak: 0 }
  const rotating = store.rotate({
    batchSize: BATCH,
    onProgress: ({ rotated }) => {
      const rss = process.memoryUsage.rss()
      if (rotated <= SECRETS / 10) state.rssEarly = rss
      else state.rssPeak = Math.max(state.rssPeak, rss)
    },
  })
  const end = rotating.finally(() => (state.isDone = true))
  const beside = await latencies(get, () => state.isDone)
  await end
  const alone = [...before, ...(await latencies(get, (count) => count >= READS_ALONE))]
  await store.close()
  return { p99AloneUs: quantile(alone, 0.99), p99BesideUs: quantile(beside, 0.99), rssEarly: state.rssEarly, rssPeak: state.rssPeak }
}

const latencies = async (get: (i: number) => Promise<unknown>, isEnough: (count: number) => boolean): Promise<number[]> => {
  const microseconds: number[] = []
  for (let i = 0; !isEnough(i); i++) {
    const startMs = performance.now()
    await get(i)
    microseconds.push((performance.now() - startMs) * 1000)
    if (i % 50 === 0) await nextTurn() // a server's loop turns too: the rotation's answers are heard in between
  }
  return microseconds
}

/** @returns rows a second */
const rotateBare = (path: string, storeId: Uint8Array, keks: readonly Uint8Array[], version: number): number => {
  const db = openBare(path)
  const rows = db.prepare<[], CurrentRow>(sqliteText(statements.findCurrent).replace(/WHERE s\.namespace[\s\S]*$/, "")).all()
  const sql = (name: "rewrapVersion" | "moveSecret" | "appendEvent") => db.prepare<[object], unknown>(sqliteText(statements[name]))
  const [rewrap, update, append] = [sql("rewrapVersion"), sql("moveSecret"), sql("appendEvent")]
  const keysOf = (v: number): BareKeys => createBareKeys(keks[v - 1] as Uint8Array, storeId, v)
  const [from, to] = [keysOf(version), keysOf(version + 1)]
  const body = randomBytes(300)
  const move = db.transaction((batch: readonly CurrentRow[]) => {
    for (const row of batch) {
      const wrap = to.wrap(from.unwrap(row.wrap, row.id, row.versionId), row.id, row.versionId)
      const keyVersion = version + 1
      rewrap.run({ secretId: row.id, number: row.number, oldWrap: row.wrap, wrap, keyVersion, tag: row.versionTag })
      update.run({ ...row, keyVersion, oldTag: row.tag })
      const { namespace, name, id: secretId } = row
      append.run({ createdAt: Date.now(), type: "rotated", namespace, name, secretId, principalId: "local", body })
    }
  })
  collectGarbage()
  const startMs = performance.now()
  for (let at = 0; at < rows.length; at += BATCH) move(rows.slice(at, at + BATCH))
  const perSecond = (rows.length * 1000) / (performance.now() - startMs)
  db.close()
  return perSecond
}

const rowsOf = (rounds: readonly Round[], { p99AloneUs, p99BesideUs, rssEarly, rssPeak }: Beside): BenchRow[] => {
  const size = `${SECRETS} secrets`
  return [
    {
      operation: "rotation, SQLite", size, unit: "rows/s", against: "bare unwraps, wraps, UPDATEs, INSERTs", limit: ratioAtLeast(0.7),
      sotto: median(rounds.map((round) => round.sotto)), other: median(rounds.map((round) => round.bare)),
      ratio: median(rounds.map((round) => round.sotto / round.bare)),
    },
    {
      operation: "get beside a rotation, p99", size, unit: "us", against: "get alone, p99", limit: ratioAtMost(2),
      sotto: p99BesideUs, other: p99AloneUs, ratio: p99BesideUs / p99AloneUs,
    },
    {
      operation: "memory of a rotation, peak", size, unit: "MB", against: "after its first tenth", limit: ratioAtMost(1.2),
      sotto: rssPeak / MB, other: rssEarly / MB, ratio: rssPeak / rssEarly,
    },
  ]
}
