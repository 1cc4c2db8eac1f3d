import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createDatabases } from "../../test/engines.ts"
import { grant } from "../../test/open-test-context.ts"
import { openTestServer, type TestServer } from "../../test/open-test-server.ts"
import { listEvents } from "../core/list-events.ts"
import { getOrThrow } from "../core/get.ts"

const freshDatabase = createDatabases()
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

describe.each(["sqlite memory", "postgres"] as const)("the five routes on %s", (engine) => {
  let server: TestServer
  let u1: string
  let u2: string

  beforeEach(async () => {
    server = await openTestServer({ database: await freshDatabase(engine) })
    u1 = await server.token([grant("w1", "list", "reveal", "write", "audit", "admin")])
    u2 = await server.token([grant("w2", "list", "reveal", "write", "audit", "admin")])
    await server.call("POST", "/workspaces", { token: u1, body: { id: "w1" } })
    await server.call("POST", "/workspaces", { token: u2, body: { id: "w2" } })
  })
  afterEach(() => server.close())

  const post = (body: unknown, token = u1, w = "w1") => server.call("POST", `/workspaces/${w}/secrets`, { token, body })
  const upsert = (body: unknown, token = u1, w = "w1") => server.call("PUT", `/workspaces/${w}/secrets/upsert`, { token, body })
  const update = (ref: string, body: unknown, token = u1, w = "w1") =>
    server.call("PUT", `/workspaces/${w}/secrets/${encodeURIComponent(ref)}`, { token, body })
  const remove = (ref: string, token = u1, w = "w1") => server.call("DELETE", `/workspaces/${w}/secrets/${ref}`, { token })
  const list = (token = u1, w = "w1") => server.call("GET", `/workspaces/${w}/secrets`, { token })
  const reveal = (ref: string, token = u1, w = "w1") =>
    server.call("GET", `/workspaces/${w}/secrets/${encodeURIComponent(ref)}/value`, { token })
  const events = async (namespace = "w1") =>
    (await listEvents(server.store.ctx, { namespace, order: "asc", paginationOpts: { numItems: 100, cursor: null } })).page

  it("loopstack A1: list nothing as an empty array", async () => {
    expect(await list()).toMatchObject({ status: 200, body: [] })
  })

  it("loopstack A2: create a secret and say no more than id, key and hasValue", async () => {
    const { status, body } = await post({ key: "TOKEN", value: "x" })
    expect(status).toBe(201)
    expect(body).toEqual({ id: expect.stringMatching(UUID), key: "TOKEN", hasValue: true })
  })

  it("loopstack A3: know an empty value from a full one", async () => {
    expect((await post({ key: "EMPTY", value: "" })).body).toMatchObject({ hasValue: false })
    expect((await list()).body).toMatchObject([{ key: "EMPTY", hasValue: false }])
  })

  it("loopstack A4: list in the order of keys", async () => {
    for (const key of ["B", "A", "C"]) await post({ key, value: "x" })
    expect((await list()).body.map((item: { key: string }) => item.key)).toEqual(["A", "B", "C"])
  })

  it("loopstack A5: say what is wrong with each member of a body", async () => {
    const { status, body } = await post({})
    expect(status).toBe(400)
    expect(body).toEqual({
      statusCode: 400,
      error: "Bad Request",
      code: "invalid_argument",
      message: ["key: Invalid input: expected string, received undefined", "value: Invalid input: expected string, received undefined"],
    })
    expect((await server.call("POST", "/workspaces/w1/secrets", { token: u1 })).body.message).toEqual([
      "Invalid input: expected object, received undefined",
    ])
  })

  it("loopstack A6: take keys of 1 to 200 characters", async () => {
    expect(await post({ key: "", value: "x" })).toMatchObject({
      status: 400,
      body: { message: ["key: Too small: expected string to have >=1 characters"] },
    })
    expect(await post({ key: "k".repeat(201), value: "x" })).toMatchObject({
      status: 400,
      body: { message: ["key: Too big: expected string to have <=200 characters"] },
    })
    expect((await post({ key: "k".repeat(200), value: "x" })).status).toBe(201)
  })

  it("loopstack A7: refuse a value that is no string", async () => {
    expect((await post({ key: "A", value: 5 })).status).toBe(400)
  })

  it("loopstack A8: ignore what they do not know", async () => {
    expect((await post({ key: "A", value: "x", extra: 1 })).status).toBe(201)
  })

  it("loopstack A9: upsert twice into one secret, with two events", async () => {
    const first = await upsert({ key: "A", value: "one" })
    const second = await upsert({ key: "A", value: "two" })
    expect([first.status, second.status]).toEqual([200, 200])
    expect(second.body.id).toBe(first.body.id)
    expect((await list()).body).toHaveLength(1)
    expect((await reveal("A")).body.value).toBe("two")
    expect((await events()).map((event) => event.type)).toEqual(["workspace_created", "created", "updated", "read"])
  })

  it("loopstack A10: update by id, and by key", async () => {
    const { body } = await post({ key: "A", value: "old" })
    expect(await update(body.id, { value: "new" })).toMatchObject({ status: 200, body: { id: body.id, key: "A", hasValue: true } })
    expect((await reveal("A")).body.value).toBe("new")
    expect((await update("A", { value: "newer" })).status).toBe(200)
    expect((await reveal(body.id)).body.value).toBe("newer")
  })

  it("loopstack A11: leave the value alone when an update has none, and tell of it", async () => {
    const { body } = await post({ key: "A", value: "old" })
    expect(await update(body.id, {})).toMatchObject({ status: 200, body: { key: "A", hasValue: true } })
    expect((await reveal("A")).body).toMatchObject({ value: "old", version: 1 })
    expect((await events()).map((event) => event.type)).toEqual(["workspace_created", "created", "updated", "read"])
  })

  it("loopstack A12: update to an empty value", async () => {
    const { body } = await post({ key: "A", value: "old" })
    expect((await update(body.id, { value: "" })).body).toMatchObject({ hasValue: false })
  })

  it("loopstack A13: rename nothing", async () => {
    const { body } = await post({ key: "A", value: "old" })
    expect(await update(body.id, { key: "RENAMED" })).toMatchObject({ status: 200, body: { key: "A" } })
    expect((await list()).body).toMatchObject([{ key: "A" }])
  })

  it("loopstack A14: refuse null for a value", async () => {
    const { body } = await post({ key: "A", value: "old" })
    expect((await update(body.id, { value: null })).status).toBe(400)
  })

  it("loopstack A15: delete once", async () => {
    const { body } = await post({ key: "A", value: "x" })
    expect(await remove(body.id)).toMatchObject({ status: 200, body: { success: true } })
    expect(await remove(body.id)).toMatchObject({ status: 404, body: { message: [`Secret with ID ${body.id} not found`] } })
    expect((await events()).filter((event) => event.type === "deleted")).toHaveLength(1)
  })

  it("loopstack A16: do not know a workspace that is not the caller's", async () => {
    const { body } = await post({ key: "A", value: "x" })
    const before = await events()
    const answers = [
      await list(u2), await post({ key: "A", value: "y" }, u2), await upsert({ key: "A", value: "y" }, u2),
      await update(body.id, { value: "y" }, u2), await remove(body.id, u2),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(404)
      expect(answer.body).toEqual({ statusCode: 404, error: "Not Found", code: "not_found", message: ["Workspace with ID w1 not found"] })
    }
    expect((await reveal("A")).body).toMatchObject({ value: "x", version: 1 })
    const news = (await events()).slice(before.length).map((event) => event.type)
    expect(news.filter((type) => type !== "denied" && type !== "read")).toEqual([])
  })

  it("loopstack A17: do not reach into another workspace by id", async () => {
    const { body } = await post({ key: "A", value: "x" }, u2, "w2")
    const both = await server.token([grant("*", "list", "write", "reveal")])
    for (const token of [u1, both]) {
      const notFound = { status: 404, body: { message: [`Secret with ID ${body.id} not found`] } }
      expect(await update(body.id, { value: "y" }, token)).toMatchObject(notFound)
      expect(await remove(body.id, token)).toMatchObject(notFound)
      expect(await reveal(body.id, token)).toMatchObject(notFound)
    }
    expect((await reveal("A", u2, "w2")).body.value).toBe("x")
  })

  it("loopstack A18: refuse whoever brings no credentials", async () => {
    const paths = [["GET", ""], ["POST", ""], ["PUT", "/upsert"], ["PUT", "/A"], ["DELETE", "/A"]] as const
    for (const [method, path] of paths) {
      const { status, body } = await server.call(method, `/workspaces/w1/secrets${path}`)
      expect([status, body]).toEqual([401, { statusCode: 401, error: "Unauthorized", code: "unauthorized", message: ["Unauthorized"] }])
    }
  })

  it("loopstack A19: look at the body before the workspace", async () => {
    expect((await post({}, u1, "w2")).status).toBe(400)
  })

  it("loopstack A20: lose the secrets of a workspace that is deleted", async () => {
    await post({ key: "A", value: "x" })
    expect(await server.call("DELETE", "/workspaces/w1", { token: u1 })).toMatchObject({ status: 200, body: { success: true } })
    expect((await list()).status).toBe(404)
    await post({ key: "B", value: "x" })
    expect((await list()).body).toMatchObject([{ key: "B" }])
  })

  it("loopstack A21: keep one key in two workspaces apart", async () => {
    await post({ key: "A", value: "one" })
    await post({ key: "A", value: "two" }, u2, "w2")
    expect([(await reveal("A")).body.value, (await reveal("A", u2, "w2")).body.value]).toEqual(["one", "two"])
  })

  it("loopstack A22: refuse to create what is there", async () => {
    await post({ key: "A", value: "x" })
    expect(await post({ key: "A", value: "y" })).toMatchObject({ status: 409, body: { code: "already_exists" } })
    expect((await reveal("A")).body.value).toBe("x")
  })

  it("loopstack A23: find nothing under ids that are none", async () => {
    for (const ref of ["nonsense", "00000000-0000-0000-0000-000000000000", "' OR 1=1", "%00", "x".repeat(300)]) {
      const { status } = await update(ref, { value: "x" })
      expect([400, 404]).toContain(status)
    }
    expect((await list(u1, "nonsense")).status).toBe(404)
    expect((await list(u1, "%00")).status).toBe(400)
  })

  it("loopstack A24: make one row of 20 first upserts at once", async () => {
    const values = Array.from({ length: 20 }, (_, i) => `value ${i}`)
    const answers = await Promise.all(values.map((value) => upsert({ key: "RACE", value })))
    expect(answers.map((answer) => answer.status)).toEqual(values.map(() => 200))
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1)
    expect((await list()).body).toHaveLength(1)
    expect(values).toContain((await reveal("RACE")).body.value)
  })

  it("loopstack A29: leave one record each, with actor, action, key and time, never the value", async () => {
    await post({ key: "A", value: "canary-1" })
    await update("A", { value: "canary-2" })
    await reveal("A")
    await remove("A")
    const log = (await events()).slice(1)
    expect(log.map((event) => [event.type, event.name])).toEqual([["created", "A"], ["updated", "A"], ["read", "A"], ["deleted", "A"]])
    for (const event of log) expect(event).toMatchObject({ principal: { kind: "service", name: "t1" }, createdAt: server.store.clock.now })
    expect(JSON.stringify(log)).not.toContain("canary")
  })

  it("loopstack A32: keep every byte", async () => {
    const value = `line one\nline "two"\r\n# 'three' \\ \u0000 ${"é".repeat(25_000)}`
    await post({ key: "BYTES", value })
    expect((await reveal("BYTES")).body.value).toBe(value)
    expect((await getOrThrow(server.store.ctx, { namespace: "w1", name: "BYTES" })).value).toBe(value)
  })

  it("take names that are no environment variables, and find them by their name", async () => {
    for (const key of ["A B", "A=B", "1A", "a/b", "ключ", "%41", "a?b#c"]) {
      expect((await post({ key, value: key })).status).toBe(201)
      expect((await reveal(key)).body).toMatchObject({ key, value: key })
    }
    const id = "00000000-0000-7000-8000-000000000000"
    expect(await post({ key: id, value: "x" })).toMatchObject({ status: 400, body: { message: ["key: a key must not look like an id"] } })
  })
})

describe("loopstack A25 to A28, below the routes", () => {
  let server: TestServer

  beforeEach(async () => {
    server = await openTestServer()
  })
  afterEach(() => server.close())

  it("loopstack A25: no workspace is never all workspaces", async () => {
    const token = await server.token([grant("*", "list", "write", "reveal")])
    await server.call("POST", "/workspaces/w1/secrets", { token, body: { key: "A", value: "x" } })
    for (const path of ["/workspaces//secrets", "/workspaces/%20/secrets", "/workspaces/undefined/secrets", "/workspaces/null/secrets"])
      expect([400, 404]).toContain((await server.call("GET", path, { token })).status)
  })

  it("loopstack A26: the raw row of a secret holds no plaintext", async () => {
    const token = await server.token([grant("*", "write")])
    await server.call("POST", "/workspaces/w1/secrets", { token, body: { key: "A", value: "canary-value" } })
    const { storage } = server.store.ctx
    const row = await storage.one("findCurrent", { namespace: "w1", name: "A" })
    const bytes = Object.values(row ?? {}).map((column) => (column instanceof Uint8Array ? Buffer.from(column).toString("latin1") : String(column)))
    expect(bytes.join("\n")).not.toContain("canary-value")
  })

  it("loopstack A27: rows stay readable while and after they move to another key", async () => {
    const token = await server.token([grant("*", "write", "reveal", "admin")])
    await server.call("POST", "/workspaces/w1/secrets", { token, body: { key: "A", value: "x" } })
    expect((await server.call("POST", "/keyring/rotation", { token, body: { reencrypt: true } })).status).toBe(202)
    expect((await server.call("GET", "/workspaces/w1/secrets/A/value", { token })).body.value).toBe("x")
    await server.app.close()
    expect((await getOrThrow(server.store.ctx, { namespace: "w1", name: "A" })).value).toBe("x")
  })

  it("loopstack A28: a reading prints as its mask", async () => {
    const token = await server.token([grant("*", "write")])
    await server.call("POST", "/workspaces/w1/secrets", { token, body: { key: "A", value: "canary-value" } })
    const reading = await getOrThrow(server.store.ctx, { namespace: "w1", name: "A" })
    expect(JSON.stringify({ reading })).toContain("[REDACTED:SECRET_A]")
    expect(JSON.stringify({ reading })).not.toContain("canary-value")
  })
})
