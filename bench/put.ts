import { join } from "node:path"
import { put } from "../src/core/put.ts"
import { eventRow } from "../src/core/event.ts"
import type { StoreContext } from "../src/core/context.ts"
import { sqliteText } from "../src/storage/sql.ts"
import { statements } from "../src/storage/statements/statements.ts"
import { NAMESPACE, nameOf, openBare, VALUE, withContext, withFolder } from "./bench-store.ts"
import { fill, makeRows } from "./fill.ts"
import { compare, type Operation } from "./measure.ts"
import { ratioAtMost, type BenchRow } from "./row.ts"

const SECRETS = 10_000
/** More than the slices can use up. */
const PREPARED = 30_000

/** `put` of a new secret beside the three INSERTs that it makes, with rows that lie ready, each durable before the next begins. */
export const runPutBench = (): Promise<BenchRow[]> =>
  withFolder((folder) =>
    withContext({ database: `file:${join(folder, "sotto.db")}` }, ({ ctx }) =>
      withContext({ database: `file:${join(folder, "bare.db")}` }, async ({ ctx: bareCtx }) => {
        await fill(ctx, join(folder, "sotto.db"), { count: SECRETS })
        await fill(bareCtx, join(folder, "bare.db"), { count: SECRETS })
        const { rates, ratios } = await compare([sottoPut(ctx), await barePut(bareCtx, join(folder, "bare.db"))], { rounds: 31, sliceMs: 80, burst: 4 })
        return [
          {
            operation: "put, SQLite", size: `${SECRETS} secrets`, unit: "us", against: "three INSERTs, durable",
            sotto: 1e6 / (rates[0] as number), other: 1e6 / (rates[1] as number), ratio: 1 / (ratios[1] as number), limit: ratioAtMost(1.5),
          },
        ]
      }),
    ),
  )

const sottoPut = (ctx: StoreContext): Operation => (i) => put(ctx, { namespace: NAMESPACE, name: nameOf(SECRETS + i), value: VALUE })

const barePut = async (ctx: StoreContext, path: string): Promise<Operation> => {
  const rows = await makeRows(ctx, SECRETS, PREPARED)
  const events = rows.map(({ secret: { id, namespace, name, number, createdAt } }) =>
    eventRow({ type: "created", at: createdAt, principal: ctx.actor.principal, namespace, name, secretId: id, version: number }),
  )
  const bare = openBare(path)
  const prepare = (name: "insertSecret" | "insertVersion" | "appendEvent") => bare.prepare<[object]>(sqliteText(statements[name]))
  const insertSecret = prepare("insertSecret")
  const insertVersion = prepare("insertVersion")
  const appendEvent = prepare("appendEvent")
  const insertAll = bare.transaction((i: number) => {
    insertSecret.run(rows[i]?.secret as object)
    insertVersion.run(rows[i]?.version as object)
    appendEvent.run(events[i] as object)
  })
  return (i) => insertAll.immediate(i)
}
