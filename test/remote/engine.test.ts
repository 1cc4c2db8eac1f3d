import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { claimEnvironment, releaseEnvironment } from "../../src/core/environments/claim.ts"
import { findEnvironment } from "../../src/core/environments/environment-row.ts"
import { environmentStatus, removeEnvironment } from "../../src/core/environments/manage-environments.ts"
import { listEvents } from "../../src/core/list-events.ts"
import { put } from "../../src/core/put.ts"
import { remove } from "../../src/core/remove.ts"
import { startSyncEngine, type SyncEngine } from "../../src/remote/sync-engine.ts"
import { createDatabases } from "../engines.ts"
import { openEnrolled, openTestStore, type TestSandbox, type TestStore } from "./open-sandbox.ts"

const freshDatabase = createDatabases()

describe.each(["sqlite file", "postgres"] as const)("deliveries by themselves, from %s", (engine) => {
  let here: TestStore
  let one: TestSandbox
  const engines: SyncEngine[] = []
  const failures: unknown[] = []
  const start = (store: TestStore = here): SyncEngine => {
    const started = startSyncEngine(store.alice, { debounceMs: 20, lookEveryMs: 200, onFailure: (error) => failures.push(error) })
    engines.push(started)
    return started
  }
  const deliveries = () => here.wire.calls.filter(({ body }) => (body as { kind?: string } | undefined)?.kind === "delivery")

  let database: string
  beforeEach(async () => {
    database = await freshDatabase(engine)
    here = await openTestStore(database)
    one = await openEnrolled(here)
  })
  afterEach(async () => {
    for (const each of engines.splice(0)) await each.close()
    await one.close()
    await here.close()
    if (failures.splice(0).length > 0) throw new Error("a round of deliveries failed")
  })

  it("bring what changes to the sandbox, and changes that come together in one statement", async () => {
    await here.set({ A_KEY: "1" })
    start()
    await expect.poll(() => one.variables()).toEqual({ A_KEY: "1" })
    const before = deliveries().length
    await Promise.all(["2", "3", "4", "5"].map((value) => put(here.alice, { name: "A_KEY", value: `all-${value}` })))
    await here.set({ B_KEY: "b" })
    await expect.poll(() => Object.keys(one.variables())).toEqual(["A_KEY", "B_KEY"])
    expect(deliveries().length - before).toBeLessThanOrEqual(3)
    await remove(here.alice, { name: "A_KEY" })
    await expect.poll(() => one.variables()).toEqual({ B_KEY: "b" })
  })

  it("take up what another process failed at and put off, though nobody tells them", async () => {
    start()
    await here.set({ A_KEY: "1" })
    await expect.poll(() => one.variables()).toEqual({ A_KEY: "1" })
    await engines[0]?.idle()
    const { id } = await findEnvironment(here.alice, "default", "sandbox")
    await claimEnvironment(here.alice, "a command line", id)
    await here.set({ A_KEY: "2" })
    await engines[0]?.idle()
    expect(one.variables()).toEqual({ A_KEY: "1" })
    await releaseEnvironment(here.alice, id, { attempts: 1, dueAt: here.store.clock.now })
    await expect.poll(() => one.variables(), { timeout: 5_000 }).toEqual({ A_KEY: "2" })
  })

  it("find what changed while nobody ran", async () => {
    await here.set({ A_KEY: "1" })
    const first = start()
    await expect.poll(() => one.variables()).toEqual({ A_KEY: "1" })
    await first.close()
    await here.set({ A_KEY: "2" })
    start()
    await expect.poll(() => one.variables()).toEqual({ A_KEY: "2" })
  })

  it("try again after a while that doubles, and say once that it fails", async () => {
    await here.set({ A_KEY: "1" })
    let attempts = 0
    here.wire.meddle = async (call, pass) => {
      if (call.path !== "messages") return pass(call)
      attempts++
      throw new Error("not reached")
    }
    while (attempts < 5) {
      const before = attempts
      const running = start()
      await expect.poll(() => attempts).toBeGreaterThan(before)
      await running.idle()
      await running.close()
    }
    expect(await environmentStatus(here.alice, { name: "sandbox" })).toMatchObject({ state: "failing", error: "internal", attempts })
    const { dueAt } = (await here.alice.storage.one("findEnvironment", { namespace: "default", name: "sandbox" })) as { dueAt: number }
    const waitMs = 1_000 * 2 ** (attempts - 1)
    expect(dueAt - here.store.clock.now).toBeGreaterThan(waitMs * 0.89)
    expect(dueAt - here.store.clock.now).toBeLessThan(waitMs * 1.11)
    const { page } = await listEvents(here.alice, { type: "sync_failed", paginationOpts: { numItems: 50, cursor: null } })
    expect(page).toHaveLength(1)
    here.wire.meddle = null
    here.store.clock.now += 2 * waitMs
    start()
    await expect.poll(() => environmentStatus(here.alice, { name: "sandbox" })).toMatchObject({ state: "synced", error: null, attempts: 0 })
    expect(one.variables()).toEqual({ A_KEY: "1" })
  })

  it("take away what expires, at its time", async () => {
    await here.set({ STAYS: "1" })
    await put(here.alice, { name: "GOES", value: "2", ttlMs: 60_000 })
    const { allowUse } = await import("../../src/core/policy/set-policy.ts")
    await allowUse(here.alice, { name: "GOES", sync: "sandbox" })
    const running = start()
    await expect.poll(() => Object.keys(one.variables())).toEqual(["GOES", "STAYS"])
    await running.close()
    here.store.clock.now += 60_000
    start()
    await expect.poll(() => one.variables()).toEqual({ STAYS: "1" })
  })

  it("end what is owed to an environment that was removed, and then the environment", async () => {
    await here.set({ A_KEY: "1" })
    start()
    await expect.poll(() => one.variables()).toEqual({ A_KEY: "1" })
    expect(await removeEnvironment(here.alice, { name: "sandbox" })).toEqual({ removed: false })
    await expect.poll(() => one.variables()).toEqual({})
    await expect.poll(() => environmentStatus(here.alice, { name: "sandbox" }).then(() => "there", (error: { code: string }) => error.code)).toBe("not_found")
  })

  it("renew the lease before it is over, without a value", async () => {
    await one.close()
    await removeEnvironment(here.alice, { name: "sandbox", force: true })
    one = await openEnrolled(here, { leaseMs: 90_000 })
    await here.set({ A_KEY: "1" })
    const running = start()
    await expect.poll(() => one.variables()).toEqual({ A_KEY: "1" })
    await running.close()
    here.store.clock.now += 31_000
    const before = here.wire.calls.length
    const again = start()
    await expect.poll(() => here.wire.calls.slice(before).map(({ body }) => (body as { kind: string }).kind)).toEqual(["renewal"])
    await again.idle()
    here.store.clock.now += 80_000
    expect(await one.daemon.checkLease()).toBe(10_000)
  })

  it("are made once, whichever of several servers makes them", async () => {
    const others = await Promise.all([1, 2].map(() => openTestStore(database)))
    try {
      for (const each of [here, ...others]) start(each)
      await here.set({ A_KEY: "1" })
      await expect.poll(() => one.variables()).toEqual({ A_KEY: "1" })
      await put(here.alice, { name: "A_KEY", value: "2" })
      await expect.poll(() => one.variables()).toEqual({ A_KEY: "2" })
      for (const each of engines) await each.idle()
      expect(one.restarts.length).toBe(2)
      expect(await environmentStatus(here.alice, { name: "sandbox" })).toMatchObject({ state: "synced", attempts: 0 })
    } finally {
      for (const each of engines.splice(0)) await each.close()
      for (const each of others) await each.close()
    }
  })
})
