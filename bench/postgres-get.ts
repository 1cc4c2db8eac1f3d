import pg from "pg"
import { putMany } from "../src/core/put-many.ts"
import { postgresText } from "../src/storage/sql.ts"
import { statements } from "../src/storage/statements/statements.ts"
import { startPostgresCluster } from "../test/postgres-cluster.ts"
import { NAMESPACE, nameOf, scattered, VALUE, withContext } from "./bench-store.ts"
import { sottoGet } from "./get.ts"
import { compare, type Operation } from "./measure.ts"
import { ratioAtMost, type BenchRow } from "./row.ts"

const SECRETS = 10_000
const BATCH = 500

/** `get` on PostgreSQL beside the same statement, named and prepared, asked through a pool of `pg` with its defaults. */
export const runPostgresGetBench = async (): Promise<BenchRow[]> => {
  const cluster = await startPostgresCluster()
  try {
    return await withContext({ database: cluster.url }, async ({ ctx }) => {
      for (let at = 0; at < SECRETS; at += BATCH) await putMany(ctx, { namespace: NAMESPACE, secrets: secretsFrom(at) })
      const pool = new pg.Pool({ connectionString: cluster.url, options: "-c search_path=sotto" })
      await pool.query("ANALYZE")
      const { rates, ratios } = await compare([sottoGet(ctx, SECRETS), bareGet(pool)], { rounds: 31, sliceMs: 80, burst: 4 })
      await pool.end()
      return [
        {
          operation: "get, PostgreSQL", size: `${SECRETS} secrets`, unit: "us", against: "prepared query",
          sotto: 1e6 / (rates[0] as number), other: 1e6 / (rates[1] as number), ratio: 1 / (ratios[1] as number), limit: ratioAtMost(1.3),
        },
      ]
    })
  } finally {
    await cluster.stop()
  }
}

const secretsFrom = (at: number): { name: string; value: string }[] =>
  Array.from({ length: BATCH }, (_, i) => ({ name: nameOf(at + i), value: VALUE }))

const bareGet = (pool: pg.Pool): Operation => {
  const { text, names } = postgresText(statements.findCurrent)
  return async (i) => {
    const params: Record<string, string> = { namespace: NAMESPACE, name: nameOf(scattered(i, SECRETS)) }
    const { rows } = await pool.query({ name: "bare", text, values: names.map((name) => params[name]) })
    if (rows.length !== 1) throw new Error("nothing found")
  }
}
