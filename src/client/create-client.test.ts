import { createServer as createHttpServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { inspect } from "node:util"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { grant } from "../../test/open-test-context.ts"
import { openTestServer, type TestServer } from "../../test/open-test-server.ts"
import { isSecretError, type SecretError } from "../base/errors.ts"
import { listen, type Listening } from "../server/listen.ts"
import { createClient, type Client } from "./create-client.ts"

let server: TestServer
let listening: Listening
let token: string
let client: Client

beforeEach(async () => {
  const keyAdministration = { addKey: async () => ({ version: 2 }), retireKey: async (version: number) => ({ version }) }
  server = await openTestServer({ settings: { port: 0 }, keyAdministration })
  listening = await listen(server.app, { port: 0 })
  token = await server.token([grant("*", "list", "use", "reveal", "write", "request", "audit", "admin")])
  client = createClient({ url: listening.url, token })
})
afterEach(() => server.close())

const caught = async (work: Promise<unknown>): Promise<SecretError> => {
  const error: unknown = await work.then(
    () => new Error("nothing was thrown"),
    (thrown: unknown) => thrown,
  )
  if (!isSecretError(error)) throw error
  return error
}

describe("a client", () => {
  it("stores, lists, changes, rolls back and removes secrets", async () => {
    await client.createSecret("acme", { key: "A", value: "one", metadata: { team: "x" }, ttlMs: 60_000 })
    await client.upsertSecret("acme", { key: "A", value: "two" })
    await client.updateSecret("acme", "A", { value: "three", ifVersion: 2 })
    const { secrets } = await client.putSecrets("acme", { secrets: [{ key: "B", value: "b", ifVersion: 0 }], purpose: "import" })
    expect(secrets).toMatchObject([{ key: "B", version: 1, isNew: true }])
    expect(await client.listKeys("acme")).toMatchObject([{ key: "A" }, { key: "B" }])
    const first = await client.listSecrets("acme", { limit: 1 })
    expect(first).toMatchObject({ page: [{ key: "A", version: 3, state: "active", metadata: { team: "x" } }], isDone: false })
    const second = await client.listSecrets("acme", { limit: 1, cursor: first.continueCursor })
    expect(second).toMatchObject({ page: [{ key: "B" }], isDone: true })
    expect((await client.listVersions("acme", "A")).map((each) => each.version)).toEqual([3, 2, 1])
    expect((await client.revealSecret("acme", "A", { version: 2 })).value).toBe("two")
    expect(await client.rollbackSecret("acme", "A", 1)).toMatchObject({ version: 4, isNew: false })
    expect((await client.revealSecret("acme", "A")).value).toBe("one")
    expect(await client.removeSecret("acme", "A", { ifVersion: 4 })).toEqual({ success: true })
    expect((await client.listSecrets("acme")).page).toEqual([expect.not.objectContaining({ lastUsedAt: expect.anything() })])
  })

  it("shows when a value was last read", async () => {
    await client.createSecret("acme", { key: "A", value: "x" })
    await client.revealSecret("acme", "A")
    expect((await client.listSecrets("acme")).page).toMatchObject([{ lastUsedAt: server.store.clock.now }])
  })

  it("hands out values that print as their mask", async () => {
    await client.createSecret("acme", { key: "A", value: "canary-value" })
    const one = await client.revealSecret("acme", "A")
    const many = await client.revealSecrets("acme", ["A", "NONE"], "export")
    expect(one.value).toBe("canary-value")
    expect(many).toMatchObject({ secrets: [{ key: "A", value: "canary-value", version: 1 }], missing: ["NONE"] })
    expect(JSON.stringify([one, many]) + inspect([one, many], { depth: 9 })).not.toContain("canary-value")
    expect(JSON.stringify(one)).toContain("[REDACTED:SECRET_A]")
  })

  it.each([".", "..", "upsert", "a/b", "a?b#c%d", "ключ", " x "])("reaches a secret that is called %j", async (key) => {
    await client.putSecrets("acme", { secrets: [{ key, value: "x" }, { key: `${key}!`, value: "y" }] })
    await client.updateSecret("acme", key, { value: "changed" })
    expect((await client.revealSecret("acme", key)).value).toBe("changed")
    expect(await client.listVersions("acme", key)).toHaveLength(2)
    await client.removeSecret("acme", key)
    expect(await client.listKeys("acme")).toMatchObject([{ key: `${key}!` }])
  })

  it("covers workspaces, events, key ring, tokens, sign-in and itself", async () => {
    await client.createWorkspace("acme")
    expect(await client.listWorkspaces()).toEqual([{ id: "acme" }, { id: "default" }])
    await client.createSecret("acme", { key: "A", value: "x" })
    expect((await client.listEvents("acme", { key: "A", limit: 5 })).page).toMatchObject([{ type: "created", name: "A" }])
    expect((await client.listStoreEvents({ type: "token_created" })).page).toHaveLength(1)
    expect(await client.deleteWorkspace("acme")).toEqual({ success: true })
    expect(await client.keyringStatus()).toMatchObject({ activeVersion: 1 })
    expect(await client.addKey()).toEqual({ version: 2 })
    expect(await client.retireKey(1)).toEqual({ version: 1 })
    expect(await client.startRotation({ dryRun: true })).toMatchObject({ isDryRun: true, remaining: 0 })
    expect(await client.rotationProgress()).toMatchObject({ progress: null, status: { remaining: 0 } })
    expect(await client.cleanUp({ only: "events" })).toEqual({ events: { deleted: 0, isDone: true } })
    const made = await client.createToken({ kind: "agent", name: "bot", grants: [grant("acme", "list", "use")] })
    expect(await createClient({ url: listening.url, token: made.token }).me()).toMatchObject({ principal: { kind: "agent", name: "bot" } })
    expect(await client.listTokens()).toHaveLength(2)
    expect(await client.revokeToken(made.id)).toEqual({ success: true })
    const link = await client.createLink()
    expect(link.url).toBe(`${listening.url}/#code=${link.code}`)
    const signedIn = await createClient({ url: listening.url }).signIn(link.code)
    expect(signedIn.principal.kind).toBe("person")
    const [session] = await client.listSessions()
    expect(await client.endSession(session?.id ?? "")).toEqual({ success: true })
    expect(await client.health()).toEqual({ status: "ok" })
    expect(await client.readiness()).toEqual({ status: "ready" })
    expect((await client.openApi()).openapi).toBe("3.1.0")
  })

  it("throws the store's own errors, without a value in them", async () => {
    await client.createSecret("acme", { key: "A", value: "canary-value" })
    const errors = await Promise.all([
      caught(client.createSecret("acme", { key: "A", value: "canary-value" })),
      caught(client.revealSecret("acme", "NONE")),
      caught(client.updateSecret("acme", "A", { value: "canary-value", ifVersion: 9 })),
      caught(client.createSecret("acme", { key: "B", value: `canary-value${"x".repeat(70_000)}` })),
      caught(createClient({ url: listening.url, token: "canary-value" }).me()),
    ])
    expect(errors.map((error) => error.code)).toEqual(["already_exists", "not_found", "version_conflict", "value_too_large", "unauthorized"])
    expect(errors.map((error) => inspect(error)).join()).not.toContain("canary-value")
  })

  it.each(["http://example.com", "http://192.168.1.5:7766", "ftp://localhost", "nonsense", "https://user:pass@example.com", "http://localhost.example.com"])(
    "refuses the address %s",
    (url) => {
      expect(() => createClient({ url, token: "t" })).toThrow(expect.objectContaining({ code: "invalid_argument" }))
    },
  )

  it("hears of changes until it stops listening", async () => {
    const heard: unknown[] = []
    const opened = new AbortController()
    const listeningTo = (async () => {
      for await (const change of client.streamEvents({ workspace: "default" }, { signal: opened.signal })) {
        heard.push(change)
        if (heard.length === 2) break
      }
    })()
    await untilTrue(async () => (await client.listKeys("default"), streamIsOpen()))
    await client.createSecret("default", { key: "A", value: "canary-value" })
    await client.removeSecret("default", "A")
    await listeningTo
    const me = (await client.me()).principal.id
    expect(heard).toEqual([
      { type: "secret.upserted", workspaceId: "default", userId: me },
      { type: "secret.deleted", workspaceId: "default", userId: me },
    ])
  })

  it("says that it was stopped, and that nobody answers", async () => {
    const signal = AbortSignal.abort()
    expect((await caught(client.me({ signal }))).code).toBe("aborted")
    expect((await caught(createClient({ url: "http://127.0.0.1:1", token: "t" }).me())).code).toBe("server_unreachable")
  })

  const streamIsOpen = (): boolean => server.log.some((line) => line.includes("stream opened"))
})

describe("a client of something that is no Sotto", () => {
  let other: Server
  let url: string

  beforeEach(async () => {
    other = createHttpServer((request, response) => {
      if (request.url === "/api/v1/me") return // never answers
      if (request.url === "/api/v1/tokens") response.writeHead(302, { location: "/elsewhere" }).end()
      else if (request.url === "/elsewhere") response.writeHead(200, { "content-type": "application/json" }).end("[]")
      else response.writeHead(request.url === "/healthz" ? 200 : 502, { "content-type": "text/html" }).end("<h1>proxy</h1>")
    })
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve))
    url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
  })
  afterEach(() => {
    other.closeAllConnections()
    other.close()
  })

  it("says so, and follows it nowhere", async () => {
    const client = createClient({ url, token: "t", timeoutMs: 50 })
    expect(await caught(client.health())).toMatchObject({ code: "server_unreachable", details: { status: 200 } })
    expect(await caught(client.keyringStatus())).toMatchObject({ code: "server_unreachable", details: { status: 502 } })
    expect(await caught(client.listTokens())).toMatchObject({ code: "server_unreachable" })
    expect((await caught(client.me())).message).toBe("the server did not answer within 50 ms")
  })
})

const untilTrue = async (isTrue: () => Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await new Promise((resolve) => setImmediate(resolve))
}
