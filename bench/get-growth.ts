import { join } from "node:path"
import { sottoGet } from "./get.ts"
import { withContext, withFolder } from "./bench-store.ts"
import { fill } from "./fill.ts"
import { compare } from "./measure.ts"
import { ratioAtMost, type BenchRow } from "./row.ts"

const FEW = 1_000
const MANY = 1_000_000

/** How `get` slows down from a thousand secrets to a million; the names asked for are scattered over all of them. */
export const runGetGrowthBench = (): Promise<BenchRow[]> =>
  withFolder((folder) =>
    withContext({ database: `file:${join(folder, "few.db")}` }, ({ ctx: few }) =>
      withContext({ database: `file:${join(folder, "many.db")}` }, async ({ ctx: many }) => {
        await fill(few, join(folder, "few.db"), { count: FEW })
        await fill(many, join(folder, "many.db"), { count: MANY })
        const { rates, ratios } = await compare([sottoGet(many, MANY), sottoGet(few, FEW)])
        return [
          {
            operation: "get, SQLite: growth", size: `${MANY} secrets`, unit: "us", against: `${FEW} secrets`,
            sotto: 1e6 / (rates[0] as number), other: 1e6 / (rates[1] as number), ratio: 1 / (ratios[1] as number), limit: ratioAtMost(1.5),
          },
        ]
      }),
    ),
  )
