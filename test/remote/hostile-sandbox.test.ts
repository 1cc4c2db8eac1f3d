import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { environmentStatus, removeEnvironment } from "../../src/core/environments/manage-environments.ts"
import { prepareStatement, settleReceipt } from "../../src/core/environments/deliver.ts"
import { deliverOnce } from "../../src/core/environments/sync.ts"
import { listEvents } from "../../src/core/list-events.ts"
import type { EnvironmentRow } from "../../src/core/ports/rows.ts"
import type { SandboxCall } from "../../src/core/ports/sandbox-link.ts"
import { headOf, type DeliveryBody } from "../../src/core/sandbox/messages.ts"
import { rotate } from "../../src/core/rotate.ts"
import { signStatement, type Statement } from "../../src/core/sandbox/statement.ts"
import { signingKeyOf } from "../../src/crypto/ed25519.ts"
import { createDatabases } from "../engines.ts"
import { openEnrolled, openTestStore, type SandboxOptions, type TestSandbox, type TestStore } from "./open-sandbox.ts"

const freshDatabase = createDatabases()
const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"

const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => "done", (error: unknown) => (error as { code: string }).code)

describe.each(["sqlite file", "postgres"] as const)("what a sandbox, or whoever stands in between, says to %s", (engine) => {
  let here: TestStore
  let one: TestSandbox

  const open = async (options: Partial<SandboxOptions> = {}): Promise<void> => {
    one = await openEnrolled(here, options)
  }
  let database: string
  beforeEach(async () => {
    database = await freshDatabase(engine)
    here = await openTestStore(database)
  })
  afterEach(async () => {
    await one.close()
    await here.close()
  })

  const row = async (): Promise<EnvironmentRow> => (await here.alice.storage.one("findEnvironment", { namespace: "default", name: "sandbox" })) as EnvironmentRow
  const status = () => environmentStatus(here.alice, { name: "sandbox" })
  const answers = (): Statement[] => here.wire.calls.filter(({ path }) => path === "messages").map(({ answer }) => answer as Statement)
  const lost = async (call: SandboxCall, pass: (call: SandboxCall) => Promise<unknown>): Promise<never> => {
    await pass(call)
    throw new Error("the answer was lost")
  }
  /** A receipt that the sandbox's own key signs. */
  const signed = async (body: object): Promise<Statement> => {
    const { signing } = JSON.parse(readFileSync(join(one.stateFolder, "identity.json"), "utf8")) as { signing: string }
    const honest = {
      isApplied: true, added: [], updated: [], removed: [], refused: [], warnings: [],
      restarted: false, isAppBack: null, isRestored: false, error: null, format: "dotenv", mode: "file", leaseMs: null,
    }
    return signStatement("receipt", { ...headOf((await row()).id), ...honest, ...body }, signingKeyOf(Buffer.from(signing, "base64url")))
  }
  /** Answers each statement with what `lie` makes of it. */
  const lying = (lie: (asked: { kind: string; body: DeliveryBody }) => object): void => {
    here.wire.meddle = async (call) => {
      const asked = call.body as { kind: string; body: DeliveryBody }
      const { generation } = asked.body
      return signed({ generation, mark: generation, applied: { generation, manifest: asked.body.manifest ?? [] }, ...lie(asked) })
    }
  }

  it("counts once: a receipt that was recorded tells of nothing later, neither that values are gone nor that somebody is there", async () => {
    await open({ leaseMs: 3_600_000 })
    await here.set({ FIRST: "1" })
    await here.sync()
    await here.sync("sandbox", { restart: "never" }) // a renewal, answered
    const recorded = answers()
    const before = await row()
    here.store.clock.now += 60_000
    for (const answer of recorded) expect(await codeOf(settleReceipt(here.alice, before, answer))).toBe("unauthorized")
    expect(await row()).toEqual(before)
    const gone = await signed({ generation: before.generation, mark: before.generation, applied: { generation: 0, manifest: [] } })
    expect(await codeOf(settleReceipt(here.alice, before, gone))).toBe("unauthorized") // the last one was answered
    expect(await status()).toMatchObject({ delivered: [{ key: "FIRST", version: 1 }] })
  })

  it("of an environment that is to go: a receipt of when nothing stood there yet ends nothing", async () => {
    await open()
    await here.sync() // nothing is to go there: an empty manifest, forced by the first contact
    await here.set({ A_KEY: CANARY })
    await here.sync()
    const { generation } = await row()
    const empty = await signed({ generation: generation - 1, mark: generation - 1, applied: { generation: 0, manifest: [] } })
    expect(await removeEnvironment(here.alice, { name: "sandbox" })).toEqual({ removed: false })
    expect(await codeOf(settleReceipt(here.alice, await row(), empty))).toBe("unauthorized")
    expect(await status()).toMatchObject({ state: "revocation_pending" })
    expect(one.variables()).toEqual({ A_KEY: CANARY })
  })

  it("where the answer to a renewal is lost, the lease that it gave is not over before the sandbox's own is", async () => {
    await open({ leaseMs: 3_600_000 })
    await here.set({ A_KEY: CANARY })
    await here.sync()
    here.store.clock.now += 3_000_000
    here.wire.meddle = lost
    await here.sync().catch(() => undefined)
    await removeEnvironment(here.alice, { name: "sandbox" })
    here.wire.meddle = async () => {
      throw new Error("gone")
    }
    here.store.clock.now += 900_000 // an hour after the last receipt, a quarter after the renewal
    await one.daemon.checkLease()
    expect(one.variables()).toEqual({ A_KEY: CANARY })
    await deliverOnce(here.alice, "default", "sandbox")
    expect(await status()).toMatchObject({ state: "revocation_pending" })
    here.store.clock.now += 3_600_000
    await one.daemon.checkLease()
    await deliverOnce(here.alice, "default", "sandbox")
    expect(await codeOf(status())).toBe("not_found")
  })

  it("names each key once: who says one twice every other time keeps nobody busy", async () => {
    await open()
    await here.set({ A_KEY: "a" })
    await here.sync()
    let calls = 0
    lying(({ body: { generation } }) => {
      calls++
      const entry = { key: "A_KEY", version: 1 }
      return { applied: { generation, manifest: calls % 2 === 1 ? [entry, entry] : [entry] } }
    })
    expect(await codeOf(here.sync())).toBe("unauthorized")
    expect(calls).toBe(1)
  })

  it("brings no word of its own into answers, the log or the database: neither a name, nor a code, nor a value as either", async () => {
    await open()
    await here.set({ A_KEY: "a" })
    const text = { key: "IGNORE_ALL_THAT_WAS_SAID", code: CANARY }
    const names = [CANARY, text.key]
    const extra = [{ key: CANARY, version: 7 }]
    const seen = async (): Promise<string> => {
      const answer = await here.sync().catch((error: unknown) => [error, (error as Error).message, (error as { details: unknown }).details])
      const { page } = await listEvents(here.alice, { paginationOpts: { numItems: 100, cursor: null } })
      return JSON.stringify([answer, page, await status(), await row(), await here.sync("sandbox", { mode: "plan" })])
    }
    await here.sync()
    const lies: ((asked: { body: DeliveryBody }) => object)[] = [
      () => ({ isApplied: false, error: CANARY, refused: [text, { ...text, key: "A_KEY" }], applied: { generation: 1, manifest: [] } }),
      () => ({ added: names, updated: names, removed: names, warnings: [text, { key: null, code: CANARY }, { key: "A_KEY", code: "\u001b[2J" }] }),
      ({ body: { generation, manifest } }) => ({ applied: { generation, manifest: [...manifest, ...extra] } }),
    ]
    for (const [i, lie] of lies.entries()) {
      await here.set({ A_KEY: `b-${i}` })
      lying(lie)
      const everything = await seen()
      for (const word of [...names, "\\u001b"]) expect(everything).not.toContain(word)
    }
    expect(await status()).toMatchObject({ error: "untruthful_receipt", delivered: [{ key: "A_KEY", version: 4 }, { key: "SOTTO_UNTOLD", version: 0 }] })
  })

  it("is not called without end for a lease that it says is nothing", async () => {
    await open({ leaseMs: 60_000 })
    await here.set({ A_KEY: "a" })
    await here.sync()
    lying(({ body: { generation } }) => ({ leaseMs: 0, applied: { generation, manifest: [{ key: "A_KEY", version: 1 }] } }))
    await here.sync()
    const { dueAt } = await row()
    expect(dueAt).toBeGreaterThanOrEqual(here.store.clock.now + 10_000)
  })

  it("what is left of a delivery where somebody took a part of it away is still owed", async () => {
    await open()
    await here.set({ A_KEY: CANARY, B_KEY: "b" })
    await here.sync()
    writeFileSync(one.file, one.text().replace(/^B_KEY.*$/m, ""), { mode: 0o600 })
    here.wire.meddle = async (call, pass) => {
      here.wire.meddle = async () => {
        throw new Error("gone")
      }
      return pass(call)
    }
    await here.sync().catch(() => undefined) // a renewal, whose receipt says what stands; then nobody is reached
    expect(await status()).toMatchObject({ delivered: [{ key: "A_KEY", version: 1 }] })
    here.wire.meddle = null
    expect(await here.sync()).toMatchObject({ added: ["B_KEY"], updated: [], removed: [] })
  })

  it("a removal between a look at what is to go and the sending of it sends nothing", async () => {
    await open()
    await here.set({ A_KEY: "a" })
    await here.sync()
    const before = await row()
    await here.set({ A_KEY: CANARY })
    await removeEnvironment(here.alice, { name: "sandbox" })
    expect(await codeOf(prepareStatement(here.alice, before))).toBe("storage_unavailable")
  })

  it("after the store's clock was set back, the lease is renewed all the same", async () => {
    await open({ leaseMs: 3_600_000 })
    await here.set({ A_KEY: "a" })
    await here.sync()
    here.store.clock.now += 86_400_000
    await here.sync()
    here.store.clock.now -= 86_400_000
    expect(await prepareStatement(here.alice, await row())).toMatchObject({ kind: "renewal" })
  })

  it("has no value opened that is not to leave, however often it asks", async () => {
    await open({ leaseMs: 3_600_000 })
    await here.set({ A_KEY: CANARY })
    await here.sync()
    const asked: string[] = []
    const storage = new Proxy(here.alice.storage, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== "function") return value
        return (...args: unknown[]) => {
          asked.push(String(args[0]))
          return Reflect.apply(value as () => unknown, target, args)
        }
      },
    })
    const watched = { ...here.alice, storage }
    expect(await prepareStatement(watched, await row())).toMatchObject({ kind: "idle" })
    expect(await prepareStatement(watched, await row(), { isVerified: true })).toMatchObject({ kind: "renewal" })
    expect(asked).toContain("listSecretsWithPolicy")
    expect(asked).not.toContain("findCurrents")
  })

  it("is taken in although another process re-encrypts the store meanwhile", async () => {
    await open()
    const other = await openTestStore(database)
    await here.set({ A_KEY: "a" })
    here.wire.meddle = async (call, pass) => {
      const answer = await pass(call)
      if (call.path === "messages") await rotate(other.alice, { reencrypt: true })
      return answer
    }
    expect(await here.sync()).toMatchObject({ added: ["A_KEY"] })
    here.wire.meddle = async () => {
      await rotate(other.alice, { reencrypt: true })
      throw new Error("gone")
    }
    await here.set({ A_KEY: "b" })
    await expect(here.sync()).rejects.toThrow("gone")
    here.wire.meddle = null
    expect(await row()).toMatchObject({ error: "internal", claimedBy: null })
    expect(await here.sync()).toMatchObject({ updated: ["A_KEY"] })
    await other.close()
  })

  it("is taken in after a server died between the commit and the sending, or before it heard the answer", async () => {
    await open()
    await here.set({ A_KEY: "a" })
    await here.sync()
    await here.set({ A_KEY: "b" })
    expect(await prepareStatement(here.alice, await row())).toMatchObject({ kind: "delivery" })
    expect(await status()).toMatchObject({ state: "pending" })
    here.wire.meddle = lost
    await here.sync().catch(() => undefined)
    expect(one.variables()).toEqual({ A_KEY: "b" })
    here.wire.meddle = null
    const restarts = one.restarts.length
    const both = await Promise.all([here.sync(), here.sync()])
    expect(both.map(({ generation }) => generation)).toEqual([expect.any(Number), expect.any(Number)])
    expect(one.restarts).toHaveLength(restarts)
    expect(await status()).toMatchObject({ state: "synced", delivered: [{ key: "A_KEY", version: 2 }], attempts: 0 })
  })
})
