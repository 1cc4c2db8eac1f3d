import { createPublicKey, hash, verify, type KeyObject } from "node:crypto"
import { once } from "node:events"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { ANONYMOUS_CODE } from "../src/boxes/protocol/routes.ts"
import { withFolder } from "./bench-store.ts"
import { withBoxesChild } from "./boxes-child.ts"
import { createHolder, type Holder } from "./boxes-holder.ts"
import type { BoxesLoadOrder } from "./boxes-load.ts"
import { collectGarbage, median, medianRatio } from "./measure.ts"
import { ratioAtLeast, type BenchRow } from "./row.ts"

const ROUNDS = 7
const BODIES = 4_000

/** Requests as the original's client makes them, a second, beside the bare check of their signatures on one core. */
export const runBoxRateBench = (): Promise<BenchRow[]> =>
  withFolder((folder) =>
    withBoxesChild(`file:${join(folder, "store.db")}`, async ({ boxes }) => {
      const holder = createHolder()
      const load = createLoad()
      const ask = (route: string, bodies: string[], connections: number): Promise<number> => load.ask({ url: `${boxes}/${route}`, bodies, connections })
      try {
        await ask("openSecretSpace", [holder.body("openSecretSpace", { authCode: ANONYMOUS_CODE, closureDate: null })], 1)
        await ask("setSecret", [holder.body("setSecret", { secretId: "x", secret: "v".repeat(1024) })], 1)
        return await compareRates(holder, (bodies, connections) => ask("getSecret", bodies, connections))
      } finally {
        await load.end()
      }
    }),
  )

const createLoad = (): { ask: (order: BoxesLoadOrder) => Promise<number>; end: () => Promise<unknown> } => {
  const worker = new Worker(new URL("./boxes-load.ts", import.meta.url))
  return {
    ask: async (order) => {
      worker.postMessage(order)
      const [{ perSecond, error }] = (await once(worker, "message")) as [{ perSecond?: number; error?: string }]
      if (perSecond === undefined) throw new Error(`the load failed: ${error}`)
      return perSecond
    },
    end: () => worker.terminate(),
  }
}

type Ask = (bodies: string[], connections: number) => Promise<number>
type Side = (bodies: string[]) => Promise<number> | number

const compareRates = async (holder: Holder, ask: Ask): Promise<BenchRow[]> => {
  const der = Buffer.from(`302a300506032b6570032100${holder.id}`, "hex")
  const kept = importKey(der)
  const sides: Side[] = [(bodies) => ask(bodies, 64), (bodies) => ask(bodies, 128), (bodies) => verifyAll(bodies, () => importKey(der)), (bodies) => verifyAll(bodies, () => kept)]
  const [few, many, fresh, known] = (await rounds(holder, sides)) as [number[], number[], number[], number[]]
  const row = (connections: number, own: number[], [against, other]: readonly [string, number[]]): BenchRow => ({
    operation: "box: getSecret, original client", size: `${connections} connections`, unit: "ops/s", against,
    sotto: median(own), other: median(other), ratio: medianRatio(own, other),
  })
  const bare = ["bare check of the signatures, one core", fresh] as const
  return [{ ...row(64, few, bare), limit: ratioAtLeast(0.6) }, row(128, many, bare), row(64, few, ["the same with the key imported beforehand", known])]
}

/** @returns for each side the rates of the rounds; the first, which warms up, is left out */
const rounds = async (holder: Holder, sides: readonly Side[]): Promise<number[][]> => {
  const rates: number[][] = sides.map(() => [])
  for (let round = 0; round <= ROUNDS; round++)
    for (let i = 0; i < sides.length; i++) {
      const turn = (round + i) % sides.length
      const bodies = Array.from({ length: BODIES }, () => holder.body("getSecret", { secretId: "x" }))
      collectGarbage()
      const rate = await sides[turn]?.(bodies)
      if (round > 0) rates[turn]?.push(rate as number)
    }
  return rates
}

const importKey = (der: Buffer): KeyObject => createPublicKey({ key: der, format: "der", type: "spki" })

const verifyAll = (bodies: readonly string[], keyOf: () => KeyObject): number => {
  const startMs = performance.now()
  for (const body of bodies) {
    const { signature, ...rest } = JSON.parse(body) as { signature: string }
    if (!verify(null, hash("sha256", `/getSecret${JSON.stringify(rest)}`, "buffer"), keyOf(), Buffer.from(signature, "hex"))) throw new Error("not signed")
  }
  return (bodies.length * 1000) / (performance.now() - startMs)
}
