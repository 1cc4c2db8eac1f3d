import { setImmediate as nextTurn } from "node:timers/promises"
import { afterEach, describe, expect, it } from "vitest"
import { createDatabases } from "../../test/engines.ts"
import { grant, openTestContext } from "../../test/open-test-context.ts"
import { openTestServer, type Answer, type TestServer } from "../../test/open-test-server.ts"
import type { Actor } from "../core/principal.ts"
import { putMany } from "../core/put-many.ts"

const freshDatabase = createDatabases()
const key = (byte: number): string => Buffer.alloc(32, byte).toString("base64")

let server: TestServer
let admin: string

const open = async (options: Parameters<typeof openTestServer>[0] = {}): Promise<void> => {
  server = await openTestServer(options)
  admin = await server.token([grant("*", "admin")])
}
afterEach(() => server.close())

const fill = (count: number) =>
  putMany(server.store.ctx, { secrets: Array.from({ length: count }, (_, i) => ({ name: `K${i}`, value: "x" })) })

const whenEnded = async (): Promise<Answer> => {
  for (;;) {
    const answer = await server.call("GET", "/keyring/rotation", { token: admin })
    if (answer.status !== 200 || answer.body.progress?.isRunning === false) return answer
    await nextTurn() // the thread that rotates is heard between two turns only
  }
}

describe("a rotation", () => {
  it("starts in the background and tells how far it is", async () => {
    await open()
    await fill(400) // in 25 batches: the second request comes long before the end
    const [started, again] = await Promise.all([
      server.call("POST", "/keyring/rotation", { token: admin, body: { reencrypt: true } }),
      server.call("POST", "/keyring/rotation", { token: admin, body: {} }),
    ])
    expect([started.status, started.body]).toMatchObject([202, { isRunning: true, rotated: 0, remaining: 400 }])
    expect([again.status, again.body.startedAt]).toEqual([202, started.body.startedAt])
    const { body } = await whenEnded()
    expect(body.progress).toMatchObject({ rotated: 400, remaining: 0, skipped: 0, isDone: true })
    expect(body.status).toMatchObject({ isReencrypting: false, remaining: 0 })
  })

  it("moves what is stored to a key that joined, and lets the old one be retired then", async () => {
    const database = await freshDatabase("sqlite file")
    await open({ database })
    await fill(5)
    await server.close()
    const withNew = await openTestContext(database, `1:${key(7)},2:${key(9)}`)
    await withNew.close()
    server = await openTestServer({ database, keys: `1:${key(7)},2:${key(9)}` })
    const retire = () => server.call("POST", "/keyring/keys/1/retire", { token: admin })
    expect(await retire()).toMatchObject({ status: 409, body: { code: "key_in_use" } })
    await server.call("POST", "/keyring/rotation", { token: admin })
    expect((await whenEnded()).body.progress).toMatchObject({ rotated: 5, isDone: true })
    expect(await retire()).toMatchObject({ status: 200, body: { version: 1 } })
    expect((await server.call("GET", "/keyring", { token: admin })).body).toMatchObject({ activeVersion: 2, keys: [{ state: "retired" }, { state: "active" }] })
  })

  it("changes nothing where it is only tried", async () => {
    await open()
    await fill(3)
    const { body } = await server.call("POST", "/keyring/rotation", { token: admin, body: { dryRun: true, reencrypt: true } })
    expect(body).toMatchObject({ isRunning: false, isDryRun: true, rotated: 0, remaining: 3 })
    expect((await server.call("GET", "/keyring/rotation", { token: admin })).body.progress).toBeNull()
  })

  it("stops between two steps when the server stops", async () => {
    await open()
    await fill(300)
    await server.call("POST", "/keyring/rotation", { token: admin, body: { reencrypt: true } })
    await server.app.close()
    const left = await server.store.ctx.storage.all("listRootWraps", {})
    expect(left.length).toBeGreaterThan(1)
  })
})

describe("the keys of a ring", () => {
  it("are made and retired by whoever keeps the ring, in the name of the caller", async () => {
    const asked: [string, string][] = []
    const note = (what: string, actor: Actor): void => void asked.push([what, actor.principal.name])
    await open({
      keyAdministration: {
        addKey: async (actor) => (note("add", actor), { version: 2 }),
        retireKey: async (version, actor) => (note(`retire ${version}`, actor), { version }),
      },
    })
    expect(await server.call("POST", "/keyring/keys", { token: admin })).toMatchObject({ status: 201, body: { version: 2 } })
    expect(await server.call("POST", "/keyring/keys/1/retire", { token: admin })).toMatchObject({ status: 200, body: { version: 1 } })
    expect(asked).toEqual([["add", "t1"], ["retire 1", "t1"]])
    const stranger = await server.token([grant("*", "list")])
    expect((await server.call("POST", "/keyring/keys", { token: stranger })).status).toBe(403)
    expect(asked).toHaveLength(2)
  })

  it("are not made where nobody keeps the ring", async () => {
    await open()
    expect(await server.call("POST", "/keyring/keys", { token: admin })).toMatchObject({ status: 409, body: { code: "not_supported" } })
    expect(await server.call("POST", "/keyring/keys/x/retire", { token: admin })).toMatchObject({ status: 400 })
    expect(await server.call("POST", "/keyring/keys/9/retire", { token: admin })).toMatchObject({ status: 404 })
  })
})

describe("clean-up", () => {
  it("deletes what is older than its retention and says how much", async () => {
    await open()
    await putMany(server.store.ctx, { secrets: [{ name: "OLD", value: "x", ttlMs: 1_000 }, { name: "NEW", value: "x" }] })
    server.store.clock.now += 10_000
    const body = { secretsRetentionMs: 1_000, eventsRetentionMs: 5_000 }
    const { status, body: totals } = await server.call("POST", "/keyring/cleanup", { token: admin, body })
    expect([status, totals]).toEqual([200, { secrets: { deleted: 1, isDone: true }, events: { deleted: expect.any(Number), isDone: true } }])
    expect(totals.events.deleted).toBeGreaterThan(0)
    expect((await server.call("POST", "/keyring/cleanup", { token: admin, body: { only: "secrets" } })).body).toEqual({ secrets: { deleted: 0, isDone: true } })
  })
})
