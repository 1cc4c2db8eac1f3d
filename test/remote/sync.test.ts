import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { existsSync, lstatSync, writeFileSync } from "node:fs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { parse } from "dotenv"
import { createWorkspace } from "../../src/core/access/create-workspace.ts"
import { deleteWorkspace } from "../../src/core/access/delete-workspace.ts"
import { enrollEnvironment } from "../../src/core/environments/enroll.ts"
import { environmentStatus, addEnvironment, removeEnvironment } from "../../src/core/environments/manage-environments.ts"
import { syncEnvironment } from "../../src/core/environments/sync.ts"
import { syncWorkspace } from "../../src/core/environments/sync-workspace.ts"
import { listEvents } from "../../src/core/list-events.ts"
import { setPolicy } from "../../src/core/policy/set-policy.ts"
import { put } from "../../src/core/put.ts"
import { remove } from "../../src/core/remove.ts"
import { createDatabases } from "../engines.ts"
import { freePort, openEnrolled, openTestStore, type TestSandbox, type TestStore } from "./open-sandbox.ts"

const freshDatabase = createDatabases()
const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"

const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => "done", (error: unknown) => (error as { code: string }).code)

describe.each(["sqlite file", "postgres"] as const)("deliveries from %s", (engine) => {
  let here: TestStore
  const closing: (() => Promise<void>)[] = []

  const sandbox = async (options: Parameters<typeof openEnrolled>[1] = {}): Promise<TestSandbox> => {
    const opened = await openEnrolled(here, options)
    closing.push(() => opened.close())
    return opened
  }
  /** A server that answers as it likes. */
  const fake = async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> => {
    const server = createServer(answer)
    const port = await new Promise<number>((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)))
    closing.push(() => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }))
    return port
  }

  beforeEach(async () => {
    here = await openTestStore(await freshDatabase(engine))
  })
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
    await here.close()
  })

  it("loopstack C1: nothing to sync and no environment: nothing is called, and nothing is needed", async () => {
    await put(here.alice, { name: "UNMEANT", value: "x" })
    expect(await syncWorkspace(here.alice, {})).toBeNull()
    expect(here.wire.calls).toEqual([])
  })

  it("loopstack C2: two secrets go to the environment called sandbox in one statement, in the order of their keys, and no value is in the log", async () => {
    const [mine, other] = [await sandbox(), await sandbox({ name: "other" })]
    await here.set({ B_KEY: CANARY, A_KEY: "value-of-a" })
    const answer = await syncWorkspace(here.alice, {})
    expect(answer).toEqual({ target: "sandbox", generation: 1, mode: "apply", added: ["A_KEY", "B_KEY"], updated: [], removed: [], unchanged: 0, restarted: true, warnings: [] })
    expect(here.wire.calls.map(({ path }) => path)).toEqual(["enrolment", "messages"])
    expect((here.wire.calls[1]?.body as { body: { manifest: unknown } } | undefined)?.body.manifest).toEqual([{ key: "A_KEY", version: 1 }, { key: "B_KEY", version: 1 }])
    expect(mine.variables()).toEqual({ A_KEY: "value-of-a", B_KEY: CANARY })
    expect(existsSync(other.file)).toBe(false)
    const { page } = await listEvents(here.alice, { paginationOpts: { numItems: 100, cursor: null }, order: "asc" })
    expect(page.filter(({ type }) => type === "delivered").map(({ name, metadata }) => [name, metadata])).toEqual([
      ["A_KEY", { environment: "sandbox", generation: 1 }], ["B_KEY", { environment: "sandbox", generation: 1 }],
    ])
    expect(JSON.stringify([page, here.wire.calls])).not.toContain(CANARY)
  })

  it("loopstack C3: secrets that are to go somewhere, and no environment: says so, with the next step", async () => {
    await here.set({ A_KEY: "a" })
    await expect(syncWorkspace(here.alice, {})).rejects.toMatchObject({ code: "not_found", message: "No environment is connected to this workspace", help: "Add one: sotto env add NAME" })
  })

  it("loopstack C4: a sandbox that nobody reaches is named, and is tried again", async () => {
    const one = await sandbox()
    await here.set({ A_KEY: CANARY })
    await here.sync()
    await one.close()
    closing.pop()
    await here.set({ B_KEY: "b" })
    const failing = here.sync()
    await expect(failing).rejects.toMatchObject({ code: "server_unreachable", message: `Failed to connect to remote environment at ${new URL(one.address).host}` })
    expect(await environmentStatus(here.alice, { name: "sandbox" })).toMatchObject({ state: "failing", error: "server_unreachable", attempts: 1, delivered: [{ key: "A_KEY", version: 1 }] })
  })

  it.each([
    ["a status that is none of a daemon's", (response: ServerResponse) => response.writeHead(500).end(`${CANARY} and more`), "server_unreachable"],
    ["words that are no JSON", (response: ServerResponse) => response.end(CANARY), "unauthorized"],
    ["JSON of another shape", (response: ServerResponse) => response.end(JSON.stringify({ success: true, count: 2, restarted: CANARY })), "unauthorized"],
    ["a receipt that nobody signed", (response: ServerResponse) => response.end(JSON.stringify({ body: { v: 1, sandboxId: CANARY, generation: 1, isApplied: true }, proof: "AAAA" })), "unauthorized"],
    ["a redirection", (response: ServerResponse) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(), "server_unreachable"],
  ] as const)("loopstack C5: an agent that answers with %s: an error without a word of it", async (_what, answer, code) => {
    const one = await sandbox()
    await here.set({ A_KEY: CANARY })
    const port = await fake((request, response) => void request.resume().once("end", () => answer(response)))
    here.wire.meddle = (call, pass) => pass(call.path === "messages" ? { ...call, address: `http://127.0.0.1:${port}` } : call)
    const failure = await here.sync().catch((error: unknown) => error as Error)
    expect(failure).toMatchObject({ code })
    expect(JSON.stringify([failure, (failure as Error).message, (failure as { cause?: unknown }).cause])).not.toContain(CANARY)
    expect(await environmentStatus(here.alice, { name: "sandbox" })).toMatchObject({ state: "failing", error: code, delivered: [] })
    expect(existsSync(one.file)).toBe(false)
  })

  it("loopstack C6: arguments of another shape are refused", async () => {
    await sandbox()
    expect(await codeOf(here.sync("sandbox", { x: 1 }))).toBe("invalid_argument")
    expect(await codeOf(here.sync("Sandbox!"))).toBe("invalid_argument")
    expect(await codeOf(here.sync("sandbox", { mode: "now" }))).toBe("invalid_argument")
    expect(await codeOf(here.sync("nowhere"))).toBe("not_found")
  })

  it("loopstack C7: a daemon that is sent something else answers 400, writes nothing and restarts nothing", async () => {
    const one = await sandbox()
    const send = (body: string, method = "POST", path = "messages"): Promise<number> =>
      fetch(`${one.address}/v1/${path}`, { method, ...(method === "POST" && { body }) }).then(({ status }) => status)
    expect(await send(JSON.stringify({ variables: "A=1" }))).toBe(400)
    expect(await send("{")).toBe(400)
    expect(await send("null")).toBe(400)
    expect(await send(JSON.stringify({ kind: "exec", command: ["/bin/sh"] }))).toBe(400)
    expect(await send("", "GET", "files")).toBe(404)
    expect(await send("", "GET", "../../etc/passwd")).toBe(404)
    expect([existsSync(one.file), one.restarts]).toEqual([false, []])
  })

  it("loopstack C8: an empty value is there, and empty", async () => {
    const one = await sandbox()
    await here.set({ EMPTY: "", FULL: "full" })
    await here.sync()
    expect(one.variables()).toEqual({ EMPTY: "", FULL: "full" })
  })

  it("loopstack C9: the app reads the exact bytes", async () => {
    const one = await sandbox()
    const values = {
      HASH: "pa#ss", BLANKS: "  both ends  ", DOUBLE: '"q"', SINGLE: "'q'", TICKS: "`q`", MIXED: `a'b"c`, PEM: "-----BEGIN KEY-----\nMIIB/+==\n-----END KEY-----\n",
      DOLLAR: "${HOME} $HOME $(id)", SLASH: "a\\nb\\", JSON_TEXT: '{"a":[1,"x"]}', UNICODE: "žluťoučký 🐎", URL: "postgres://u:p@h/d?x=1#frag",
    }
    await here.set(values)
    await here.sync()
    expect(one.variables()).toEqual(values)
  })

  it("loopstack C10: a value with a line that looks like a variable defines no other", async () => {
    const one = await sandbox()
    await here.set({ EVIL: "x\nNODE_OPTIONS=--require=/tmp/evil.js\n" })
    await here.sync()
    expect(parse(one.text())).toEqual({ EVIL: "x\nNODE_OPTIONS=--require=/tmp/evil.js\n" })
    await put(here.alice, { name: "NODE_OPTIONS", value: "--require=/tmp/evil.js" })
    await setPolicy(here.alice, { name: "NODE_OPTIONS", policy: { sync: ["*"] } })
    expect(await here.sync("sandbox", { mode: "plan" })).toMatchObject({ added: [], unchanged: 1 })
  })

  it("loopstack C11: a value that the format cannot carry fails the sync by its key, and the old file stays", async () => {
    const one = await sandbox({ target: { format: "docker" } })
    await here.set({ GOOD: "good-1" })
    await here.sync()
    const before = one.text()
    await here.set({ GOOD: "good-2", LINES: `${CANARY}\nsecond line` })
    const failure = await here.sync().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: "sync_failed", details: { refused: [{ key: "LINES", code: "line_feed" }] } })
    expect(JSON.stringify(failure)).not.toContain(CANARY)
    expect(one.text()).toBe(before)
    expect(await environmentStatus(here.alice, { name: "sandbox" })).toMatchObject({ state: "failing", error: "refused", delivered: [{ key: "GOOD", version: 1 }] })
  })

  it("loopstack C12: a hand-written variable stays, and the secrets are updated in their place", async () => {
    const one = await sandbox({ target: { mode: "block" } })
    writeFileSync(one.file, "BY_HAND=1\n", { mode: 0o600 })
    await here.set({ A_KEY: "first" })
    await here.sync()
    await here.set({ A_KEY: "second" })
    expect(await here.sync()).toMatchObject({ updated: ["A_KEY"], restarted: true })
    expect(one.variables()).toEqual({ BY_HAND: "1", A_KEY: "second" })
  })

  it("loopstack C13, agents 38: the last secret is deleted: the variable goes, the count is nought, the app is restarted", async () => {
    const one = await sandbox()
    await here.set({ A_KEY: CANARY })
    await here.sync()
    await remove(here.alice, { name: "A_KEY" })
    expect(await here.sync()).toMatchObject({ added: [], removed: ["A_KEY"], unchanged: 0, restarted: true })
    expect(one.variables()).toEqual({})
    expect(one.restarts).toHaveLength(2)
  })

  it("loopstack C14: an app that does not come back has its old file again, and the answer says so", async () => {
    const ends = [0, 1, 0]
    const one = await sandbox({ run: async () => ({ exitCode: ends.shift() ?? 0 }) })
    await here.set({ A_KEY: "first" })
    await here.sync()
    await here.set({ A_KEY: "second" })
    await expect(here.sync()).rejects.toMatchObject({ code: "sync_failed", details: { isRestored: true } })
    expect(one.variables()).toEqual({ A_KEY: "first" })
    expect(await environmentStatus(here.alice, { name: "sandbox" })).toMatchObject({ state: "failing", error: "not_restarted", delivered: [{ key: "A_KEY", version: 1 }] })
    expect(await here.sync()).toMatchObject({ updated: ["A_KEY"] })
    expect(one.variables()).toEqual({ A_KEY: "second" })
  })

  it("loopstack C19: the file is 0600, and is replaced, never written over", async () => {
    const one = await sandbox()
    await here.set({ A_KEY: "first" })
    await here.sync()
    const before = lstatSync(one.file)
    await here.set({ A_KEY: "second" })
    await here.sync()
    const after = lstatSync(one.file)
    expect([(after.mode & 0o777).toString(8), after.ino === before.ino]).toEqual(["600", false])
  })

  it.each([
    ["http://sandbox.example.com/", "invalid_argument"],
    ["http://10.0.0.5:7767", "invalid_argument"],
    ["ftp://127.0.0.1/", "invalid_argument"],
    ["https://user:pass@sandbox.example.com/", "invalid_argument"],
    ["https://sandbox.example.com/?to=1", "invalid_argument"],
    ["not a url", "invalid_argument"],
  ])("loopstack C16: the address %s is refused", async (address, code) => {
    expect(await codeOf(addEnvironment(here.alice, { name: "sandbox", address }))).toBe(code)
  })

  it.each(["https://10.0.0.5/", "https://169.254.169.254/", "https://[fd00:ec2::254]/", "https://[fd20:ce:0::254]/", "https://100.100.100.200/", "https://127.0.0.1.nip.example/", "https://0.0.0.0/", "https://[::ffff:127.0.0.1]/"])(
    "loopstack C16: %s leads to no sandbox unless a person allows private networks, and then never to a cloud's metadata",
    async (address) => {
      await addEnvironment(here.alice, { name: "sandbox", address })
      await enrollEnvironment(here.alice, { name: "sandbox" })
      await here.set({ A_KEY: "a" })
      const first = await codeOf(here.sync())
      expect(["forbidden", "server_unreachable"]).toContain(first)
      await removeEnvironment(here.alice, { name: "sandbox", force: true })
      await addEnvironment(here.alice, { name: "sandbox", address, allowsPrivate: true })
      await enrollEnvironment(here.alice, { name: "sandbox" })
      here.wire.meddle = (call, pass) => pass({ ...call, timeoutMs: 300 })
      expect(await codeOf(here.sync())).toBe(address.includes("10.0.0.5") || address.includes("nip") ? "server_unreachable" : "forbidden")
    },
  )

  it("loopstack C20: nobody of another workspace sees, syncs or removes an environment", async () => {
    await sandbox()
    const outsider = here.store.as([{ pattern: "beta", permissions: ["list", "use", "admin"] }], "person", "bob")
    const bob = { ...outsider, sandboxes: here.alice.sandboxes } as typeof here.alice
    expect(await codeOf(environmentStatus(bob, { name: "sandbox" }))).toBe("not_found")
    expect(await codeOf(removeEnvironment(bob, { name: "sandbox", force: true }))).toBe("not_found")
    expect(await codeOf(enrollEnvironment(bob, { name: "sandbox" }))).toBe("not_found")
    const agent = here.store.as([{ pattern: "default", permissions: ["list", "use", "request"] }], "agent", "agent-1")
    expect(await codeOf(addEnvironment(agent, { name: "mine" }))).toBe("forbidden")
    expect(await codeOf(enrollEnvironment(agent, { name: "sandbox" }))).toBe("forbidden")
    expect(await codeOf(removeEnvironment(agent, { name: "sandbox" }))).toBe("forbidden")
  })

  it("nobody hands on what they may not see, and nobody of one workspace has the store call its own machine", async () => {
    await sandbox()
    const admin = here.store.as([{ pattern: "default", permissions: ["list", "admin", "write"] }], "person", "carol")
    expect(await codeOf(addEnvironment(admin, { name: "mine" }))).toBe("forbidden")
    expect(await codeOf(enrollEnvironment(admin, { name: "sandbox" }))).toBe("forbidden")
    const whole = here.store.as([{ pattern: "default", permissions: ["list", "admin", "write", "reveal"] }], "person", "carol")
    for (const more of [{ address: "http://127.0.0.1:5432" }, { address: "http://localhost:80" }, { address: "https://sandbox.example.com", allowsPrivate: true }])
      expect(await codeOf(addEnvironment(whole, { name: "mine", ...more }))).toBe("forbidden")
    expect(await codeOf(addEnvironment(whole, { name: "mine", address: "https://sandbox.example.com" }))).toBe("done")
    expect(await codeOf(enrollEnvironment(whole, { name: "sandbox" }))).toBe("done")
  })

  it("loopstack C21: a sandbox that takes a call and never answers is given up after its time, with a clear error", async () => {
    await here.close()
    here = await openTestStore(await freshDatabase(engine), { timeoutMaxMs: 200 })
    const one = await sandbox()
    await here.set({ A_KEY: "a" })
    const port = await fake(() => undefined)
    here.wire.meddle = (call, pass) => pass(call.path === "messages" ? { ...call, address: `http://127.0.0.1:${port}` } : call)
    await expect(here.sync()).rejects.toMatchObject({ code: "server_unreachable", message: `the sandbox at 127.0.0.1:${port} did not answer within 200 ms` })
    expect(existsSync(one.file)).toBe(false)
  })

  it("agents 37: a plan says names and asks nobody; the same twice writes and restarts nothing", async () => {
    const one = await sandbox()
    await here.set({ A_KEY: CANARY, B_KEY: "b" })
    const plan = await here.sync("sandbox", { mode: "plan" })
    expect(plan).toEqual({ target: "sandbox", generation: 0, mode: "plan", added: ["A_KEY", "B_KEY"], updated: [], removed: [], unchanged: 0, restarted: false, warnings: [] })
    expect(here.wire.calls).toEqual([])
    await here.sync()
    const before = lstatSync(one.file)
    const calls = here.wire.calls.length
    expect(await here.sync()).toMatchObject({ added: [], updated: [], removed: [], unchanged: 2, restarted: false })
    expect([lstatSync(one.file).mtimeMs, one.restarts.length]).toEqual([before.mtimeMs, 1])
    expect(here.wire.calls.slice(calls).map(({ body }) => (body as { kind: string }).kind)).toEqual(["renewal"])
    await here.set({ A_KEY: "changed", C_KEY: "c" })
    await remove(here.alice, { name: "B_KEY" })
    expect(await here.sync("sandbox", { mode: "plan" })).toMatchObject({ added: ["C_KEY"], updated: ["A_KEY"], removed: ["B_KEY"], unchanged: 0 })
  })

  it("says of a delivery that another process made meanwhile what it did, and that it restarted the app", async () => {
    await sandbox()
    await here.set({ A_KEY: CANARY })
    const answers = await Promise.all([here.sync(), here.sync()])
    for (const answer of answers) expect(answer).toMatchObject({ added: ["A_KEY"], restarted: true })
  })

  it("sends nothing that either the environment's keys or the secret's own policy leaves out", async () => {
    const port = await freePort()
    await addEnvironment(here.alice, { name: "narrow", address: `http://127.0.0.1:${port}`, keys: ["APP_*"] })
    await here.set({ APP_ONE: "1", OTHER: "2" }, "narrow")
    await put(here.alice, { name: "APP_TWO", value: "3" })
    expect(await here.sync("narrow", { mode: "plan" })).toMatchObject({ added: ["APP_ONE"] })
    expect(await codeOf(here.sync("narrow", { mode: "plan", keys: ["APP_TWO"] }))).toBe("forbidden")
    await setPolicy(here.alice, { name: "APP_ONE", policy: { sync: ["narrow"], expiresAt: here.store.clock.now } })
    expect(await here.sync("narrow", { mode: "plan" })).toMatchObject({ added: [] })
  })

  it("no agent keeps an app running with what was taken away from it", async () => {
    const one = await sandbox()
    await here.set({ A_KEY: CANARY, B_KEY: "b" })
    await here.sync()
    await remove(here.alice, { name: "A_KEY" })
    const agent = { ...here.store.as([{ pattern: "default", permissions: ["list", "use", "request"] }], "agent", "agent-1"), sandboxes: here.alice.sandboxes } as typeof here.alice
    expect(await codeOf(syncEnvironment(agent, { name: "sandbox", restart: "never" }))).toBe("forbidden")
    expect(await syncEnvironment(agent, { name: "sandbox", restart: "auto" })).toMatchObject({ removed: ["A_KEY"], restarted: true })
    expect(one.restarts).toHaveLength(2)
    await here.set({ B_KEY: "another" })
    expect(await here.sync("sandbox", { restart: "never" })).toMatchObject({ updated: ["B_KEY"], restarted: false })
  })

  it("no environment outlives its workspace, to be there in another of the same name", async () => {
    await createWorkspace(here.alice, { namespace: "beta" })
    let isDeleted = false
    const storage = new Proxy(here.alice.storage, {
      get: (target, name) => {
        if (name !== "write") return Reflect.get(target, name) as unknown
        return async (work: Parameters<typeof target.write>[0]) => {
          if (!isDeleted) await deleteWorkspace(here.alice, { namespace: "beta" })
          isDeleted = true
          return target.write(work)
        }
      },
    })
    expect(await codeOf(addEnvironment({ ...here.alice, storage }, { namespace: "beta", name: "left" }))).toBe("not_found")
    expect(await here.alice.storage.all("listEnvironments", { namespace: "beta" })).toEqual([])
  })

  it("tells a secret that was deleted and made again from what it was", async () => {
    const one = await sandbox()
    await here.set({ A_KEY: "first" })
    await here.sync()
    await remove(here.alice, { name: "A_KEY" })
    await here.set({ A_KEY: "another" })
    expect(await here.sync()).toMatchObject({ updated: ["A_KEY"] })
    expect(one.variables()).toEqual({ A_KEY: "another" })
  })
})
