import { spawn, type ChildProcess } from "node:child_process"
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { utf8 } from "../src/base/bytes.ts"
import { canonicalJson } from "../src/base/canonical-json.ts"
import type { StoreContext } from "../src/core/context.ts"
import { enrollEnvironment } from "../src/core/environments/enroll.ts"
import { addEnvironment } from "../src/core/environments/manage-environments.ts"
import { appliedOf } from "../src/core/environments/environment-row.ts"
import { syncEnvironment } from "../src/core/environments/sync.ts"
import { setPolicy } from "../src/core/policy/set-policy.ts"
import { put } from "../src/core/put.ts"
import { putMany } from "../src/core/put-many.ts"
import { isSignedBy, newSigningSeed, signingKeyOf } from "../src/crypto/ed25519.ts"
import { generateSealingKeys, openSealed, sealTo } from "../src/crypto/hpke.ts"
import { renderEnvFile } from "../src/envfile/render-env-file.ts"
import { startSyncEngine } from "../src/remote/sync-engine.ts"
import { VALUE, withContext, withFolder } from "./bench-store.ts"
import { collectGarbage, median } from "./measure.ts"
import { ratioAtMost, sottoAtMost, type BenchRow } from "./row.ts"

const SECRETS = 100
const ROUNDS = 25
const ENVIRONMENTS = 1_000
const SETTLED_MS = 10_000

/** Deliveries to sandboxes on loopback: one of many secrets, and one secret to many. */
export const runSandboxesBench = async (): Promise<BenchRow[]> => [...(await deliverMany()), ...(await deliverToMany())]

interface Farm {
  port: number
  /** Gives it the tokens of its sandboxes. */
  enrol(tokens: readonly string[]): Promise<void>
  close(): Promise<void>
}

const openFarm = async (folder: string): Promise<Farm> => {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, "sandbox-farm.ts"), folder], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  const { value: first } = (await lines.next()) as { value: string }
  return {
    port: Number(first.split(" ")[1]),
    enrol: async (tokens) => {
      for (const token of [...tokens, "end"]) child.stdin?.write(`${token}\n`)
      await lines.next()
    },
    close: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve())
        child.kill()
      }),
  }
}

/** Environments with an address in the farm, and a token each. */
const addSandboxes = async (ctx: StoreContext, farm: Farm, count: number): Promise<void> => {
  const tokens: string[] = []
  for (let i = 0; i < count; i++) {
    const name = `sandbox-${i}`
    await addEnvironment(ctx, { name })
    const token = (await enrollEnvironment(ctx, { name })).token.reveal()
    tokens.push(token)
    const row = await ctx.storage.one("findEnvironment", { namespace: "default", name })
    if (row !== null) await setAddress(ctx, row.id, `http://127.0.0.1:${farm.port}/${row.id}`)
  }
  await farm.enrol(tokens)
}

/** Environments are found by their ids in the farm, which nobody knows before they are made. */
const setAddress = (ctx: StoreContext, id: string, address: string): Promise<unknown> =>
  ctx.storage.write(async (tx) => {
    const { lockEnvironment, saveEnvironment } = await import("../src/core/environments/environment-row.ts")
    const row = await lockEnvironment(ctx, tx, id)
    if (row !== null) await saveEnvironment(ctx, tx, { ...row, address })
  })

const names = Array.from({ length: SECRETS }, (_, i) => `KEY_${i}`)
const valuesOf = (round: number): { name: string; value: string }[] => names.map((name) => ({ name, value: `${VALUE}-${round}` }))

const deliverMany = (): Promise<BenchRow[]> =>
  withFolder((folder) =>
    withContext({ database: `file:${join(folder, "store.db")}` }, async ({ ctx }) => {
      const farm = await openFarm(join(folder, "farm"))
      try {
        await putMany(ctx, { secrets: valuesOf(0) })
        for (const name of names) await setPolicy(ctx, { name, policy: { sync: ["*"] } })
        await addSandboxes(ctx, farm, 1)
        await syncEnvironment(ctx, { name: "sandbox-0" })
        const bare = bareDelivery(join(folder, "bare"))
        const own: number[] = []
        const other: number[] = []
        const unchanged: number[] = []
        for (let round = 1; round <= ROUNDS; round++) {
          await putMany(ctx, { secrets: valuesOf(round) })
          collectGarbage()
          own.push(await timed(() => syncEnvironment(ctx, { name: "sandbox-0" })))
          other.push(await timed(() => bare(valuesOf(round))))
          unchanged.push(await timed(() => syncEnvironment(ctx, { name: "sandbox-0" })))
        }
        const row = { size: `${SECRETS} secrets`, unit: "ms" as const, against: "HPKE seal and open, two signatures made and checked, one file written, bare", other: median(other) }
        return [
          { ...row, operation: "sandbox: deliver, all changed", sotto: median(own), ratio: median(own.map((ms, i) => ms / (other[i] as number))), limit: ratioAtMost(3) },
          { ...row, operation: "sandbox: deliver, nothing changed", sotto: median(unchanged), ratio: median(unchanged.map((ms, i) => ms / (other[i] as number))) },
        ]
      } finally {
        await farm.close()
      }
    }),
  )

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** What a delivery cannot do without. */
const bareDelivery = (path: string): ((secrets: readonly { name: string; value: string }[]) => Promise<void>) => {
  const [store, sandbox, keys] = [signingKeyOf(newSigningSeed()), signingKeyOf(newSigningSeed()), generateSealingKeys()]
  const context = { info: utf8("bench"), aad: utf8("bench") }
  return async (secrets) => {
    const sealed = await sealTo(keys.publicKey, utf8(JSON.stringify(Object.fromEntries(secrets.map(({ name, value }) => [name, value])))), context)
    const statement = utf8(canonicalJson({ manifest: secrets.map(({ name }) => ({ key: name, version: 1 })), sealed: Buffer.from(sealed).toString("base64url") }))
    if (!isSignedBy(store.publicKey, statement, store.sign(statement))) throw new Error("bare")
    const opened = JSON.parse(Buffer.from(await openSealed(keys, sealed, context)).toString()) as Record<string, string>
    writeDurably(path, utf8(renderEnvFile(Object.entries(opened).map(([key, value]) => ({ key, value })), "dotenv").text))
    const receipt = utf8(canonicalJson({ manifest: secrets.map(({ name }) => ({ key: name, version: 1 })) }))
    if (!isSignedBy(sandbox.publicKey, receipt, sandbox.sign(receipt))) throw new Error("bare")
  }
}

const writeDurably = (path: string, bytes: Uint8Array): void => {
  const file = openSync(`${path}.new`, "w", 0o600)
  writeSync(file, bytes)
  fsyncSync(file)
  closeSync(file)
  renameSync(`${path}.new`, path)
  const folder = openSync(join(path, ".."), "r")
  fsyncSync(folder)
  closeSync(folder)
}

const deliverToMany = (): Promise<BenchRow[]> =>
  withFolder((folder) =>
    withContext({ database: `file:${join(folder, "store.db")}` }, async ({ ctx }) => {
      const farm = await openFarm(join(folder, "farm"))
      try {
        await put(ctx, { name: "KEY", value: VALUE })
        await setPolicy(ctx, { name: "KEY", policy: { sync: ["*"] } })
        await addSandboxes(ctx, farm, ENVIRONMENTS)
        const engine = startSyncEngine(ctx)
        try {
          await settled(ctx, 1)
          const times: number[] = []
          const heaps: number[] = []
          for (let round = 2; round <= 4; round++) {
            await put(ctx, { name: "KEY", value: `${VALUE}-${round}` })
            const began = performance.now()
            await settled(ctx, round)
            times.push(performance.now() - began)
            collectGarbage()
            heaps.push(process.memoryUsage().rss / 1e6)
          }
          const size = `${ENVIRONMENTS} environments`
          return [
            { operation: "sandboxes: one changed secret, all settled", size, unit: "ms", against: `${SETTLED_MS} ms`, sotto: median(times), other: SETTLED_MS, ratio: median(times) / SETTLED_MS, limit: sottoAtMost(SETTLED_MS) },
            { operation: "sandboxes: memory of the server, third change against the first", size, unit: "MB", against: "after the first", sotto: heaps[2] as number, other: heaps[0] as number, ratio: (heaps[2] as number) / (heaps[0] as number), limit: ratioAtMost(1.1) },
          ]
        } finally {
          await engine.close()
        }
      } finally {
        await farm.close()
      }
    }),
  )

const LOOK_MS = 100

/** Once every sandbox has said that it holds this version. The rows are read bare: who looks must not slow down what is measured. */
const settled = async (ctx: StoreContext, version: number): Promise<void> => {
  for (;;) {
    const rows = await ctx.storage.all("listAllEnvironments", {})
    if (rows.every((row) => row.sent === null && appliedOf(row).manifest[0]?.version === version)) return
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
