import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createDatabases, ENGINES } from "../engines.ts"
import { openBoxServer, type OpenBoxServer } from "./open-box-server.ts"
import { createOriginalClient, type OriginalClient, type OriginalClientOptions } from "./original-client.ts"
import { asymmetricDecrypt, newSecretKey, publicKeyOf, unsalt, verify, type OriginalSealed } from "./original-crypto.ts"
import { createRawHolder, OPENING_CODE, refusal, SERVER_ID_CODE, WINDOW_MS } from "./raw-request.ts"

const freshDatabase = createDatabases()
const MINUTE_MS = 60_000

interface Space {
  meta: { id: string; closureDate: number | null; owner?: string; communication?: string; serverPub?: string; serverSig?: string }
  secrets: Record<string, { secret?: OriginalSealed; isOneTime?: true }>
  subSpaces: Record<string, Space>
}

type Opened = OriginalClient & { id: string; secretKeyHex: string }

describe.each(ENGINES)("the original's client at Sotto's server on %s", (engine) => {
  let database: string
  let server: OpenBoxServer
  const now = (): number => server.store.clock.now

  beforeEach(async () => {
    database = await freshDatabase(engine)
    server = await openBoxServer({ database })
  })
  afterEach(() => server.close())

  const newClient = (options: Partial<OriginalClientOptions> = {}): OriginalClient => createOriginalClient({ serverURL: server.url, now, ...options })

  const join = async (options: Partial<OriginalClientOptions> = {}): Promise<Opened> => {
    const client = newClient(options)
    await client.ready
    return client as Opened
  }

  const spaceOf = async (client: OriginalClient): Promise<Space> => (await client.getSecretSpace()) as Space

  const reopen = (client: Opened, closureDate: number | null) =>
    createRawHolder({ url: server.url, now }, client.secretKeyHex).ask("openSecretSpace", { authCode: OPENING_CODE, closureDate })

  /** Both layers, by hand. */
  const openBoth = (sealed: OriginalSealed | undefined, { secretKeyHex }: Opened): string => {
    const outer = unsalt(asymmetricDecrypt(sealed as OriginalSealed, secretKeyHex))
    return unsalt(asymmetricDecrypt(JSON.parse(outer) as OriginalSealed, secretKeyHex))
  }

  describe("a box", () => {
    it("is opened with the public code, by new keys and by known ones", async () => {
      const secretKeyHex = newSecretKey()
      const own = newClient({ secretKeyHex, publicKeyHex: publicKeyOf(secretKeyHex), authCode: OPENING_CODE })
      expect(await own.ready).toEqual({ ok: true })
      expect(await newClient().ready).toEqual({ ok: true })
      const known = newClient({ secretKeyHex, publicKeyHex: publicKeyOf(secretKeyHex) })
      known.nonce = 7
      expect(await known.getSecretSpace()).toMatchObject({ meta: { id: own.id } })
    })

    it("is no other when it is opened again, whether with its closure date or with none", async () => {
      const client = await join({ closureDate: now() + 1000.5 })
      await client.setSecret("a", "x")
      expect(await reopen(client, null)).toMatchObject({ text: '{"ok":true}' })
      expect(await reopen(client, now() + 1000.5)).toMatchObject({ text: '{"ok":true}' })
      expect(await reopen(client, now() + 2000)).toEqual(refusal("Updating the closureDate is not allowed!"))
      expect(await reopen(client, now())).toEqual(refusal("ClosureDate has already passed!"))
      expect((await spaceOf(client)).meta.closureDate).toBe(now() + 1000.5)
      expect(await client.getSecret("a")).toBe("x")
    })

    it("of no closure date takes none later", async () => {
      const client = await join()
      expect(await reopen(client, now() + 2000)).toEqual(refusal("Updating the closureDate is not allowed!"))
    })

    it("is read whole, under the server's signature", async () => {
      const [client, friend] = [await join(), await join()]
      await client.setSecret("own", { a: 1 })
      await client.setSecret("__proto__", "odd")
      await client.setSecret("7", "first in order")
      await client.acceptSecretsFrom(friend, now() + 5000)
      await friend.shareSecretTo(client, "from friend", "shared")
      const space = await spaceOf(client)
      const { serverSig, ...meta } = space.meta
      expect(meta).toEqual({ id: client.id, closureDate: null, communication: "", serverPub: server.id })
      expect(verify(serverSig as string, server.id, JSON.stringify({ ...space, meta: { ...space.meta, serverSig: "" } }))).toBe(true)
      expect(verify(serverSig as string, server.id, JSON.stringify({ ...space, meta: { ...space.meta, id: friend.id, serverSig: "" } }))).toBe(false)
      expect(Object.keys(space.secrets).toSorted()).toEqual(["7", "__proto__", "own"])
      expect(openBoth(space.secrets["own"]?.secret, client)).toBe('{"a":1}')
      const shared = space.subSpaces[friend.id] as Space
      expect(shared.meta).toEqual({ id: `${client.id}.${friend.id}`, closureDate: now() + 5000 })
      expect(openBoth(shared.secrets["from friend"]?.secret, client)).toBe("shared")
      expect(await client.getSubSpace(friend.id)).toEqual(shared)
    })

    it("is erased with all that is in it, again without error, and opens empty", async () => {
      const [client, friend] = [await join(), await join()]
      await client.setSecret("a", "x")
      await client.acceptSecretsFrom(friend)
      await friend.shareSecretTo(client, "s", "x")
      expect(await client.eraseFromServer()).toEqual({ ok: true })
      expect(await client.eraseFromServer()).toEqual({ ok: true })
      const gone = `SecretSpace for "${client.id}" did not exist!`
      await expect(client.getSecretSpace()).rejects.toThrow(`getSecretSpace replied with error: ${gone}`)
      await expect(client.getSecret("a")).rejects.toThrow(`getSecret replied with error: ${gone}`)
      await expect(client.setSecret("a", "x")).rejects.toThrow(`setSecret replied with error: ${gone}`)
      await expect(client.deleteSecret("a")).rejects.toThrow(`deleteSecret replied with error: ${gone}`)
      await expect(client.acceptSecretsFrom(friend)).rejects.toThrow(`acceptSecretsFrom replied with error: ${gone}`)
      await expect(client.getSubSpace(friend.id)).rejects.toThrow(`getSubSpace replied with error: ${gone}`)
      await expect(client.stopAcceptingSecretsFrom(friend)).rejects.toThrow(`stopAcceptingSecretsFrom replied with error: ${gone}`)
      await expect(client.getSecretFrom(friend, "s")).rejects.toThrow(`getSecretFrom replied with error: ${gone}`)
      await expect(friend.shareSecretTo(client, "s", "x")).rejects.toThrow(`shareSecretTo replied with error: ${gone}`)
      await expect(friend.deleteSharedSecret(client.id, "s")).rejects.toThrow(`deleteSharedSecret replied with error: ${gone}`)
      await expect(client.generateAuthCodeFor("x")).rejects.toThrow(`createAuthCode replied with error: ${gone}`)
      expect(await reopen(client, null)).toMatchObject({ text: '{"ok":true}' })
      expect(await client.getSecretSpace()).toMatchObject({ secrets: {}, subSpaces: {} })
      await expect(client.getSecret("a")).rejects.toThrow('Secret with secretId "a" did not exist!')
    })

    it("moves to another server by updateServerURL, whose failure ends the client, as it always did", async () => {
      const client = await join()
      expect(await client.updateServerURL(server.url, OPENING_CODE).catch(String)).toContain("Multiple use of signature detected!") // quirk 1: nonce 0 again
      server.store.clock.now += WINDOW_MS
      const other = await join()
      expect(await other.updateServerURL(`${server.url}`).catch(String)).toContain("did not match the expected number. 6 vs 5")
      await expect(other.getSecretSpace()).rejects.toThrow("6 vs 5")
    })
  })

  describe("secrets", () => {
    it.each([
      ["text", "words", "words"],
      ["umlauts and emoji", "ünï🚀 \u0000 NUL", "ünï🚀 \u0000 NUL"],
      ["numbers in text", "1e3", 1000],
      ["truth in text", "true", true],
      ["null", null, null],
      ["nothing", "", ""],
      ["undefined", undefined, "undefined"],
      ["objects", { a: [1, { b: null }] }, { a: [1, { b: null }] }],
      ["20 kB", "x".repeat(20_000), "x".repeat(20_000)],
    ] as const)("of %s come back as the original has them", async (_kind, given, read) => {
      const client = await join()
      expect(await client.setSecret("a", given)).toEqual({ ok: true })
      expect(await client.getSecret("a")).toEqual(read)
    })

    it("may have any name but an empty one", async () => {
      const client = await join()
      const names = ["a.b/c", "ü🚀", "x".repeat(5_000), "__proto__", "constructor", "toString", "a\u0000b", "a", "A", " ", "\ud800", "\ud801", "..", "%2e", "'; DROP TABLE secrets; --"]
      for (const name of names) await client.setSecret(name, `of ${JSON.stringify(name)}`)
      for (const name of names) expect(await client.getSecret(name)).toBe(`of ${JSON.stringify(name)}`)
      expect(Object.keys((await spaceOf(client)).secrets).toSorted()).toEqual(names.toSorted())
      await expect(client.setSecret("", "x")).rejects.toThrow("setSecret replied with error: No secretId provided!")
      await expect(client.getSecret("")).rejects.toThrow("getSecret replied with error: No secretId provided!")
      await expect(client.deleteSecret("")).rejects.toThrow("deleteSecret replied with error: No secretId provided!")
    })

    it("are overwritten, deleted, and missed", async () => {
      const client = await join()
      await client.setSecret("a", "old")
      await client.setSecret("a", "new")
      expect(await client.getSecret("a")).toBe("new")
      expect(await client.deleteSecret("a")).toEqual({ ok: true })
      const missing = 'Secret with secretId "a" did not exist!'
      await expect(client.getSecret("a")).rejects.toThrow(`getSecret replied with error: ${missing}`)
      await expect(client.deleteSecret("a")).rejects.toThrow(`deleteSecret replied with error: ${missing}`)
    })

    it("are each holder's own", async () => {
      const [alice, bob] = [await join(), await join()]
      await alice.setSecret("a", "of alice")
      await bob.setSecret("a", "of bob")
      await bob.deleteSecret("a")
      expect(await alice.getSecret("a")).toBe("of alice")
    })

    it("that many set at once are all there", async () => {
      const client = await join()
      await Promise.all(Array.from({ length: 30 }, (_, i) => client.setSecret(`s${i % 10}`, i)))
      const read = await Promise.all(Array.from({ length: 10 }, (_, i) => client.getSecret(`s${i}`)))
      for (const [i, value] of read.entries()) expect([i, i + 10, i + 20]).toContain(value)
    })
  })

  describe("sharing", () => {
    it("goes both ways, once each has accepted the other, and ends with the accepting", async () => {
      const [alice, bob] = [await join(), await join()]
      await expect(alice.shareSecretTo(bob, "s", "x")).rejects.toThrow(`shareSecretTo replied with error: There is no SubSpace for "${alice.id}"`)
      expect(await bob.acceptSecretsFrom(alice)).toEqual({ ok: true })
      expect(await bob.acceptSecretsFrom(alice)).toEqual({ ok: true })
      await alice.acceptSecretsFrom(bob.id)
      expect(await alice.shareSecretTo(bob, "s", { to: "bob" })).toEqual({ ok: true })
      await bob.shareSecretTo(alice.id, "s", "to alice")
      for (let reads = 0; reads < 2; reads++) expect(await bob.getSecretFrom(alice, "s")).toEqual({ to: "bob" })
      expect(await alice.getSecretFrom(bob.id, "s")).toBe("to alice")
      expect(await bob.stopAcceptingSecretsFrom(alice)).toEqual({ ok: true })
      const gone = `There is no SubSpace for "${alice.id}"`
      await expect(bob.getSecretFrom(alice, "s")).rejects.toThrow(`getSecretFrom replied with error: ${gone}`)
      await expect(bob.getSubSpace(alice.id)).rejects.toThrow(`getSubSpace replied with error: ${gone}`)
      await expect(bob.stopAcceptingSecretsFrom(alice)).rejects.toThrow(`stopAcceptingSecretsFrom replied with error: ${gone}`)
      await bob.acceptSecretsFrom(alice)
      await expect(bob.getSecretFrom(alice, "s")).rejects.toThrow('getSecretFrom replied with error: Secret with secretId "s" did not exist!')
    })

    it("keeps what different senders share under one name apart, and from the holder's own", async () => {
      const [reader, ...senders] = [await join(), await join(), await join()] as const
      await reader.setSecret("s", "own")
      for (const sender of senders) {
        await reader.acceptSecretsFrom(sender)
        await sender.shareSecretTo(reader, "s", `from ${sender.id}`)
      }
      for (const sender of senders) expect(await reader.getSecretFrom(sender, "s")).toBe(`from ${sender.id}`)
      expect(await reader.getSecret("s")).toBe("own")
    })

    it("with oneself works after accepting oneself", async () => {
      const client = await join()
      await client.acceptSecretsFrom(client)
      await client.shareSecretTo(client, "s", "to myself")
      expect(await client.getSecretFrom(client, "s")).toBe("to myself")
    })

    it("needs a box at the other end, and none at one's own", async () => {
      const [client, stranger] = [await join(), createRawHolder({ url: server.url, now })]
      await expect(client.shareSecretTo(stranger.id, "s", "x")).rejects.toThrow(`shareSecretTo replied with error: SecretSpace for "${stranger.id}" did not exist!`)
      await client.acceptSecretsFrom(stranger.id)
      expect((await stranger.ask("shareSecretTo", { shareToId: client.id, secretId: "s", secret: "plain", isOneTimeSecret: false })).text).toBe('{"ok":true}')
      expect(await client.getSecretFrom(stranger.id, "s")).toBe("plain")
      await expect(client.shareSecretTo(client, "", "x")).rejects.toThrow("shareSecretTo replied with error: No secretId provided!")
    })

    it("W8: is taken back by its sender alone", async () => {
      const [sender, reader, other] = [await join(), await join(), await join()]
      await reader.acceptSecretsFrom(sender)
      await reader.acceptSecretsFrom(other)
      await sender.shareSecretTo(reader, "s", "x")
      await expect(other.deleteSharedSecret(reader.id, "s")).rejects.toThrow('deleteSharedSecret replied with error: Secret with secretId "s" did not exist!')
      expect(await reader.getSecretFrom(sender, "s")).toBe("x")
      expect(await sender.deleteSharedSecret(reader.id, "s")).toEqual({ ok: true })
      await expect(reader.getSecretFrom(sender, "s")).rejects.toThrow('Secret with secretId "s" did not exist!')
      await expect(sender.deleteSharedSecret(reader.id, "s")).rejects.toThrow('Secret with secretId "s" did not exist!')
      await expect(sender.deleteSharedSecret(reader.id, "")).rejects.toThrow("No secretId provided!")
    })
  })

  describe("a secret for one time", () => {
    const pair = async (): Promise<[Opened, Opened]> => {
      const [sender, reader] = [await join(), await join()]
      await reader.acceptSecretsFrom(sender)
      return [sender, reader]
    }

    it("W15: is named and not shown, and gone with its first reading", async () => {
      const [sender, reader] = await pair()
      await sender.shareSecretTo(reader, "once", "x", true)
      await sender.shareSecretTo(reader, "often", "y")
      expect(((await reader.getSubSpace(sender.id)) as Space).secrets["once"]).toEqual({ isOneTime: true })
      const { secrets } = (await spaceOf(reader)).subSpaces[sender.id] as Space
      expect(secrets).toEqual({ once: { isOneTime: true }, often: { secret: expect.anything() } })
      expect(await reader.getSecretFrom(sender, "once")).toBe("x")
      await expect(reader.getSecretFrom(sender, "once")).rejects.toThrow('getSecretFrom replied with error: Secret with secretId "once" did not exist!')
      expect(Object.keys(((await reader.getSubSpace(sender.id)) as Space).secrets)).toEqual(["often"])
    })

    it("goes to one of many readers at once", async () => {
      const [sender, reader] = await pair()
      await sender.shareSecretTo(reader, "once", "x", true)
      const read = await Promise.allSettled(Array.from({ length: 8 }, () => reader.getSecretFrom(sender, "once")))
      expect(read.filter(({ status }) => status === "fulfilled")).toEqual([{ status: "fulfilled", value: "x" }])
      for (const { reason } of read.filter((each) => each.status === "rejected")) expect(String(reason)).toContain('Secret with secretId "once" did not exist!')
    })

    it("W15: is for one time or not as its last writing says", async () => {
      const [sender, reader] = await pair()
      await sender.shareSecretTo(reader, "s", "first", true)
      await sender.shareSecretTo(reader, "s", "second", false)
      for (let reads = 0; reads < 2; reads++) expect(await reader.getSecretFrom(sender, "s")).toBe("second")
      await sender.shareSecretTo(reader, "s", "third", true)
      expect(await reader.getSecretFrom(sender, "s")).toBe("third")
      await expect(reader.getSecretFrom(sender, "s")).rejects.toThrow("did not exist!")
    })

    it("that is overwritten while it is read is read as it was or as it is", async () => {
      const [sender, reader] = await pair()
      for (let round = 0; round < 10; round++) {
        await sender.shareSecretTo(reader, "s", "old", true)
        const [read] = await Promise.all([reader.getSecretFrom(sender, "s"), sender.shareSecretTo(reader, "s", "new", true)])
        expect(["old", "new"]).toContain(read)
        const last = read === "old" ? await reader.getSecretFrom(sender, "s") : read
        expect(last).toBe("new")
      }
    })
  })

  describe("a closure date", () => {
    it("ends a box at its very millisecond, and the keys may open an empty one", async () => {
      const closureDate = now() + 1000
      const [client, friend] = [await join({ closureDate }), await join()]
      await client.setSecret("a", "x")
      await client.acceptSecretsFrom(friend)
      server.store.clock.now = closureDate - 1
      expect(await client.getSecret("a")).toBe("x")
      await friend.shareSecretTo(client, "s", "x")
      server.store.clock.now = closureDate
      const gone = `SecretSpace for "${client.id}" did not exist!`
      await expect(client.getSecret("a")).rejects.toThrow(gone)
      await expect(client.setSecret("a", "y")).rejects.toThrow(gone)
      await expect(client.getSecretFrom(friend, "s")).rejects.toThrow(gone)
      await expect(friend.shareSecretTo(client, "s", "x")).rejects.toThrow(gone)
      expect(await reopen(client, null)).toMatchObject({ text: '{"ok":true}' })
      expect(await client.getSecretSpace()).toMatchObject({ meta: { closureDate: null }, secrets: {}, subSpaces: {} })
    })

    it("of a fraction of a millisecond is kept as it was given", async () => {
      const closureDate = now() + 0.25
      const client = await join({ closureDate })
      expect((await spaceOf(client)).meta.closureDate).toBe(closureDate)
      server.store.clock.now += 1
      await expect(client.getSecretSpace()).rejects.toThrow("did not exist!")
    })

    it("in a distant age never comes", async () => {
      const client = await join({ closureDate: 1e300 })
      expect((await spaceOf(client)).meta.closureDate).toBe(1e300)
    })

    it("that has passed opens nothing, and one in words is none", async () => {
      await expect(join({ closureDate: now() })).rejects.toThrow("openSecretSpace replied with error: ClosureDate has already passed!")
      await expect(join({ closureDate: -1 })).rejects.toThrow("openSecretSpace replied with error: ClosureDate has already passed!")
      const client = await join()
      await expect(client.acceptSecretsFrom(client, now())).rejects.toThrow("acceptSecretsFrom replied with error: ClosureDate has already passed!")
      await expect(client.acceptSecretsFrom(client, "+4days" as unknown as number)).rejects.toThrow(
        'status: 400! body: {"error":"Error: unexpected format of parameter closureDate - Neither a number nor null!"}',
      )
    })

    it("W15: of a sender is settled by the first accepting until it has come, and then by the next", async () => {
      const [client, friend] = [await join(), await join()]
      const closureDate = now() + 1000
      await client.acceptSecretsFrom(friend, closureDate)
      expect(await client.acceptSecretsFrom(friend, closureDate + 9000)).toEqual({ ok: true })
      expect(((await client.getSubSpace(friend.id)) as Space).meta.closureDate).toBe(closureDate)
      await friend.shareSecretTo(client, "s", "x")
      server.store.clock.now = closureDate
      const gone = `There is no SubSpace for "${friend.id}"`
      await expect(friend.shareSecretTo(client, "s", "x")).rejects.toThrow(gone)
      await expect(client.getSecretFrom(friend, "s")).rejects.toThrow(gone)
      await expect(client.getSubSpace(friend.id)).rejects.toThrow(gone)
      await expect(client.stopAcceptingSecretsFrom(friend)).rejects.toThrow(gone)
      expect((await spaceOf(client)).subSpaces).toEqual({})
      expect(await client.acceptSecretsFrom(friend, closureDate + 9000)).toEqual({ ok: true })
      expect(await client.getSubSpace(friend.id)).toEqual({ meta: { id: `${client.id}.${friend.id}`, closureDate: closureDate + 9000 }, secrets: {} })
      expect(await friend.shareSecretTo(client, "s", "y")).toEqual({ ok: true })
      expect(await client.getSecretFrom(friend, "s")).toBe("y")
    })
  })

  describe("a code for another user", () => {
    const codeOf = async (creator: Opened, action: string): Promise<string> => {
      await creator.acceptSecretsFrom(server.id)
      expect(await creator.generateAuthCodeFor(action)).toEqual({ ok: true })
      return (await creator.getSecretFrom(server.id, `${action}AuthCode`)) as string
    }

    it("comes as a secret of the server's own, opens one box, and names its creator there", async () => {
      const creator = await join()
      expect(await creator.getServerId(SERVER_ID_CODE)).toBe(server.id)
      const authCode = await codeOf(creator, "openSecretSpace")
      expect(authCode).toMatch(/^[0-9a-f]{64}$/)
      await expect(creator.getSecretFrom(server.id, "openSecretSpaceAuthCode")).rejects.toThrow("did not exist!")
      const user = await join({ authCode })
      expect((await spaceOf(user)).meta).toMatchObject({ id: user.id, owner: creator.id })
      await expect(join({ authCode })).rejects.toThrow("Error on authenticateRequest! Invalid AuthCode!")
    })

    it("opens one box where many try it at once", async () => {
      const authCode = await codeOf(await join(), "openSecretSpace")
      const tried = await Promise.allSettled(Array.from({ length: 6 }, () => join({ authCode })))
      expect(tried.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
    })

    it("is not used up where the box was there, or the opening was refused", async () => {
      const authCode = await codeOf(await join(), "openSecretSpace")
      const there = await join()
      const raw = createRawHolder({ url: server.url, now }, there.secretKeyHex)
      expect(await raw.ask("openSecretSpace", { authCode, closureDate: null })).toMatchObject({ text: '{"ok":true}' })
      expect((await spaceOf(there)).meta).not.toHaveProperty("owner")
      await expect(join({ authCode, closureDate: now() })).rejects.toThrow("ClosureDate has already passed!")
      expect((await join({ authCode })).id).toMatch(/^[0-9a-f]{64}$/)
    })

    it("is made only where its creator accepts secrets of the server, and none is left over", async () => {
      const client = await join()
      await expect(client.generateAuthCodeFor("openSecretSpace")).rejects.toThrow(`createAuthCode replied with error: There is no SubSpace for "${server.id}"`)
      expect(await server.store.ctx.storage.all("listBoxCodes", {})).toEqual([])
    })

    it("W11: is good for its own action alone, and for seven days", async () => {
      const client = await join()
      const [nodeIdCode, oddCode, late] = [await codeOf(client, "getNodeId"), await codeOf(client, "__proto__\u0000\ud800"), await codeOf(client, "openSecretSpace")]
      await expect(join({ authCode: nodeIdCode })).rejects.toThrow("Invalid AuthCode!")
      await expect(join({ authCode: oddCode })).rejects.toThrow("Invalid AuthCode!")
      await expect(client.getServerId(late)).rejects.toThrow("Invalid AuthCode!")
      expect(await client.getServerId(nodeIdCode)).toBe(server.id)
      await expect(client.getServerId(nodeIdCode)).rejects.toThrow("Invalid AuthCode!")
      server.store.clock.now += 7 * 24 * 60 * MINUTE_MS
      await expect(join({ authCode: late })).rejects.toThrow("Invalid AuthCode!")
    })

    it("W11: is one of a hundred that one holder may have open, and expired ones are not counted", async () => {
      const client = await join()
      await client.acceptSecretsFrom(server.id)
      for (let i = 0; i < 100; i++) await client.generateAuthCodeFor(`action ${i}`)
      await expect(client.generateAuthCodeFor("one more")).rejects.toThrow("createAuthCode replied with error: Too many AuthCodes wait to be used!")
      await expect(client.getSecretFrom(server.id, "one moreAuthCode")).rejects.toThrow("did not exist!")
      server.store.clock.now += 7 * 24 * 60 * MINUTE_MS
      expect(await client.generateAuthCodeFor("one more")).toEqual({ ok: true })
    })
  })

  describe("the server's id", () => {
    it("is signed, for whoever knows the public code", async () => {
      const client = await join()
      expect(await client.getServerId(SERVER_ID_CODE)).toBe(server.id)
      await expect(client.getServerId("0".repeat(64))).rejects.toThrow("Error on authenticateRequest! Invalid AuthCode!")
      await expect(client.getServerId(OPENING_CODE)).rejects.toThrow("Error on authenticateRequest! Invalid AuthCode!")
    })
  })

  it("learns that hooks are not served, and nothing else happens", async () => {
    const client = await join()
    const calls = [() => client.addNotificationHook("log", "this", "http://127.0.0.1:1/"), () => client.getNotificationHooks("this"), () => client.deleteNotificationHook("0".repeat(32))]
    for (const call of calls) await expect(call()).rejects.toThrow("replied with error: Notification hooks are not served!")
    expect(await client.setRequestableServer()).toBeUndefined()
  })
})

describe.each(["sqlite file", "postgres"] as const)("a restarted server on %s", (engine) => {
  it("has its id, its boxes, its secrets, its codes and its refusals still", async () => {
    const database = await freshDatabase(engine)
    let server = await openBoxServer({ database })
    try {
      const now = (): number => server.store.clock.now
      const client = createOriginalClient({ serverURL: server.url, now })
      await client.ready
      await client.acceptSecretsFrom(server.id)
      await client.setSecret("a", "x")
      await client.generateAuthCodeFor("openSecretSpace")
      const before = { id: server.id, space: await client.getSecretSpace() }
      await server.close()
      server = await openBoxServer({ database })
      client.serverURL = server.url
      expect(server.id).toBe(before.id)
      expect(await client.getSecretSpace()).toEqual(before.space)
      expect(await client.getSecret("a")).toBe("x")
      const authCode = (await client.getSecretFrom(server.id, "openSecretSpaceAuthCode")) as string
      expect(await createOriginalClient({ serverURL: server.url, now, authCode }).ready).toEqual({ ok: true })
      client.nonce = 0
      await expect(client.acceptSecretsFrom(server.id)).resolves.toEqual({ ok: true }) // another request of nonce 0
      client.nonce = 2
      await expect(client.setSecret("b", "y")).resolves.toEqual({ ok: true }) // sealed anew, so signed anew
      client.nonce = 1
      await expect(client.acceptSecretsFrom(server.id)).rejects.toThrow("Multiple use of signature detected!")
    } finally {
      await server.close()
    }
  })
})

describe("a server that lets nobody in by the public code", () => {
  it("W11: says so, opens by codes, and goes on serving those who are in", async () => {
    const server = await openBoxServer({ anonymous: "deny" })
    try {
      const now = (): number => server.store.clock.now
      const denied = createOriginalClient({ serverURL: server.url, now })
      await expect(denied.ready).rejects.toThrow("openSecretSpace replied with error: No new anonymous clients are accepted!")
      await expect(denied.getSecretSpace()).rejects.toThrow("No new anonymous clients are accepted!")
      const { inviteToBoxes } = await import("../../src/core/boxes/codes.ts")
      const { code } = await inviteToBoxes(server.store.as([{ pattern: "*", permissions: ["admin"] }]), {})
      const invited = createOriginalClient({ serverURL: server.url, now, authCode: code.reveal() })
      expect(await invited.ready).toEqual({ ok: true })
      expect(((await invited.getSecretSpace()) as Space).meta).not.toHaveProperty("owner")
      await invited.setSecret("a", "x")
      expect(await invited.getSecret("a")).toBe("x")
      await expect(invited.getServerId(SERVER_ID_CODE)).resolves.toBe(server.id)
    } finally {
      await server.close()
    }
  })
})
