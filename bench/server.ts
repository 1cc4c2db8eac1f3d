import { once } from "node:events"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { createToken } from "../src/core/access/create-token.ts"
import { createWorkspace } from "../src/core/access/create-workspace.ts"
import { createServerOver } from "../src/server/create-server.ts"
import { listen } from "../src/server/listen.ts"
import { addBareRoutes } from "./bare-routes.ts"
import { NAMESPACE, nameOf, openBare, scattered, withContext, withFolder } from "./bench-store.ts"
import { fill } from "./fill.ts"
import type { LoadOrder, LoadReport } from "./http-load.ts"
import { collectGarbage, median, medianRatio } from "./measure.ts"
import { ratioAtLeast, type BenchRow } from "./row.ts"

const SECRETS = 10_000
const CONNECTIONS = 16
const ROUNDS = 7
const SLICE_MS = 1_500

/** Audited reveals and list pages over loopback HTTP, from a thread with 16 kept connections, beside routes that do the bare work. */
export const runServerBench = (): Promise<BenchRow[]> =>
  withFolder((folder) => {
    const path = join(folder, "store.db")
    return withContext({ database: `file:${path}`, audit: { reads: "on" } }, async ({ ctx }) => {
      await createWorkspace(ctx, { namespace: NAMESPACE })
      await fill(ctx, path, { count: SECRETS })
      const grants = [{ pattern: NAMESPACE, permissions: ["list" as const, "reveal" as const] }]
      const { token } = await createToken(ctx, { kind: "service", name: "bench", grants })
      const settings = { port: 0, requestsPerMinute: null, log: { level: "silent" as const } }
      const app = createServerOver({ ctx, settings })
      const bare = openBare(path)
      addBareRoutes(app, ctx, bare)
      const { url, close } = await listen(app, settings)
      const load = createLoad({ authorization: `Bearer ${token.reveal()}` })
      try {
        const at = (prefix: string, rest: string): string => `${url}${prefix}/api/v1/workspaces/${NAMESPACE}/secrets${rest}`
        const [reveal, bareReveal] = ["", "/bare"].map((prefix) => at(prefix, "/:name/value")) as [string, string]
        const lists = ["", "/bare", "/bare-tagged"].map((prefix) => at(prefix, "?limit=100"))
        return [
          ...(await compareRoutes(load.ask, "server: audited reveal", [reveal, bareReveal])),
          ...(await compareRoutes(load.ask, "server: list page of 100", lists)),
        ]
      } finally {
        await load.end()
        await close()
        bare.close()
      }
    })
  })

type Ask = (url: string, forMs: number) => Promise<LoadReport>

/** The first route is ours, the second is what the limit is for, a third only informs. */
const compareRoutes = async (ask: Ask, operation: string, routes: readonly string[]): Promise<BenchRow[]> => {
  const rates: number[][] = routes.map(() => [])
  for (const route of routes) await ask(route, SLICE_MS) // warms up
  for (let round = 0; round < ROUNDS; round++)
    for (let i = 0; i < routes.length; i++) {
      const turn = (round + i) % routes.length
      collectGarbage()
      rates[turn]?.push((await ask(routes[turn] as string, SLICE_MS)).perSecond)
    }
  const [own = [], ...others] = rates
  return others.map((other, i) => ({
    operation, size: `${CONNECTIONS} connections`, unit: "ops/s", against: AGAINST[i] as string,
    sotto: median(own), other: median(other), ratio: medianRatio(own, other), ...(i === 0 && { limit: ratioAtLeast(0.7) }),
  }))
}
const AGAINST = ["bare route behind the same hooks", "the same with an HMAC for each row"]

const createLoad = (headers: Record<string, string>): { ask: Ask; end: () => Promise<unknown> } => {
  const worker = new Worker(new URL("./http-load.ts", import.meta.url), { workerData: { connections: CONNECTIONS } })
  const names = Array.from({ length: SECRETS }, (_, i) => nameOf(scattered(i, SECRETS)))
  return {
    ask: async (url, forMs) => {
      worker.postMessage({ url, names, headers, forMs } satisfies LoadOrder)
      const [{ report, error }] = (await once(worker, "message")) as [{ report?: LoadReport; error?: string }]
      if (report === undefined) throw new Error(`the load failed: ${error}`)
      return report
    },
    end: () => worker.terminate(),
  }
}
