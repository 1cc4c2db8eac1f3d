import { connect, type Socket } from "node:net"
import { once } from "node:events"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createDatabases } from "../../test/engines.ts"
import { grant, openTestContext } from "../../test/open-test-context.ts"
import { openTestServer, type TestServer } from "../../test/open-test-server.ts"
import { openStream, type ReadStream } from "../../test/read-stream.ts"
import { createToken } from "../core/access/create-token.ts"
import { revokeToken } from "../core/access/revoke-token.ts"
import type { Grant } from "../core/principal.ts"
import { put } from "../core/put.ts"
import { remove } from "../core/remove.ts"
import { createWorkspace } from "../core/access/create-workspace.ts"
import { listen } from "./listen.ts"

const freshDatabase = createDatabases()
let server: TestServer
let url: string

const open = async (options: Parameters<typeof openTestServer>[0] = {}): Promise<void> => {
  server = await openTestServer({ settings: { port: 0, log: { level: "silent" } }, ...options })
  url = (await listen(server.app, { port: 0 })).url
}

const subscribe = async (grants: readonly Grant[], query = "", ttlMs: number | null = null): Promise<ReadStream & { id: string }> => {
  const { token, id } = await createToken(server.store.ctx, { kind: "service", name: "s", grants: [...grants], ttlMs })
  const stream = await openStream(`${url}/api/v1/events/stream${query}`, { authorization: `Bearer ${token.reveal()}` })
  await stream.until((text) => text.includes("listening"))
  return { ...stream, id }
}

const store = (namespace: string, name: string) => put(server.store.ctx, { namespace, name, value: "canary-value" })

const workspacesIn = (text: string): string[] => [...text.matchAll(/"workspaceId":"([^"]*)"/g)].map((match) => match[1] ?? "")

afterEach(() => server.close())

describe("a stream of events", () => {
  beforeEach(() => open())

  it("tells which workspace changed and by whom, never which key and never a value", async () => {
    const stream = await subscribe([grant("*", "list")])
    await store("acme", "CANARY_KEY")
    await store("acme", "CANARY_KEY")
    await remove(server.store.ctx, { namespace: "acme", name: "CANARY_KEY" })
    const text = await stream.until((all) => all.includes("secret.deleted"))
    const messages = text.split("\n").filter((line) => line.startsWith("data: ")).map((line) => JSON.parse(line.slice(6)) as unknown)
    const upserted = { type: "secret.upserted", workspaceId: "acme", userId: "local" }
    expect(messages).toEqual([upserted, upserted, { type: "secret.deleted", workspaceId: "acme", userId: "local" }])
    expect(text.toLowerCase()).not.toContain("canary")
  })

  it("tells of what its reader may list, and of one workspace where one is asked for", async () => {
    await createWorkspace(server.store.ctx, { namespace: "acme:a" })
    const all = await subscribe([grant("*", "list")])
    const some = await subscribe([grant("acme:*", "list"), grant("beta", "write")])
    const one = await subscribe([grant("*", "list")], "?workspace=acme:a")
    for (const workspace of ["beta", "acme:b", "acme:a", "acme:a"]) await store(workspace, "K")
    const isThere = (count: number) => (text: string) => workspacesIn(text).length === count
    expect(workspacesIn(await all.until(isThere(4)))).toEqual(["beta", "acme:b", "acme:a", "acme:a"])
    expect(workspacesIn(await some.until(isThere(3)))).toEqual(["acme:b", "acme:a", "acme:a"])
    expect(workspacesIn(await one.until(isThere(2)))).toEqual(["acme:a", "acme:a"])
  })

  it("ends when the server stops", async () => {
    const stream = await subscribe([grant("*", "list")])
    await server.app.close()
    expect(await stream.ended).toContain("listening")
  })

  it("is given to one principal no more than fifty times", async () => {
    const { token } = await createToken(server.store.ctx, { kind: "service", name: "s", grants: [grant("*", "list")] })
    const headers = { authorization: `Bearer ${token.reveal()}` }
    for (let i = 0; i < 50; i++) await openStream(`${url}/api/v1/events/stream`, headers)
    await expect(openStream(`${url}/api/v1/events/stream`, headers)).rejects.toThrow("429")
  })

  it("lets go of a reader that does not read", async () => {
    const { token } = await createToken(server.store.ctx, { kind: "service", name: "s", grants: [grant("*", "list")] })
    const connected = once(server.app.server, "connection") as Promise<[Socket]>
    const reader = connect(Number(new URL(url).port), "127.0.0.1")
    reader.write(`GET /api/v1/events/stream HTTP/1.1\r\nhost: ${new URL(url).host}\r\nauthorization: Bearer ${token.reveal()}\r\n\r\n`)
    const [socket] = await connected
    await once(reader, "data")
    reader.pause()
    const closed = once(socket, "close").then(() => true)
    let isClosed = false
    void closed.then(() => (isClosed = true))
    socket.cork() // the kernel takes megabytes before it pushes back: as if it took nothing
    const names = Array.from({ length: 1_000 }, (_, i) => `K${i}`)
    const { putMany } = await import("../core/put-many.ts")
    for (let round = 0; round < 20 && !isClosed; round++)
      await putMany(server.store.ctx, { namespace: "n".repeat(200), secrets: names.map((name) => ({ name, value: "" })) })
    expect(await closed).toBe(true)
    reader.destroy()
  })
})

describe.each(["sqlite file", "postgres"] as const)("the end of a credential on %s", (engine) => {
  it("ends its streams within a second, also when another process says so, and no others", async () => {
    const database = await freshDatabase(engine)
    await open({ database })
    const stream = await subscribe([grant("*", "list")])
    const other = await subscribe([grant("*", "list")])
    const elsewhere = await openTestContext(database)
    const revokedAt = performance.now()
    await revokeToken(elsewhere.ctx, { id: stream.id })
    await stream.ended
    expect(performance.now() - revokedAt).toBeLessThan(1_000)
    await store("acme", "K")
    await other.until((text) => text.includes("secret.upserted"))
    await elsewhere.close()
  })
})

describe("a credential that ends by itself", () => {
  it("ends its streams no later than the next heartbeat", async () => {
    await open({ heartbeatMs: 20 })
    const stream = await subscribe([grant("*", "list")], "", 60_000)
    await stream.until((text) => text.includes("still here"))
    server.store.clock.now += 60_000
    expect(await stream.ended).not.toContain("data:")
  })

  it("ends the streams of a session when its person signs out", async () => {
    await open()
    const { createLink } = await import("../core/access/create-link.ts")
    const code = (await createLink(server.store.ctx, {})).code.reveal()
    const signedIn = await fetch(`${url}/api/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
    })
    const { session } = (await signedIn.json()) as { session: string }
    const headers = { cookie: (signedIn.headers.getSetCookie()[0] ?? "").split(";")[0] ?? "", "x-sotto-session": session }
    const stream = await openStream(`${url}/api/v1/events/stream`, headers)
    await fetch(`${url}/api/v1/session`, { method: "DELETE", headers })
    expect(await stream.ended).toContain("listening")
  })
})
