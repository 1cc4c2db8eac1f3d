import { existsSync } from "node:fs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { enrollEnvironment } from "../../src/core/environments/enroll.ts"
import { addEnvironment, environmentStatus, removeEnvironment } from "../../src/core/environments/manage-environments.ts"
import { syncEnvironment } from "../../src/core/environments/sync.ts"
import { runInSandbox } from "../../src/core/environments/run-in-sandbox.ts"
import { findEnvironment } from "../../src/core/environments/environment-row.ts"
import { listEvents } from "../../src/core/list-events.ts"
import { allowUse } from "../../src/core/policy/set-policy.ts"
import { put } from "../../src/core/put.ts"
import { remove } from "../../src/core/remove.ts"
import { assertServerUrl, connectOut } from "../../src/remote/connect-out.ts"
import { startSyncEngine, type SyncEngine } from "../../src/remote/sync-engine.ts"
import { listen, type Listening } from "../../src/server/listen.ts"
import { createDatabases } from "../engines.ts"
import { openTestServer, type TestServer } from "../open-test-server.ts"
import { openEnrolled, openTestSandbox, type TestSandbox } from "./open-sandbox.ts"

const freshDatabase = createDatabases()
const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"

describe.each(["sqlite file", "postgres"] as const)("a sandbox that calls in to a server over %s", (engine) => {
  let server: TestServer
  let listening: Listening
  let one: TestSandbox
  let deliveries: SyncEngine
  let stopping: AbortController
  let connected: Promise<void>
  const states: (string | null)[] = []

  const ctx = () => server.store.ctx
  const set = async (name: string, value: string): Promise<void> => {
    await put(ctx(), { name, value })
    await allowUse(ctx(), { name, sync: "sandbox" })
  }

  beforeEach(async () => {
    server = await openTestServer({ database: await freshDatabase(engine) })
    listening = await listen(server.app, { host: "127.0.0.1", port: 0 })
    deliveries = startSyncEngine(ctx(), { debounceMs: 20 })
    await addEnvironment(ctx(), { name: "sandbox" })
    const { token } = await enrollEnvironment(ctx(), { name: "sandbox" })
    one = await openTestSandbox({ clock: () => server.store.clock.now, token: token.reveal() })
    stopping = new AbortController()
    connected = connectOut(one.daemon, { url: listening.url, signal: stopping.signal, onState: (code) => states.push(code) })
  })
  afterEach(async () => {
    stopping.abort()
    await connected
    await deliveries.close()
    await one.close()
    await server.close()
    if (server.log.join("\n").includes(CANARY)) throw new Error("a value stood in the log")
  })

  const standing = () => (existsSync(one.file) ? one.variables() : null)

  it("is enrolled by its first call, and gets what changes without being asked", async () => {
    await set("A_KEY", CANARY)
    await expect.poll(standing, { timeout: 5_000 }).toEqual({ A_KEY: CANARY })
    await put(ctx(), { name: "A_KEY", value: "second" })
    await expect.poll(standing, { timeout: 5_000 }).toEqual({ A_KEY: "second" })
    await remove(ctx(), { name: "A_KEY" })
    await expect.poll(standing, { timeout: 5_000 }).toEqual({})
    await expect.poll(() => environmentStatus(ctx(), { name: "sandbox" })).toMatchObject({ state: "synced", address: null, delivered: [] })
    expect(states).toContain(null)
    const { page } = await listEvents(ctx(), { paginationOpts: { numItems: 100, cursor: null } })
    const ofDelivery = page.filter(({ type }) => ["environment_enrolled", "delivered", "environment_synced"].includes(type))
    expect(new Set(ofDelivery.map(({ principal }) => principal.id))).toEqual(new Set(["sync"]))
  })

  it("answers a sync as one that listens does", async () => {
    await expect.poll(() => environmentStatus(ctx(), { name: "sandbox" }), { timeout: 5_000 }).toMatchObject({ state: "synced" })
    await deliveries.close() // the call itself sees to it
    await set("A_KEY", CANARY)
    expect(await syncEnvironment(ctx(), { name: "sandbox" })).toMatchObject({ added: ["A_KEY"], restarted: true })
    expect(standing()).toEqual({ A_KEY: CANARY })
    expect(await syncEnvironment(ctx(), { name: "sandbox" })).toMatchObject({ added: [], unchanged: 1, restarted: false })
  })

  it("waits for the environment that was asked for, whatever another one of the workspace does meanwhile", async () => {
    await expect.poll(() => environmentStatus(ctx(), { name: "sandbox" }), { timeout: 5_000 }).toMatchObject({ state: "synced" })
    stopping.abort()
    await connected
    const beside = await openEnrolled({ alice: ctx(), store: server.store }, { name: "beside" })
    try {
      await set("A_KEY", CANARY)
      await allowUse(ctx(), { name: "A_KEY", sync: "beside" })
      const answer = syncEnvironment(ctx(), { name: "sandbox" })
      await expect.poll(() => existsSync(beside.file), { timeout: 5_000 }).toBe(true)
      stopping = new AbortController()
      connected = connectOut(one.daemon, { url: listening.url, signal: stopping.signal })
      expect(await answer).toMatchObject({ added: ["A_KEY"], restarted: true })
    } finally {
      await beside.close()
    }
  })

  it("loopstack C17: runs a command with what was delivered, its output masked", async () => {
    await set("A_KEY", CANARY)
    await expect.poll(standing, { timeout: 5_000 }).toEqual({ A_KEY: CANARY })
    const order = { command: ["/bin/sh", "-c", "echo $A_KEY; echo $0"], variables: { A_KEY: "A_KEY" }, cwd: null, stdin: null, network: "host" as const, timeoutMs: 10_000, maxBytes: 10_000 }
    await expect.poll(() => ctx().sandboxes?.hub.sessionOf(one.daemon.sandboxId) ?? null).not.toBeNull()
    const end = await runInSandbox(ctx(), await findEnvironment(ctx(), "default", "sandbox"), order)
    expect(end).toMatchObject({ exitCode: 0, stdout: "[REDACTED:SECRET_A_KEY]\n/bin/sh\n", masked: { A_KEY: 1 } })
  })

  it("is gone from the store once it holds nothing more", async () => {
    await set("A_KEY", CANARY)
    await expect.poll(standing, { timeout: 5_000 }).toEqual({ A_KEY: CANARY })
    expect(await removeEnvironment(ctx(), { name: "sandbox" })).toEqual({ removed: false })
    await expect.poll(standing, { timeout: 5_000 }).toEqual({})
    await expect.poll(() => environmentStatus(ctx(), { name: "sandbox" }).then(() => "there", (error: { code: string }) => error.code), { timeout: 5_000 }).toBe("not_found")
  })

  it("agents 44: one that does not call in while a secret is taken away is revocation_pending, also where its last word was lost", async () => {
    const state = async (): Promise<unknown> => (await environmentStatus(ctx(), { name: "sandbox" })).state
    await set("A_KEY", CANARY)
    await expect.poll(standing, { timeout: 5_000 }).toEqual({ A_KEY: CANARY })
    await expect.poll(state).toBe("synced")
    stopping.abort()
    await connected
    await set("B_KEY", "b")
    expect(await state()).toBe("pending")
    await remove(ctx(), { name: "A_KEY" })
    expect(await state()).toBe("revocation_pending")
    for (const name of ["B_KEY", "C_KEY"]) {
      const { statement } = (await server.call("POST", `/sandboxes/${one.daemon.sandboxId}/poll`, { body: { hello: await one.daemon.hello() } })).body as { statement: unknown }
      await one.daemon.take("delivery", statement) // and nobody hears of it
      await remove(ctx(), { name })
      await set("C_KEY", "c")
      expect([name, await state()]).toEqual([name, "revocation_pending"])
    }
    stopping = new AbortController()
    connected = connectOut(one.daemon, { url: listening.url, signal: stopping.signal })
    await expect.poll(standing, { timeout: 5_000 }).toEqual({ C_KEY: "c" })
    await expect.poll(state).toBe("synced")
  })

  it("calls again where the server went away, and finds what changed meanwhile", async () => {
    await set("A_KEY", "first")
    await expect.poll(standing, { timeout: 5_000 }).toEqual({ A_KEY: "first" })
    await one.restart()
    stopping.abort()
    await connected
    await put(ctx(), { name: "A_KEY", value: "second" })
    stopping = new AbortController()
    connected = connectOut(one.daemon, { url: listening.url, signal: stopping.signal })
    await expect.poll(standing, { timeout: 5_000 }).toEqual({ A_KEY: "second" })
  })

  it("is let in by its signature alone, and refused alike for a wrong one and for no such sandbox", async () => {
    await expect.poll(() => environmentStatus(ctx(), { name: "sandbox" }), { timeout: 5_000 }).toMatchObject({ state: "synced" })
    const hello = await one.daemon.hello()
    const forged = { body: { ...(hello.body as object), generation: 99 }, proof: hello.proof }
    const wrong = await server.call("POST", `/sandboxes/${one.daemon.sandboxId}/poll`, { body: { hello: forged } })
    const nobody = await server.call("POST", "/sandboxes/0000000000000000/poll", { body: { hello } })
    expect([wrong.status, nobody.status]).toEqual([401, 401])
    expect(wrong.text).toBe(nobody.text)
    expect((await server.call("POST", `/sandboxes/${one.daemon.sandboxId}/poll`, { body: {} })).status).toBe(400)
    const late = await server.call("POST", `/sandboxes/${one.daemon.sandboxId}/reply`, { body: { kind: "receipt", statement: { body: { v: 1 }, proof: "AAAA" } } })
    expect(late.status).toBe(401)
    server.store.clock.now += 600_000
    expect((await server.call("POST", `/sandboxes/${one.daemon.sandboxId}/poll`, { body: { hello } })).status).toBe(401)
  })

  it("names a server by https, or by http on loopback", () => {
    for (const url of ["http://sotto.example.com", "ftp://127.0.0.1", "https://u:p@sotto.example.com", "nonsense"]) expect(() => assertServerUrl(url)).toThrow(/https/)
    expect(assertServerUrl("https://sotto.example.com").host).toBe("sotto.example.com")
  })
})
