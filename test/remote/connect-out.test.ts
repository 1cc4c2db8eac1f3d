import { existsSync, rmSync } from "node:fs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { acceptEnrolment, enrollEnvironment } from "../../src/core/environments/enroll.ts"
import { addEnvironment, environmentStatus, removeEnvironment } from "../../src/core/environments/manage-environments.ts"
import { answerPoll } from "../../src/core/environments/poll.ts"
import { syncEnvironment } from "../../src/core/environments/sync.ts"
import { runInSandbox } from "../../src/core/environments/run-in-sandbox.ts"
import { findEnvironment } from "../../src/core/environments/environment-row.ts"
import { listEvents } from "../../src/core/list-events.ts"
import { allowUse } from "../../src/core/policy/set-policy.ts"
import { put } from "../../src/core/put.ts"
import { remove } from "../../src/core/remove.ts"
import { rotate } from "../../src/core/rotate.ts"
import { assertServerUrl, connectOut } from "../../src/remote/connect-out.ts"
import { startSyncEngine, type SyncEngine } from "../../src/remote/sync-engine.ts"
import { listen, type Listening } from "../../src/server/listen.ts"
import { createDatabases } from "../engines.ts"
import { openTestContext } from "../open-test-context.ts"
import { openTestServer, type TestServer } from "../open-test-server.ts"
import { openEnrolled, openTestSandbox, type TestSandbox } from "./open-sandbox.ts"

const freshDatabase = createDatabases()
const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"

describe.each(["sqlite file", "postgres"] as const)("a sandbox that calls in to a server over %s", (engine) => {
  let database: string
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
    database = await freshDatabase(engine)
    server = await openTestServer({ database })
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

  it("answers a sync that was asked for while a delivery was on its way", async () => {
    await expect.poll(() => environmentStatus(ctx(), { name: "sandbox" }), { timeout: 5_000 }).toMatchObject({ state: "synced" })
    stopping.abort()
    await connected
    await set("A_KEY", CANARY)
    const hello = await one.daemon.hello()
    server.store.clock.now += 3_000
    const { statement } = (await server.call("POST", `/sandboxes/${one.daemon.sandboxId}/poll`, { body: { hello } })).body as { statement: unknown }
    const asked = syncEnvironment(ctx(), { name: "sandbox" })
    const taken = await one.daemon.take("delivery", statement)
    await server.call("POST", `/sandboxes/${one.daemon.sandboxId}/reply`, { body: { kind: "receipt", statement: taken.statement } })
    expect(await asked).toMatchObject({ added: ["A_KEY"], restarted: true })
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
      server.store.clock.now += 3_000 // what was lost is said again no sooner
      const { statement } = (await server.call("POST", `/sandboxes/${one.daemon.sandboxId}/poll`, { body: { hello: await one.daemon.hello() } })).body as { statement: unknown }
      await one.daemon.take("delivery", statement) // and nobody hears of it
      await remove(ctx(), { name })
      await set("C_KEY", "c")
      expect([name, await state()]).toEqual([name, "revocation_pending"])
    }
    server.store.clock.now += 3_000
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

  it("no stranger has the server read a body, and nobody one of a million arrays", async () => {
    await expect.poll(() => environmentStatus(ctx(), { name: "sandbox" }), { timeout: 5_000 }).toMatchObject({ state: "synced" })
    const headers = { "content-type": "application/json" }
    const nested = `{"kind":"receipt","statement":{"proof":"AA","body":${"[".repeat(1_900_000)}${"]".repeat(1_900_000)}}}`
    const begun = performance.now()
    for (const route of ["poll", "reply"]) expect((await server.call("POST", `/sandboxes/0000000000000000/${route}`, { headers, body: "{ no JSON" })).status).toBe(401)
    expect((await server.call("POST", `/sandboxes/${one.daemon.sandboxId}/reply`, { headers, body: nested })).status).toBe(413)
    expect(performance.now() - begun).toBeLessThan(500)
    const polluting = `{"hello":{"proof":"AA","body":{"__proto__":{"v":1}}}}`
    expect((await server.call("POST", `/sandboxes/${one.daemon.sandboxId}/poll`, { headers, body: polluting })).status).toBe(400)
  })

  it("is not sent everything over and over for saying that nothing stands there, or for answering nothing", async () => {
    await set("A_KEY", CANARY)
    await expect.poll(standing, { timeout: 5_000 }).toEqual({ A_KEY: CANARY })
    await expect.poll(() => environmentStatus(ctx(), { name: "sandbox" }), { timeout: 5_000 }).toMatchObject({ state: "synced" })
    stopping.abort()
    await connected
    rmSync(one.file)
    const answers: string[] = []
    const flood = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) {
        const gone = AbortSignal.timeout(100)
        answers.push((await answerPoll(ctx(), one.daemon.sandboxId, { hello: await one.daemon.hello() }, gone)).kind)
      }
    }
    await flood()
    expect(answers.splice(0)).toEqual(Array(5).fill("nothing"))
    server.store.clock.now += 3_000
    await flood()
    expect(answers.splice(0)).toEqual(["delivery", ...Array<string>(4).fill("nothing")])
    server.store.clock.now += 3_000
    await flood()
    expect(answers.splice(0)).toEqual(["delivery", ...Array<string>(4).fill("nothing")])
    server.store.clock.now -= 86_400_000
    await flood()
    expect(answers[0]).toBe("delivery") // a clock that was set back holds nobody up
  })

  it("gets what changes although another process re-encrypts the store, and nobody else asks this server for anything", async () => {
    await set("A_KEY", "first")
    await expect.poll(standing, { timeout: 5_000 }).toEqual({ A_KEY: "first" })
    const other = await openTestContext(database)
    await put(other.ctx, { name: "A_KEY", value: "second" })
    await expect.poll(standing, { timeout: 5_000 }).toEqual({ A_KEY: "second" })
    await rotate(other.ctx, { reencrypt: true })
    await put(other.ctx, { name: "A_KEY", value: "third" })
    await expect.poll(standing, { timeout: 5_000 }).toEqual({ A_KEY: "third" })
    await expect.poll(() => other.ctx.storage.one("findEnvironmentById", { id: one.daemon.sandboxId }), { timeout: 5_000 }).toMatchObject({ sent: null, error: null })
    await other.close()
  })

  it("is let go where another is enrolled in its place, and keeps no place for a caller that has gone", async () => {
    await expect.poll(() => environmentStatus(ctx(), { name: "sandbox" }), { timeout: 5_000 }).toMatchObject({ state: "synced" })
    stopping.abort()
    await connected
    const hub = ctx().sandboxes as NonNullable<ReturnType<typeof ctx>["sandboxes"]>
    const { sandboxId } = one.daemon
    const held = answerPoll(ctx(), sandboxId, { hello: await one.daemon.hello() }).then(() => "answered", (error: { code: string }) => error.code)
    await expect.poll(() => hub.hub.sessionOf(sandboxId)).not.toBeNull()
    const { token } = await enrollEnvironment(ctx(), { name: "sandbox" })
    const other = await openTestSandbox({ clock: () => server.store.clock.now, token: token.reveal() })
    await acceptEnrolment(ctx(), sandboxId, other.daemon.enrolment())
    await set("A_KEY", CANARY)
    expect(await held).toBe("unauthorized")
    expect(await answerPoll(ctx(), sandboxId, { hello: await one.daemon.hello() }).catch((error: { code: string }) => error.code)).toBe("unauthorized")
    expect(hub.hub.sessionOf(sandboxId)).toBeNull()
    expect(await hub.hub.wait(sandboxId, { session: "gone", namespace: "default", ms: 60_000, gone: AbortSignal.abort() })).toEqual({ reason: "replaced" })
    expect(hub.hub.sessionOf(sandboxId)).toBeNull()
    await other.close()
  })

  it("does not call without a pause, whatever answers at once", async () => {
    for (const kind of ["nothing", "command", "renewal"]) {
      let calls = 0
      const ending = AbortSignal.timeout(600)
      await connectOut(one.daemon, { url: "https://sotto.example.com", signal: ending, fetch: async () => (calls++, await new Promise((resolve) => setTimeout(resolve, 1)), Response.json({ kind, statement: { body: {}, proof: "AA" } })) })
      expect(calls).toBeLessThanOrEqual(4)
    }
  })

  it("names a server by https, or by http on loopback", () => {
    for (const url of ["http://sotto.example.com", "ftp://127.0.0.1", "https://u:p@sotto.example.com", "nonsense"]) expect(() => assertServerUrl(url)).toThrow(/https/)
    expect(assertServerUrl("https://sotto.example.com").host).toBe("sotto.example.com")
  })
})
