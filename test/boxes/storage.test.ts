import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { listSecrets } from "../../src/boxes/server/box-secrets.ts"
import { createServerOver } from "../../src/server/create-server.ts"
import { hex } from "../../src/base/bytes.ts"
import { findSpace, insertSpace, OWN, type BoxSpace } from "../../src/core/boxes/space.ts"
import { namespaceOfSpace } from "../../src/core/boxes/namespace.ts"
import { sweepBoxes } from "../../src/core/boxes/sweep.ts"
import { createToken } from "../../src/core/access/create-token.ts"
import { listWorkspaces } from "../../src/core/access/list-workspaces.ts"
import { revealByRef } from "../../src/core/by-ref/reveal-by-ref.ts"
import { examineStore } from "../../src/core/doctor.ts"
import { get } from "../../src/core/get.ts"
import { createKeyRing } from "../../src/core/key-ring.ts"
import { defineKeys } from "../../src/core/key-ring-text.ts"
import { listEvents } from "../../src/core/list-events.ts"
import { namespaces } from "../../src/core/namespaces.ts"
import { LOCAL_USER } from "../../src/core/principal.ts"
import { put } from "../../src/core/put.ts"
import { retireKey } from "../../src/core/retire-key.ts"
import { rotate } from "../../src/core/rotate.ts"
import { rotationStatus } from "../../src/core/rotation-status.ts"
import { currentRoot } from "../../src/core/store-keys.ts"
import { deriveKey } from "../../src/crypto/hkdf.ts"
import { parseSottoReference } from "../../src/core/references/sotto-reference.ts"
import { uuidToText } from "../../src/base/uuid.ts"
import { openStorage } from "../../src/storage/open-storage.ts"
import { restoreBackup, writeBackup } from "../../src/store/backup-file.ts"
import { findCanary, sweepFolder } from "../canary.ts"
import { openEditor, type DatabaseEditor } from "../database-editor.ts"
import { createDatabases, DAY_MS, K } from "../engines.ts"
import { grant, RING } from "../open-test-context.ts"
import { secretRow } from "../storage-rows.ts"
import { createServers, FIELDS, newCode } from "./fixture.ts"
import type { OpenBoxServer } from "./open-box-server.ts"
import { createOriginalClient, type OriginalClient } from "./original-client.ts"
import { createRawHolder, OK, OPENING_CODE, openRawHolder, post, refusal, SERVER_ID_CODE, unauthorized, WINDOW_MS, type RawHolder } from "./raw-request.ts"

const freshDatabase = createDatabases()
const { start, startWithBox, closeAll } = createServers()
const PERSISTENT = ["sqlite file", "postgres"] as const
const CORRUPTED = refusal("SecretSpace got corrupted!")
const TWO_KEYS = defineKeys({ 1: K(7), 2: K(2) })

const enter = async (server: OpenBoxServer, options: { authCode?: string } = {}): Promise<OriginalClient & { id: string }> => {
  const client = createOriginalClient({ serverURL: server.url, now: () => server.store.clock.now, ...options })
  await client.ready
  return client as OriginalClient & { id: string }
}

const admin = ({ store }: OpenBoxServer) => store.as([grant("*", "admin")])

const editing = async <T>(database: string, work: (editor: DatabaseEditor) => Promise<T>): Promise<T> => {
  const editor = await openEditor(database)
  try {
    return await work(editor)
  } finally {
    await editor.close()
  }
}

const numbered = (i: number): Uint8Array => {
  const key = new Uint8Array(32)
  new DataView(key.buffer).setUint32(0, i + 1)
  return key
}

const countIn = (database: string, table: string): Promise<number> => editing(database, async ({ rows }) => (await rows(`SELECT 1 AS one FROM ${table}`)).length)

describe("at rest", () => {
  it("W11, W13: the files hold no value, no code and no key, also of those who send plain text", async () => {
    const database = await freshDatabase("sqlite file")
    const { server, raw, holder } = await startWithBox({ database })
    const client = await enter(server)
    const values = ["canary-of-the-client-5121", "canary-of-raw-users-9911", "canary-that-is-shared-7780", "canary-overwritten-1212"]
    await client.setSecret("a", values[0])
    await holder.ask("setSecret", { secretId: "a", secret: values[1] })
    await client.acceptSecretsFrom(holder.id)
    await holder.ask("shareSecretTo", { shareToId: client.id, secretId: "s", secret: values[2], isOneTimeSecret: true })
    await holder.ask("setSecret", { secretId: "b", secret: values[3] })
    await holder.ask("setSecret", { secretId: "b", secret: "another" })
    await client.acceptSecretsFrom(server.id)
    await client.generateAuthCodeFor("openSecretSpace")
    const codes = [await newCode(server), (await client.getSecretFrom(server.id, "openSecretSpaceAuthCode")) as string]
    const signed = holder.body("getSecretSpace")
    await post(`${raw.url}/getSecretSpace`, signed)
    const folder = dirname(database.slice("file:".length))
    const seed = deriveKey(currentRoot(server.store.ctx.keys.current).tokens.export(), "box server signing")
    const files = await Promise.all([database.slice("file:".length), `${database.slice("file:".length)}-wal`].map((path) => readFile(path)))
    const bytes = Buffer.concat(files)
    for (const secret of [...values, ...codes, String(signed["signature"])]) expect(await sweepFolder(folder, secret)).toMatchObject({ found: [], files: expect.any(Number) })
    for (const secret of [...codes, String(signed["signature"])]) expect(bytes.includes(Buffer.from(secret, "hex"))).toBe(false)
    expect([bytes.includes(Buffer.from(seed)), findCanary(bytes, hex(seed), "files")]).toEqual([false, []])
    expect(bytes.includes(Buffer.from(client.id, "hex"))).toBe(true) // it is the right file
    await server.close()
    expect(await sweepFolder(folder, values[0] as string)).toMatchObject({ found: [] })
  })
})

describe.each(PERSISTENT)("keys on %s", (engine) => {
  it("move on with rotation, and the old one can go", async () => {
    const database = await freshDatabase(engine)
    const { server, raw, holder } = await startWithBox({ database, keys: RING })
    await holder.ask("setSecret", FIELDS.setSecret)
    const [code, id] = [await newCode(server), server.id]
    const before = await holder.ask("getSecret", FIELDS.getSecret)
    await closeAll()
    const rotating = await start({ database, keys: TWO_KEYS })
    expect(await holderAt(rotating, holder).ask("getSecret", FIELDS.getSecret)).toEqual(before)
    await expect(retireKey(admin(rotating), { version: 1 })).rejects.toMatchObject({ code: "key_in_use", details: { count: 1 } })
    expect(await rotate(admin(rotating), {})).toMatchObject({ rotated: 1, skipped: 0, isDone: true })
    await retireKey(admin(rotating), { version: 1 })
    await closeAll()
    const after = await start({ database, keys: defineKeys({ 2: K(2) }) })
    expect(after.id).toBe(id)
    expect(await holderAt(after, holder).ask("getSecret", FIELDS.getSecret)).toEqual(before)
    expect((await holderAt(after, createRawHolder(raw)).ask("openSecretSpace", { authCode: code, closureDate: null })).text).toBe(OK.text)
  })

  const holderAt = (server: OpenBoxServer, { secretKey }: RawHolder): RawHolder => createRawHolder({ url: server.url, now: () => server.store.clock.now }, secretKey)

  it("are all new after a re-encryption, under which servers work on, and id, boxes, codes and replays outlive it", async () => {
    const database = await freshDatabase(engine)
    const { server, holder } = await startWithBox({ database })
    const other = await start({ database })
    const friend = await openRawHolder({ url: other.url, now: () => other.store.clock.now })
    for (let i = 0; i < 20; i++) await holder.ask("setSecret", { secretId: `s${i}`, secret: "x" })
    await holder.ask("openSubSpace", { fromId: friend.id, closureDate: server.store.clock.now + DAY_MS })
    const code = await newCode(server)
    const replayed = holder.body("setSecret", FIELDS.setSecret)
    expect(await post(`${server.url}/setSecret`, replayed)).toEqual(OK)
    const sealed = () => editing(database, async ({ rows }) => (await rows("SELECT sealed FROM versions")).map((row) => (row["sealed"] as Buffer).toString("hex")))
    const before = { id: server.id, sealed: new Set(await sealed()) }
    const working = (async () => {
      for (let i = 0; i < 20; i++) {
        expect(await friend.ask("shareSecretTo", { shareToId: holder.id, secretId: `t${i}`, secret: "y", isOneTimeSecret: false })).toEqual(OK)
        expect(await holder.ask("setSecret", { secretId: `during ${i}`, secret: "z" })).toEqual(OK)
      }
    })()
    const result = await rotate(admin(server), { reencrypt: true, batchSize: 3 })
    await working
    expect(result).toMatchObject({ skipped: 0, isDone: true })
    for (const each of [server, other]) {
      expect(each.id).toBe(before.id)
      const same = holderAt(each, holder)
      for (const secretId of ["s0", "s19", "during 0", "during 19"]) expect((await same.ask("getSecret", { secretId })).text).toContain("encryptedContentHex")
      for (const secretId of ["t0", "t19"]) expect((await same.ask("getSecretFrom", { fromId: friend.id, secretId })).text).toContain("encryptedContentHex")
      expect(await post(`${each.url}/setSecret`, replayed)).toEqual(unauthorized("Multiple use of signature detected!"))
    }
    expect((await sealed()).filter((each) => before.sealed.has(each))).toEqual([])
    const guest = createRawHolder({ url: server.url, now: () => server.store.clock.now })
    expect(await guest.ask("openSecretSpace", { authCode: code, closureDate: null })).toEqual(OK) // it has no old keys any more
    expect(await examineStore(admin(server), { sample: 1_000 })).not.toContainEqual(expect.objectContaining({ level: "error" }))
  })

  it("of a backup open the same boxes elsewhere, and codes are left behind", async () => {
    const database = await freshDatabase(engine)
    const { server, holder } = await startWithBox({ database })
    const friend = await openRawHolder({ url: server.url, now: () => server.store.clock.now })
    await holder.ask("openSubSpace", { fromId: friend.id, closureDate: null })
    await friend.ask("shareSecretTo", { shareToId: holder.id, secretId: "s", secret: "shared", isOneTimeSecret: false })
    await holder.ask("setSecret", FIELDS.setSecret)
    await friend.ask("setSecret", FIELDS.setSecret)
    await friend.ask("deleteSecretSpace")
    const code = await newCode(server)
    const read = [await holder.ask("getSecret", FIELDS.getSecret), await holder.ask("getSecretFrom", { fromId: friend.id, secretId: "s" })]
    const folder = await mkdtemp(join(tmpdir(), "sotto-test-"))
    const target = await freshDatabase("sqlite file")
    try {
      await writeBackup(server.store.ctx, join(folder, "backup"))
      const storage = await openStorage({ database: target })
      await restoreBackup(join(folder, "backup"), { storage, wrapper: createKeyRing(RING), at: 5, principal: LOCAL_USER })
      await storage.close()
    } finally {
      await rm(folder, { recursive: true })
    }
    const restored = await start({ database: target })
    const same = holderAt(restored, holder)
    expect(restored.id).toBe(server.id)
    expect([await same.ask("getSecret", FIELDS.getSecret), await same.ask("getSecretFrom", { fromId: friend.id, secretId: "s" })]).toEqual(read)
    expect(await holderAt(restored, friend).ask("getSecretSpace")).toEqual(refusal(`SecretSpace for "${friend.id}" did not exist!`))
    expect(await holderAt(restored, friend).ask("openSecretSpace", { authCode: code, closureDate: null })).toEqual(unauthorized("Invalid AuthCode!"))
    expect(await sweepBoxes(restored.store.ctx)).toEqual({ closed: 0, deleted: 1 })
  })
})

describe.each(PERSISTENT)("a database that somebody changed on %s", (engine) => {
  const prepare = async () => {
    const database = await freshDatabase(engine)
    const { server, raw, holder } = await startWithBox({ database })
    const [victim, friend] = [holder, await openRawHolder(raw)]
    await victim.ask("setSecret", { secretId: "a", secret: "of victim" })
    await victim.ask("setSecret", { secretId: "b", secret: "of victim too" })
    await victim.ask("openSubSpace", { fromId: friend.id, closureDate: null })
    await friend.ask("shareSecretTo", { shareToId: victim.id, secretId: "s", secret: "shared", isOneTimeSecret: true })
    await friend.ask("setSecret", { secretId: "a", secret: "of friend" })
    expect((await victim.ask("getSecret", { secretId: "a" })).text).toContain("encryptedContentHex") // so both were proved before
    return { database, server, raw, victim, friend }
  }
  const expectUnharmed = async (friend: RawHolder): Promise<void> => {
    expect((await friend.ask("getSecret", { secretId: "a" })).text).toContain("encryptedContentHex")
    expect(await friend.ask("setSecret", { secretId: "c", secret: "x" })).toEqual(OK)
  }
  const bytes = (id: string): Buffer => Buffer.from(id, "hex")

  it.each([
    ["closure date", "closes_at = 1"],
    ["facts", `facts = '{"closureDate":null,"owner":"x"}'`],
    ["tag", "tag = created_at"],
    ["age", "created_at = created_at + 1"],
  ])("is refused to show a box whose %s is another", async (what, assignment) => {
    const { database, server, victim, friend } = await prepare()
    const column = what === "tag" ? "tag = ?" : assignment
    const restore = await editing(database, async ({ run, rows }) => {
      const [row] = await rows("SELECT * FROM box_spaces ORDER BY created_at")
      await run(`UPDATE box_spaces SET ${column} WHERE box = ? AND sender = ?`, ...(what === "tag" ? [Buffer.alloc(36, 1)] : []), bytes(victim.id), Buffer.alloc(0))
      return row
    })
    expect(restore).toBeDefined()
    for (const [route, fields] of [["getSecretSpace", {}], ["getSecret", { secretId: "a" }], ["setSecret", { secretId: "a", secret: "x" }], ["deleteSecret", { secretId: "a" }], ["openSecretSpace", FIELDS.openSecretSpace]] as const)
      expect(await victim.ask(route, fields)).toEqual(CORRUPTED)
    expect(await friend.ask("shareSecretTo", { shareToId: victim.id, secretId: "t", secret: "x", isOneTimeSecret: false })).toEqual(CORRUPTED)
    await expectUnharmed(friend)
    expect(await sweepBoxes(server.store.ctx)).toEqual({ closed: 0, deleted: 0 })
    expect(await examineStore(admin(server), { sample: 10 })).toContainEqual(expect.objectContaining({ level: "error", what: expect.stringContaining(victim.id) as string }))
    expect(await victim.ask("deleteSecretSpace")).toEqual(OK)
    expect(await victim.ask("openSecretSpace", FIELDS.openSecretSpace)).toEqual(OK)
    expect(await victim.ask("getSecret", { secretId: "a" })).toEqual(refusal('Secret with secretId "a" did not exist!'))
  })

  it("gives no secret under another name, in another box, with another mark or of another version", async () => {
    const { database, victim, friend } = await prepare()
    const changes: [string, unknown[], string][] = [
      ["UPDATE secrets SET metadata = ? WHERE metadata LIKE ?", ['{"secretId":"s"}', '%"isOneTime"%'], "shared"],
      ["UPDATE secrets SET name = ? WHERE metadata = ?", ["f".repeat(64), '{"secretId":"b"}'], "none"],
      ["UPDATE versions SET sealed = ? WHERE secret_id IN (SELECT id FROM secrets WHERE metadata = ?)", [Buffer.alloc(200, 1), '{"secretId":"a"}'], "own"],
    ]
    const asks: Record<string, () => Promise<unknown>> = {
      shared: () => victim.ask("getSecretFrom", { fromId: friend.id, secretId: "s" }),
      own: () => victim.ask("getSecret", { secretId: "a" }),
      none: () => victim.ask("getSecretSpace"),
    }
    for (const [sql, values, asked] of changes) {
      await editing(database, ({ run }) => run(sql, ...values))
      expect(await asks[asked]?.()).toEqual(CORRUPTED)
    }
    expect(await friend.ask("setSecret", { secretId: "a", secret: "anew" })).toEqual(OK)
    await expectUnharmed(friend)
    expect(await victim.ask("setSecret", { secretId: "a", secret: "anew" })).toEqual(OK) // what is broken may be written anew
    expect((await victim.ask("getSecret", { secretId: "a" })).text).toContain("encryptedContentHex")
  })

  it("hands no secret to a box that it was moved into, nor a sender's place", async () => {
    const { database, raw, victim, friend } = await prepare()
    const thief = await openRawHolder(raw)
    await editing(database, async ({ run, rows }) => {
      const spaces = await rows("SELECT id, box, sender FROM box_spaces")
      const own = (id: string) => namespaceOfSpace(String(spaces.find(({ box, sender }) => (box as Buffer).equals(bytes(id)) && (sender as Buffer).length === 0)?.["id"]))
      await run("UPDATE versions SET namespace = ? WHERE namespace = ?", own(thief.id), own(victim.id))
      await run("UPDATE secrets SET namespace = ? WHERE namespace = ?", own(thief.id), own(victim.id))
      await run("UPDATE box_spaces SET box = ? WHERE sender = ?", bytes(thief.id), bytes(friend.id))
    })
    expect(await thief.ask("getSecret", { secretId: "a" })).toEqual(CORRUPTED)
    expect(await thief.ask("getSecretFrom", { fromId: friend.id, secretId: "s" })).toEqual(CORRUPTED)
    expect(await thief.ask("getSecretSpace")).toEqual(CORRUPTED)
    expect(await victim.ask("getSecret", { secretId: "a" })).toEqual(refusal('Secret with secretId "a" did not exist!'))
    await expectUnharmed(friend)
  })

  it("opens nothing with a code that was changed", async () => {
    const { database, server, raw, friend } = await prepare()
    const code = await newCode(server)
    await editing(database, ({ run }) => run("UPDATE box_codes SET expires_at = expires_at + 1"))
    expect(await createRawHolder(raw).ask("openSecretSpace", { authCode: code, closureDate: null })).toEqual(CORRUPTED)
    expect((await createRawHolder(raw).ask("openSecretSpace", { authCode: OPENING_CODE, closureDate: null })).text).toBe(OK.text)
    await expectUnharmed(friend)
  })

  it("in one row harms nobody whose request shares the transaction", async () => {
    const { database, raw, victim, friend } = await prepare()
    await editing(database, ({ run }) => run("UPDATE box_spaces SET created_at = 1 WHERE box = ? AND sender = ?", bytes(victim.id), bytes(friend.id)))
    const share = () => friend.ask("deleteSharedSecret", { sharedToId: victim.id, secretId: "s" })
    const answers = await Promise.all([...Array.from({ length: 6 }, (_, i) => friend.ask("setSecret", { secretId: `n${i}`, secret: "x" })), share(), share(), openRawHolder(raw).then(() => OK)])
    expect(answers).toEqual([...Array.from({ length: 6 }, () => OK), CORRUPTED, CORRUPTED, OK])
  })
})

describe.each(["sqlite memory", ...PERSISTENT] as const)("what is over on %s", (engine) => {
  it("is swept: boxes and senders whose date has come, what they held, codes and signatures", async () => {
    const database = await freshDatabase(engine)
    const { server, raw, holder } = await startWithBox({ database })
    const { ctx, clock } = server.store
    const short = createRawHolder(raw)
    await short.ask("openSecretSpace", { authCode: OPENING_CODE, closureDate: clock.now + 1000 })
    for (let i = 0; i < 5; i++) await short.ask("setSecret", { secretId: `s${i}`, secret: "x" })
    await short.ask("openSubSpace", { fromId: holder.id, closureDate: null })
    await holder.ask("shareSecretTo", { shareToId: short.id, secretId: "s", secret: "x", isOneTimeSecret: true })
    await holder.ask("openSubSpace", { fromId: short.id, closureDate: clock.now + 500.5 })
    await short.ask("shareSecretTo", { shareToId: holder.id, secretId: "s", secret: "x", isOneTimeSecret: false })
    await holder.ask("setSecret", FIELDS.setSecret)
    await newCode(server)
    expect(await sweepBoxes(ctx)).toEqual({ closed: 0, deleted: 0 })
    clock.now += 500
    expect(await sweepBoxes(ctx)).toEqual({ closed: 0, deleted: 0 })
    clock.now += 1
    expect(await sweepBoxes(ctx)).toEqual({ closed: 1, deleted: 1 })
    clock.now += 499
    expect(await ctx.storage.all("countVersionsByKey", {})).toHaveLength(3)
    expect(await sweepBoxes(ctx)).toEqual({ closed: 1, deleted: 6 })
    expect((await ctx.storage.all("countVersionsByKey", {})).map(({ count }) => count)).toEqual([1])
    expect(await ctx.storage.all("listBoxLeftovers", { limit: 10 })).toEqual([])
    expect(await ctx.storage.all("listBoxCodes", {})).toHaveLength(1)
    clock.now += 7 * DAY_MS
    expect(await sweepBoxes(ctx)).toEqual({ closed: 0, deleted: 0 })
    expect(await ctx.storage.all("listBoxCodes", {})).toEqual([])
    expect((await holder.ask("getSecret", FIELDS.getSecret)).text).toContain("encryptedContentHex")
    const { page } = await listEvents(server.store.ctx, { store: true, type: "box_closed", paginationOpts: { numItems: 10, cursor: null } })
    expect(page.map(({ metadata }) => metadata)).toEqual([
      { reason: "closure_date", box: short.id },
      { reason: "closure_date", box: holder.id, sender: short.id },
    ])
  })

  it("is swept by several at once, each thing once", async () => {
    const database = await freshDatabase(engine)
    const { server, raw } = await startWithBox({ database })
    const sweepers = engine === "sqlite memory" ? [server, server] : [server, await start({ database })]
    for (let i = 0; i < 8; i++) {
      const each = createRawHolder(raw)
      await each.ask("openSecretSpace", { authCode: OPENING_CODE, closureDate: server.store.clock.now + 1000 })
      for (let k = 0; k < 3; k++) await each.ask("setSecret", { secretId: `s${k}`, secret: "x" })
    }
    for (const { store } of sweepers) store.clock.now = 1_800_000_000_000 + 1000
    const results = await Promise.all(sweepers.map(({ store }) => sweepBoxes(store.ctx)))
    expect(results.reduce((sum, { closed }) => sum + closed, 0)).toBe(8)
    expect(await server.store.ctx.storage.all("countVersionsByKey", {})).toEqual([])
    const { page } = await listEvents(server.store.ctx, { store: true, type: "box_closed", paginationOpts: { numItems: 50, cursor: null } })
    expect(page).toHaveLength(8)
  })

  it("does not come back by whoever opens the box anew", async () => {
    const { server, raw } = await startWithBox({ database: await freshDatabase(engine) })
    const each = createRawHolder(raw)
    const { clock, ctx } = server.store
    for (let round = 0; round < 3; round++) {
      expect(await each.ask("openSecretSpace", { authCode: OPENING_CODE, closureDate: clock.now + 1000 })).toEqual(OK)
      expect(await each.ask("getSecret", FIELDS.getSecret)).toEqual(refusal('Secret with secretId "s" did not exist!'))
      expect(await each.ask("setSecret", FIELDS.setSecret)).toEqual(OK)
      clock.now += 1000
    }
    expect(await sweepBoxes(ctx)).toEqual({ closed: 1, deleted: 3 })
  })
})

describe("a sweep", () => {
  it("is not kept from what is over by boxes that somebody changed", async () => {
    const database = await freshDatabase("sqlite file")
    const { server } = await startWithBox({ database })
    const { ctx, clock } = server.store
    await ctx.storage.write(async (tx) => {
      for (let i = 0; i < 260; i++) await insertSpace(ctx, tx, { box: numbered(i), sender: OWN, facts: { closureDate: clock.now + 1 + i } })
    })
    await editing(database, ({ run }) => run("UPDATE box_spaces SET created_at = 1 WHERE closes_at <= ?", clock.now + 250))
    clock.now += 1000
    expect(await sweepBoxes(ctx)).toEqual({ closed: 10, deleted: 0 })
    expect(await countIn(database, "box_spaces")).toBe(251)
  })

  it("leaves no signature behind that no longer counts", async () => {
    const database = await freshDatabase("sqlite file")
    const { server, holder } = await startWithBox({ database })
    for (let i = 0; i < 4; i++) await holder.ask("getSecretSpace")
    await sweepBoxes(server.store.ctx)
    expect(await countIn(database, "box_signatures")).toBe(5)
    server.store.clock.now += 3 * WINDOW_MS
    await sweepBoxes(server.store.ctx)
    expect(await countIn(database, "box_signatures")).toBe(0)
  })
})

describe("the log", () => {
  const allEvents = async (server: OpenBoxServer) => (await listEvents(server.store.ctx, { store: true, order: "asc", paginationOpts: { numItems: 100, cursor: null } })).page

  it("has an event for every operation that did something, of whom and on what, and none of its values", async () => {
    const database = await freshDatabase("sqlite file")
    const server = await start({ database })
    const [alice, bob] = [await enter(server), await enter(server)]
    await alice.ready
    await alice.setSecret("own", "canary-value-1")
    await alice.getSecret("own")
    await alice.getSecretSpace()
    await alice.deleteSecret("own")
    await alice.acceptSecretsFrom(bob)
    await bob.shareSecretTo(alice, "s", "canary-value-2", true)
    await alice.getSubSpace(bob.id)
    await alice.getSecretFrom(bob, "s")
    await bob.shareSecretTo(alice, "t", "canary-value-3")
    await bob.deleteSharedSecret(alice.id, "t")
    await alice.stopAcceptingSecretsFrom(bob)
    await alice.acceptSecretsFrom(server.id)
    await alice.generateAuthCodeFor("openSecretSpace")
    const authCode = (await alice.getSecretFrom(server.id, "openSecretSpaceAuthCode")) as string
    const carol = await enter(server, { authCode })
    await alice.generateAuthCodeFor("getNodeId")
    const idCode = (await alice.getSecretFrom(server.id, "getNodeIdAuthCode")) as string
    await alice.getServerId(idCode)
    await alice.getServerId(SERVER_ID_CODE)
    await alice.eraseFromServer()
    await alice.eraseFromServer()
    await newCode(server)
    await expect(alice.getSecret("own")).rejects.toThrow("did not exist!")
    const events = (await allEvents(server)).filter(({ type }) => type.startsWith("box_"))
    expect(events.map(({ type, principal, metadata }) => [type, principal.id.replace("box:", "").replace(alice.id, "alice").replace(bob.id, "bob").replace(carol.id, "carol"), metadata])).toEqual([
      ["box_opened", "alice", { operation: "openSecretSpace" }],
      ["box_opened", "bob", { operation: "openSecretSpace" }],
      ["box_written", "alice", { operation: "setSecret", secretId: "own" }],
      ["box_read", "alice", { operation: "getSecret", secretId: "own" }],
      ["box_read", "alice", { operation: "getSecretSpace" }],
      ["box_written", "alice", { operation: "deleteSecret", secretId: "own" }],
      ["box_changed", "alice", { operation: "openSubSpace", sender: bob.id }],
      ["box_written", "bob", { operation: "shareSecretTo", recipient: alice.id, secretId: "s" }],
      ["box_read", "alice", { operation: "getSubSpace", sender: bob.id }],
      ["box_read", "alice", { operation: "getSecretFrom", sender: bob.id, secretId: "s", isOneTime: true }],
      ["box_written", "bob", { operation: "shareSecretTo", recipient: alice.id, secretId: "t" }],
      ["box_written", "bob", { operation: "deleteSharedSecret", recipient: alice.id, secretId: "t" }],
      ["box_changed", "alice", { operation: "deleteSubSpace", sender: bob.id }],
      ["box_changed", "alice", { operation: "openSubSpace", sender: server.id }],
      ["box_code_created", "alice", { operation: "createAuthCode", action: "openSecretSpace" }],
      ["box_read", "alice", { operation: "getSecretFrom", sender: server.id, secretId: "openSecretSpaceAuthCode", isOneTime: true }],
      ["box_opened", "carol", { operation: "openSecretSpace", owner: alice.id }],
      ["box_code_created", "alice", { operation: "createAuthCode", action: "getNodeId" }],
      ["box_read", "alice", { operation: "getSecretFrom", sender: server.id, secretId: "getNodeIdAuthCode", isOneTime: true }],
      ["box_read", server.store.ctx.actor.principal.id, { operation: "getNodeId", owner: alice.id }],
      ["box_closed", "alice", { operation: "deleteSecretSpace", reason: "erased", box: alice.id }],
      ["box_code_created", "tester", { action: "openSecretSpace" }],
    ])
    const bodies = await editing(database, async ({ rows }) => Buffer.concat((await rows("SELECT body FROM events")).map(({ body }) => body as Buffer)))
    for (const secret of ["canary-value-1", "canary-value-2", "canary-value-3", authCode, idCode]) expect(findCanary(bodies, secret, "events")).toEqual([])
  })

  it("takes names of any kind and length", async () => {
    const { server, holder } = await startWithBox()
    for (const secretId of ["n".repeat(40_000), "\ud800", "a\u0000b", "__proto__"]) expect(await holder.ask("setSecret", { secretId, secret: "x" })).toEqual(OK)
    const names = (await allEvents(server)).filter(({ type }) => type === "box_written").map(({ metadata }) => metadata?.["secretId"])
    expect(names).toEqual([`${"n".repeat(256)}…`, "\ufffd", "a\u0000b", "__proto__"])
  })
})

describe("a box has room", () => {
  it("for 10,000 secrets, whichever sender writes them, and those can still be written anew", async () => {
    const { server, raw, holder } = await startWithBox()
    const { ctx } = server.store
    await holder.ask("setSecret", FIELDS.setSecret)
    const space = await findSpace(ctx, ctx.storage, Buffer.from(holder.id, "hex"))
    const namespace = namespaceOfSpace(space?.row.id ?? "")
    const fill = Array.from({ length: 9_999 }, (_, i) => secretRow(`filler ${i}`, { namespace }))
    await ctx.storage.write((tx) => tx.runMany("insertSecret", fill))
    expect(await holder.ask("setSecret", { secretId: "one more", secret: "x" })).toEqual(refusal("The SecretSpace is full!"))
    expect(await holder.ask("setSecret", FIELDS.setSecret)).toEqual(OK)
    expect(await holder.ask("deleteSecret", FIELDS.deleteSecret)).toEqual(OK)
    expect(await holder.ask("setSecret", { secretId: "one more", secret: "x" })).toEqual(OK)
    await holder.ask("openSubSpace", { fromId: holder.id, closureDate: null })
    expect(await holder.ask("shareSecretTo", { ...FIELDS.shareSecretTo, shareToId: holder.id })).toEqual(OK)
    expect(await (await openRawHolder(raw)).ask("setSecret", FIELDS.setSecret)).toEqual(OK)
  })

  it("for 1,000 senders whose time is not over", async () => {
    const { server, holder } = await startWithBox()
    const { ctx, clock } = server.store
    const box = Buffer.from(holder.id, "hex")
    await ctx.storage.write(async (tx) => {
      for (let i = 0; i < 1_000; i++) await insertSpace(ctx, tx, { box, sender: numbered(i), facts: { closureDate: i === 0 ? clock.now + 1000 : null } })
    })
    expect(await holder.ask("openSubSpace", FIELDS.openSubSpace)).toEqual(refusal("The SecretSpace accepts too many senders!"))
    clock.now += 1000
    expect(await holder.ask("openSubSpace", FIELDS.openSubSpace)).toEqual(OK)
    expect(await holder.ask("openSubSpace", FIELDS.openSubSpace)).toEqual(OK) // that one is there
    expect(await holder.ask("openSubSpace", { fromId: "b".repeat(64), closureDate: null })).toEqual(refusal("The SecretSpace accepts too many senders!"))
  })

  it("for what one listing can show, all senders together, and each secret is read all the same", async () => {
    const { holder } = await startWithBox()
    await holder.ask("openSubSpace", { fromId: holder.id, closureDate: null })
    const secret = "x".repeat(95_000)
    for (let i = 0; i < 12; i++) {
      expect(await holder.ask("setSecret", { secretId: `s${i}`, secret })).toEqual(OK)
      expect(await holder.ask("shareSecretTo", { shareToId: holder.id, secretId: `s${i}`, secret, isOneTimeSecret: false })).toEqual(OK)
    }
    expect(await holder.ask("getSecretSpace")).toEqual(refusal("The SecretSpace is too large for one answer!"))
    expect((await holder.ask("getSubSpace", { fromId: holder.id })).text.length).toBeGreaterThan(4_000_000)
    expect((await holder.ask("getSecret", { secretId: "s11" })).text).toContain("encryptedContentHex")
  })

  it("in one listing not for any number of secrets that show nothing: each has to be opened", async () => {
    const { server, holder } = await startWithBox()
    const { ctx } = server.store
    await holder.ask("openSubSpace", { fromId: holder.id, closureDate: null })
    for (let i = 0; i < 9; i++) await holder.ask("shareSecretTo", { ...FIELDS.shareSecretTo, shareToId: holder.id, secretId: `${i}`, isOneTimeSecret: true })
    const key = Buffer.from(holder.id, "hex")
    const space = (await findSpace(ctx, ctx.storage, key, key)) as BoxSpace
    await expect(listSecrets(ctx, space, { left: 2_000 })).rejects.toThrow("The SecretSpace is too large for one answer!")
    expect(await listSecrets(ctx, space, { left: 3_000 })).toHaveLength(9)
  })
})

describe("where secrets of boxes lie", () => {
  it("is no workspace: not listed, not counted among them, not named by anybody", async () => {
    const database = await freshDatabase("sqlite file")
    const { server, holder } = await startWithBox({ database, keys: TWO_KEYS })
    const ctx = admin(server)
    await holder.ask("setSecret", FIELDS.setSecret)
    await put(server.store.ctx, { name: "mine", value: "x" })
    const space = await findSpace(ctx, ctx.storage, Buffer.from(holder.id, "hex"))
    const namespace = namespaceOfSpace(space?.row.id ?? "")
    expect(await namespaces(server.store.ctx, {})).toEqual([{ secrets: 1 }])
    expect(await listWorkspaces(server.store.ctx, {})).toEqual([{ id: "default" }])
    expect((await rotationStatus(ctx, {})).keys.at(-1)).toMatchObject({ versions: 2, boxes: 1, namespaces: [{ namespace: "default", versions: 1 }] })
    const [row] = await ctx.storage.all("listNamespaceSecrets", { namespace, limit: 1 })
    for (const named of [
      put(server.store.ctx, { namespace, name: "x", value: "x" }),
      get(server.store.ctx, { namespace, name: row?.name ?? "" }),
      listEvents(server.store.ctx, { namespace, paginationOpts: { numItems: 1, cursor: null } }),
      get(server.store.ctx, { namespace: parseSottoReference(`sotto://${encodeURIComponent(namespace)}/x`).workspace, name: "x" }),
      createToken(server.store.ctx, { kind: "service", name: "t", grants: [{ pattern: namespace, permissions: ["admin"] }] }),
    ])
      await expect(named).rejects.toMatchObject({ code: "invalid_argument" })
    await expect(revealByRef(server.store.ctx, { namespace: "default", ref: uuidToText(row?.id ?? new Uint8Array(16)) })).rejects.toMatchObject({ code: "not_found" })
  })

  it("is no route of the API's either, and its status names boxes and no place", async () => {
    const { server, holder } = await startWithBox()
    await holder.ask("setSecret", FIELDS.setSecret)
    const adminToken = "an-admin-token-of-the-operator-0123456789"
    const app = createServerOver({ ctx: server.store.ctx, settings: { port: 80, adminToken, log: { level: "silent" } } })
    const ask = (url: string) => app.inject({ method: "GET", url, headers: { authorization: `Bearer ${adminToken}`, host: "localhost" } })
    const status = await ask("/api/v1/keyring")
    expect(status.json()).toMatchObject({ keys: [{ versions: 1, boxes: 1, namespaces: [] }] })
    const space = await findSpace(server.store.ctx, server.store.ctx.storage, Buffer.from(holder.id, "hex"))
    for (const path of ["secrets", "events"]) {
      const answer = await ask(`/api/v1/workspaces/${encodeURIComponent(namespaceOfSpace(space?.row.id ?? ""))}/${path}`)
      expect([400, 404]).toContain(answer.statusCode)
    }
    await app.close()
  })

  it("shows in no event: what rotation did to boxes stands in the store's own log", async () => {
    const database = await freshDatabase("sqlite file")
    const { holder } = await startWithBox({ database, keys: RING })
    await holder.ask("setSecret", FIELDS.setSecret)
    await closeAll()
    const server = await start({ database, keys: TWO_KEYS })
    await put(server.store.ctx, { name: "mine", value: "x" })
    await rotate(server.store.ctx, {})
    await rotate(server.store.ctx, { reencrypt: true })
    const { page } = await listEvents(server.store.ctx, { store: true, type: "rotated", order: "asc", paginationOpts: { numItems: 10, cursor: null } })
    expect(page.map(({ metadata }) => metadata)).toEqual([
      { fromVersion: 1, toVersion: 2, isBoxSecret: true },
      { fromVersion: 2, toVersion: 2, reencrypted: true, isBoxSecret: true },
    ])
    const places = await editing(database, ({ rows }) => rows("SELECT DISTINCT namespace FROM events ORDER BY namespace"))
    expect(places).toEqual([{ namespace: null }, { namespace: "default" }])
  })
})
