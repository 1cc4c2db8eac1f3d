import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { Worker } from "node:worker_threads"
import { createClient, type BoxClient } from "../src/boxes/client/create-client.ts"
import { createBoxServer, type BoxServer } from "../src/boxes/server/box-server.ts"
import type { StoreContext } from "../src/core/context.ts"
import { createServerOver } from "../src/server/create-server.ts"
import { listen } from "../src/server/listen.ts"
import { createBareBox } from "./bare-box.ts"
import { scattered, withContext, withFolder } from "./bench-store.ts"
import { createHolder, verifyBare, type BenchHolder } from "./box-holder.ts"
import { fillBoxes } from "./fill-boxes.ts"
import type { BoxLoadOrder, BoxLoadReport } from "./box-load.ts"
import { collectGarbage, compare, median, medianRatio } from "./measure.ts"
import { ratioAtLeast, ratioAtMost, type BenchRow } from "./row.ts"

const VALUE = "v".repeat(1024)
const CONNECTIONS = 64
const REQUESTS = 4_000
const ROUNDS = 7
/** Rounds until the compiler has seen enough. */
const WARM_UP = 4

/** Boxes: a client's set and get, the rate of a server, and whether many boxes make it slower. */
export const runBoxesBench = async (): Promise<BenchRow[]> => [
  ...(await withFolder((folder) => measureClient(`file:${join(folder, "store.db")}`, "durable"))),
  ...(await measureClient("memory:", "in memory")),
  ...(await measureServer()),
  ...(await measureGrowth()),
]

/** One call after the other, so that a figure is how long a person waits. */
const measureClient = async (database: string, kind: "durable" | "in memory"): Promise<BenchRow[]> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "box-process.ts"), database], { stdio: ["pipe", "pipe", "inherit"] })
  try {
    const { value } = (await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()) as { value: string }
    const { url, bareUrl } = JSON.parse(value) as { url: string; bareUrl: string }
    const client = createClient({ serverURL: url })
    await client.ready
    await client.setSecret("kept", VALUE)
    return await compareClient(client, bareUrl, kind)
  } finally {
    child.stdin.end()
    await once(child, "exit")
  }
}

const compareClient = async (client: BoxClient, bareUrl: string, kind: "durable" | "in memory"): Promise<BenchRow[]> => {
  const bare = createBareBox(bareUrl, VALUE)
  await bare.set()
  const course = { rounds: 15, sliceMs: 200, burst: 4 }
  const sets = await compare([(i) => client.setSecret(`name ${i % 100}`, VALUE), () => bare.set()], course)
  const gets = await compare([() => client.getSecret("kept"), () => bare.get()], course)
  return (["set", "get"] as const).map((operation) => {
    const { rates, ratios } = operation === "set" ? sets : gets
    const [sotto = 0, other = 0] = rates
    return {
      operation: `boxes: ${operation}, ${kind}`, size: "1 KiB", unit: "us", against: "bare cryptography of both ends and one bare round trip",
      sotto: 1e6 / sotto, other: 1e6 / other, ratio: 1 / (ratios[1] ?? Number.NaN), ...(kind === "durable" && { limit: ratioAtMost(1.5) }),
    }
  })
}

/** Requests of the original's kind, each signed beforehand and sent once. */
const measureServer = (): Promise<BenchRow[]> =>
  withFolder((folder) =>
    withContext({ database: `file:${join(folder, "store.db")}` }, async ({ ctx }) => {
      const settings = { port: 0, requestsPerMinute: null, log: { level: "silent" as const } }
      const boxes = createBoxServer(ctx, { anonymous: "allow" })
      const { url, close } = await listen(createServerOver({ ctx, settings, boxes }), settings)
      const holder = createHolder()
      await openWithSecret(boxes, holder)
      const worker = new Worker(new URL("./box-load.ts", import.meta.url), { workerData: { connections: CONNECTIONS } })
      try {
        const [own, bare] = await rounds(worker, Number(new URL(url).port), holder)
        return [
          {
            operation: "boxes: server, getSecret", size: `${CONNECTIONS} connections`, unit: "ops/s", against: "bare verification of the same bodies on one core",
            sotto: median(own), other: median(bare), ratio: medianRatio(own, bare), limit: ratioAtLeast(0.6),
          },
        ]
      } finally {
        await worker.terminate()
        await close()
      }
    }),
  )

const openWithSecret = async (boxes: BoxServer, holder: BenchHolder): Promise<void> => {
  await ask(boxes, "openSecretSpace", holder.body("openSecretSpace", { authCode: "deadbeef".repeat(8), publicKey: holder.id, closureDate: null }))
  await ask(boxes, "setSecret", holder.body("setSecret", { publicKey: holder.id, secretId: "kept", secret: VALUE }))
}

const ask = async (boxes: BoxServer, route: string, text: string): Promise<void> => {
  const answer = await boxes.answer({ route, text, binding: undefined, admit: async () => undefined })
  if (answer.status !== 200 || answer.text.includes('"error"')) throw new Error(answer.text)
}

const rounds = async (worker: Worker, port: number, holder: BenchHolder): Promise<[number[], number[]]> => {
  const rates: [number[], number[]] = [[], []]
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const bodies = Array.from({ length: REQUESTS }, () => holder.body("getSecret", { publicKey: holder.id, secretId: "kept" }))
    collectGarbage()
    const startMs = performance.now()
    for (const text of bodies) verifyBare("getSecret", text)
    const bare = (REQUESTS * 1000) / (performance.now() - startMs)
    worker.postMessage({ port, path: "/boxes/getSecret", bodies } satisfies BoxLoadOrder)
    const [{ report, error }] = (await once(worker, "message")) as [{ report?: BoxLoadReport; error?: string }]
    if (report === undefined) throw new Error(`the load failed: ${error}`)
    if (round < 0) continue
    rates[0].push(report.perSecond)
    rates[1].push(bare)
  }
  return rates
}

const FEW = 10
const MANY = 10_000
const SECRETS_EACH = 100

/** As many calls at once as one commit takes: the flush of the disk that they share does not hide what looking up takes. */
const GROUP = 64
/** Of a round and side. */
const GROUPS = 10
const GROWTH_ROUNDS = 15

/** Scattered over all boxes and their secrets. Each key has asked before, so that what a server keeps of keys lies ready. */
const measureGrowth = (): Promise<BenchRow[]> =>
  withFolder((folder) =>
    withContext({ database: `file:${join(folder, "few.db")}` }, ({ ctx: few }) =>
      withContext({ database: `file:${join(folder, "many.db")}` }, async ({ ctx: many }) => {
        const sides = [await sideOf(many, join(folder, "many.db"), MANY), await sideOf(few, join(folder, "few.db"), FEW)]
        const times: number[][] = sides.map(() => [])
        for (const side of sides) await side(Math.ceil(MANY / GROUP))
        for (let round = 0; round < GROWTH_ROUNDS; round++)
          for (const turn of round % 2 === 0 ? [0, 1] : [1, 0]) times[turn]?.push((await sides[turn]?.(GROUPS)) as number)
        const [own = [], other = []] = times
        return [
          {
            operation: "boxes: server, getSecret, growth", size: `${MANY} boxes of ${SECRETS_EACH}`, unit: "us", against: `${FEW} boxes of ${SECRETS_EACH}`,
            sotto: median(own), other: median(other), ratio: medianRatio(own, other), limit: ratioAtMost(1.2),
          },
        ]
      }),
    ),
  )

/** @returns microseconds for a call */
type Side = (groups: number) => Promise<number>

/** Requests are signed before the clock runs. */
const sideOf = async (ctx: StoreContext, path: string, boxes: number): Promise<Side> => {
  const holders = Array.from({ length: boxes }, () => createHolder())
  await fillBoxes(ctx, path, { holders: holders.map(({ id }) => id), secretsEach: SECRETS_EACH })
  const server = createBoxServer(ctx, { anonymous: "deny" })
  let next = 0
  const bodyOfNext = (): string => {
    const i = next++
    const holder = holders[scattered(i, boxes)] as BenchHolder
    return holder.body("getSecret", { publicKey: holder.id, secretId: `secret ${scattered(i, LARGE_PRIME) % SECRETS_EACH}` })
  }
  return async (groups) => {
    const bodies = Array.from({ length: groups }, () => Array.from({ length: GROUP }, bodyOfNext))
    collectGarbage()
    const startMs = performance.now()
    for (const group of bodies) await Promise.all(group.map((body) => ask(server, "getSecret", body)))
    return ((performance.now() - startMs) * 1000) / (groups * GROUP)
  }
}

/** So that which secret says nothing of which box. */
const LARGE_PRIME = 99_991
