import { inspect } from "node:util"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { createClient, type BoxClient, type BoxClientOptions } from "../../src/boxes/index.ts"
import { createMeddler, jsonAnswer } from "./meddling-fetch.ts"
import { openBoxServer } from "./open-box-server.ts"
import { createOriginalClient } from "./original-client.ts"
import { newSecretKey, publicKeyOf } from "./original-crypto.ts"
import { startOriginalServer } from "./original-server.ts"

interface TestServer {
  url: string
  id: string
  /** What all clients go by. */
  now: () => number
  close(): Promise<unknown>
}

const startOriginal = async (): Promise<TestServer> => ({ ...(await startOriginalServer()), now: Date.now })

const startSotto = async (): Promise<TestServer> => {
  const server = await openBoxServer()
  return { url: server.url, id: server.id, close: server.close, now: () => (server.store.clock.now += 1) }
}

let server: TestServer
const client = (options: Partial<BoxClientOptions> = {}): BoxClient => createClient({ serverURL: server.url, now: server.now, ...options })

const keys = () => {
  const secretKeyHex = newSecretKey()
  return { secretKeyHex, publicKeyHex: publicKeyOf(secretKeyHex) }
}

describe.each([
  ["the original's server", startOriginal],
  ["Sotto's server", startSotto],
])("a client of %s", (name, start) => {
  beforeEach(async () => void (server = await start()))
  afterEach(() => server.close())

  it("keeps values, lists them, and deletes them", async () => {
    const alice = client()
    expect(await alice.setSecret("name", "value")).toEqual({ ok: true })
    expect(await alice.setSecret("name", "another")).toEqual({ ok: true })
    await alice.setSecret("__proto__", "odd")
    expect(await alice.getSecret("name")).toBe("another")
    expect(await alice.getSecret("__proto__")).toBe("odd")
    expect(await alice.list()).toEqual(expect.arrayContaining([{ secretId: "name" }, { secretId: "__proto__" }]))
    expect(await alice.deleteSecret("name")).toEqual({ ok: true })
    await expect(alice.getSecret("name")).rejects.toMatchObject({
      code: "not_found",
      message: 'getSecret replied with error: Secret with secretId "name" did not exist!',
    })
    await expect(alice.deleteSecret("name")).rejects.toMatchObject({ code: "not_found", message: expect.stringContaining("deleteSecret replied with error: ") })
  })

  it.each([
    ["object", { a: [1, null] }, { a: [1, null] }],
    ["null", null, null],
    ["undefined", undefined, "undefined"],
    ["number as text", "1e3", 1000],
    ["text of JSON", '"x"', "x"],
    ["truth as text", "true", true],
    ["text", " a\u0000b\ud83d\ude80", " a\u0000b\ud83d\ude80"],
    ["lone surrogate", "a\ud800", "a\ufffd"],
    ["bytes", new Uint8Array([0, 255, 10]), new Uint8Array([0, 255, 10])],
    ["no bytes", new Uint8Array(), new Uint8Array()],
    ["big integer", 10n, 10],
  ])("reads a %s back as the original would, and bytes as bytes", async (_kind, value, read) => {
    const alice = client()
    await alice.setSecret("name", value)
    expect(await alice.getSecret("name")).toEqual(read)
  })

  it("writes what a value was when it was given", async () => {
    const alice = client()
    const [object, bytes] = [{ a: 1 }, new Uint8Array([1])]
    const writes = [alice.setSecret("object", object), alice.setSecret("bytes", bytes)]
    object.a = bytes[0] = 2
    await Promise.all(writes)
    expect([await alice.getSecret("object"), await alice.getSecret("bytes")]).toEqual([{ a: 1 }, new Uint8Array([1])])
  })

  it("gives the exact text where that is asked for", async () => {
    const alice = client()
    await alice.setSecret("name", " 1e3 ")
    expect([await alice.getSecret("name"), await alice.getSecret("name", { raw: true })]).toEqual([1000, " 1e3 "])
  })

  it("shares with whoever accepts it, and no longer", async () => {
    const [alice, bob] = [client(), client()]
    await Promise.all([alice.ready, bob.ready])
    await expect(alice.shareSecretTo(bob, "name", "value")).rejects.toMatchObject({ code: "not_found", message: `shareSecretTo replied with error: There is no SubSpace for "${alice.id}"` })
    expect(await bob.acceptSecretsFrom(alice)).toEqual({ ok: true })
    expect(await alice.shareSecretTo(bob, "name", "value")).toEqual({ ok: true })
    expect(await bob.getSecretFrom(alice.id as string, "name")).toBe("value")
    expect(await bob.readSecretFrom(alice, "name")).toMatchObject({ value: "value", raw: "value", author: alice.id, isSigned: true })
    expect(await bob.list()).toEqual([{ secretId: "name", from: alice.id }])
    expect(await bob.getSubSpace(alice)).toMatchObject({ secrets: { name: { secret: expect.anything() } } })
    expect(await bob.stopAcceptSecretsFrom(alice)).toEqual({ ok: true })
    await expect(bob.getSecretFrom(alice, "name")).rejects.toMatchObject({ code: "not_found" })
    await expect(bob.stopAcceptingSecretsFrom(alice)).rejects.toMatchObject({ message: `stopAcceptingSecretsFrom replied with error: There is no SubSpace for "${alice.id}"` })
  })

  it("shares for one read", async () => {
    const [alice, bob] = [client(), client()]
    await bob.acceptSecretsFrom(alice)
    await alice.shareSecretTo(bob, "name", "value", true)
    expect(await bob.list()).toEqual([{ secretId: "name", from: alice.id, isOneTime: true }])
    expect(await bob.getSecretFrom(alice, "name")).toBe("value")
    await expect(bob.getSecretFrom(alice, "name")).rejects.toMatchObject({ code: "not_found" })
  })

  it("can be told the recipient as a client when it takes back what it shared", async () => {
    const [alice, bob] = [client(), client()]
    await bob.acceptSecretsFrom(alice)
    await alice.shareSecretTo(bob, "name", "value")
    expect(await alice.deleteSharedSecret(bob, "name")).toEqual({ ok: true })
  })

  it("hands a code on, by the recipe of the original's author", async () => {
    const alice = client()
    const serverId = await alice.getServerId()
    expect(serverId).toBe(server.id)
    await alice.acceptSecretsFrom(serverId)
    expect(await alice.generateAuthCodeFor("openSecretSpace")).toEqual({ ok: true })
    const isOriginal = name === "the original's server" // which signs no code
    const authCode = (await alice.getSecretFrom(serverId, "openSecretSpaceAuthCode", isOriginal ? { allowUnsigned: true } : {})) as string
    const bob = client({ authCode })
    expect(await bob.ready).toEqual({ ok: true })
    expect(await bob.getSecretSpace()).toMatchObject({ meta: { id: bob.id, owner: alice.id } })
  })

  it("ends its box, or what a sender has in it, at a time counted from now on", async () => {
    const [alice, bob] = [client({ closureDate: "+4hours" }), client()]
    await alice.acceptSecretsFrom(bob, "+4days")
    const space = (await alice.getSecretSpace()) as { meta: object; subSpaces: Record<string, { meta: object }> }
    expect(space.meta).toMatchObject({ closureDate: alice.closureDate })
    expect((alice.closureDate as number) - server.now()).toBeLessThan(4 * 3_600_000 + 1)
    const { closureDate: at } = (space.subSpaces[bob.id as string] as { meta: { closureDate: number } }).meta
    expect(Math.abs(at - server.now() - 4 * 86_400_000)).toBeLessThan(60_000)
    await expect(client({ closureDate: 1 }).ready).rejects.toMatchObject({ code: "invalid_argument", message: "openSecretSpace replied with error: ClosureDate has already passed!" })
  })

  it("erases its box", async () => {
    const alice = client()
    expect(await alice.eraseFromServer()).toEqual({ ok: true })
    await expect(alice.setSecret("name", "value")).rejects.toMatchObject({ code: "not_found", message: `setSecret replied with error: SecretSpace for "${alice.id}" did not exist!` })
  })

  it("never signs two requests alike, whatever clients of one key do at one time", async () => {
    const pair = keys()
    const [first, second] = [client({ ...pair, authCode: "deadbeef".repeat(8) }), client({ ...pair, authCode: "deadbeef".repeat(8) })]
    expect(await Promise.all([first.ready, second.ready])).toEqual([{ ok: true }, { ok: true }])
    expect(first.nonce).not.toBe(second.nonce)
  })

  it("says in the original's words that a code is wrong", async () => {
    const refused = client({ ...keys(), authCode: "12".repeat(32) })
    await expect(refused.ready).rejects.toMatchObject({
      code: "unauthorized",
      message: 'Network Error: Response not ok - status: 401! body: {"error":"Error on authenticateRequest! Invalid AuthCode!"}',
    })
    await expect(client().setSecret("", "value")).rejects.toMatchObject({ code: "invalid_argument", message: "setSecret replied with error: No secretId provided!" })
    await expect(client().setSecret("name", "x".repeat(60_000))).rejects.toMatchObject({ code: "payload_too_large" })
  })

  it("exchanges secrets with the original's client", async () => {
    const original = createOriginalClient({ serverURL: server.url, now: server.now })
    await original.keysReady
    await original.ready
    const id = original.id as string
    const alice = client({ allowUnsigned: [id] })
    await alice.ready
    await original.acceptSecretsFrom(alice.id as string)
    await alice.acceptSecretsFrom(id)
    for (const value of ["text", { a: 1 }, 5, " 5 "]) {
      await alice.shareSecretTo(id, "name", value)
      expect(await original.getSecretFrom(alice.id as string, "name")).toEqual(typeof value === "string" && value !== "text" ? 5 : value)
      await original.shareSecretTo(alice.id as string, "name", value)
      expect(await alice.readSecretFrom(id, "name")).toMatchObject({ raw: typeof value === "object" ? '{"a":1}' : String(value), author: null, isSigned: false })
    }
    await alice.shareSecretTo(id, "name", new Uint8Array([255, 254]))
    expect(await original.getSecretFrom(alice.id as string, "name")).toBe("__4")
  })

  it("keeps a box together with the original's client, where its requests name no server", async () => {
    const pair = keys()
    const alice = client({ ...pair, authCode: "deadbeef".repeat(8), unbound: true, allowUnsigned: [pair.publicKeyHex] })
    await alice.setSecret("ours", { a: 1 })
    const original = createOriginalClient({ serverURL: server.url, now: server.now, ...pair })
    expect(await original.getSecret("ours")).toEqual({ a: 1 })
    await original.setSecret("theirs", "value")
    expect(await alice.getSecret("theirs")).toBe("value")
    await expect(client({ ...pair, unbound: true }).getSecret("theirs")).rejects.toMatchObject({ code: "not_authentic" })
  })
})

describe("a new client", () => {
  beforeEach(async () => void (server = await startOriginal()))
  afterEach(() => server.close())

  it("of a known box asks nothing", async () => {
    const meddler = createMeddler()
    const known = client({ ...keys(), fetch: meddler.fetch })
    expect([known.keysReady, known.ready]).toEqual([true, true])
    expect(meddler.seen).toEqual([])
  })

  it("of given keys and a code opens a box", async () => {
    const opened = client({ ...keys(), authCode: "0x" + "deadbeef".repeat(8) })
    expect(opened.keysReady).toBe(true)
    expect(opened.ready).toBeInstanceOf(Promise)
    expect(await opened.ready).toEqual({ ok: true })
  })

  it.each([{}, { authCode: null }, { publicKeyHex: "12".repeat(32) }])("of an address alone makes its keys and opens a box by the code that all know: %o", async (options) => {
    const made = client(options)
    expect([made.id, made.publicKeyHex, made.secretKeyHex, made.secretKeyBytes, made.publicKeyBytes]).toEqual([null, null, null, null, null])
    expect(await made.keysReady).toBe(true)
    expect(await made.ready).toEqual({ ok: true })
    expect(made.publicKeyHex).toBe(publicKeyOf(made.secretKeyHex as string))
    expect([made.id, Buffer.from(made.publicKeyBytes as Uint8Array).toString("hex"), made.secretKeyBytes?.length]).toEqual([made.publicKeyHex, made.publicKeyHex, 32])
  })

  it("derives a public key that it was not given", async () => {
    const { secretKeyHex, publicKeyHex } = keys()
    const derived = client({ secretKeyHex: Uint8Array.from(Buffer.from(secretKeyHex, "hex")) })
    expect(derived.keysReady).toBeInstanceOf(Promise)
    expect([await derived.keysReady, derived.id]).toEqual([true, publicKeyHex])
    expect(await derived.ready).toBe(true)
    await expect(derived.getSecret("name")).rejects.toMatchObject({ code: "not_found" })
  })

  it("works with no public key but its own", async () => {
    const mixed = client({ secretKeyHex: newSecretKey(), publicKeyHex: keys().publicKeyHex })
    await expect(mixed.getSecret("name")).rejects.toMatchObject({ code: "invalid_argument", message: "publicKeyHex is not the public key of secretKeyHex" })
  })

  it.each([
    [{ secretKeyHex: "" }, "error occured in ensuring the correct format of secretKeyHex!\n: Invalid length!"],
    [{ secretKeyHex: 5 as never }, "error occured in ensuring the correct format of secretKeyHex!\n: Invalid type, hexString or Uint8Array expected!"],
    [{ secretKeyHex: "AB".repeat(32) }, "error occured in ensuring the correct format of secretKeyHex!\n: Non-hex character!"],
    [{ secretKeyHex: "12".repeat(32), publicKeyHex: new Uint8Array(31) }, "error occured in ensureing the correct format of publicKeyHex!\n: Invalid length!"],
    [{ authCode: "zz".repeat(32) }, "error occured in ensureing the correct format of authCode!\n: Non-hex character!"],
  ])("refuses %o in the original's words", (options, message) => {
    expect(() => client(options)).toThrow(expect.objectContaining({ code: "invalid_argument", message }))
  })

  it("wants options, and an address of a server that may be told names and codes", async () => {
    expect(() => createClient(undefined as never)).toThrow(expect.objectContaining({ code: "invalid_argument", message: "Cannot read properties of undefined (reading 'secretKeyHex')" }))
    expect(() => createClient({ serverURL: "http://example.com" })).toThrow(expect.objectContaining({ code: "invalid_argument" }))
    expect(createClient({ serverURL: "http://example.com/", allowInsecure: true, ...keys() }).serverURL).toBe("http://example.com")
    const nowhere = createClient({ ...keys() } as never)
    await expect(nowhere.getSecret("name")).rejects.toMatchObject({ code: "invalid_argument", message: "Network Error: Failed to parse URL from undefined/getSecret" })
  })

  it("says what to do where there is no WebCrypto", () => {
    vi.stubGlobal("crypto", {})
    expect(() => client()).toThrow(expect.objectContaining({ code: "not_supported", help: expect.stringContaining("https://") }))
    vi.unstubAllGlobals()
  })

  it("does not print its secret key", async () => {
    const made = client()
    await made.ready
    expect(inspect(made, { depth: 9, showHidden: true }) + JSON.stringify(made)).not.toContain(made.secretKeyHex)
    expect(JSON.parse(JSON.stringify(made))).toEqual({ id: made.id, serverURL: server.url, closureDate: null })
    expect(inspect(await made.setSecret("name", "plain-canary").then(() => made.readSecret("name"))) + JSON.stringify(await made.readSecret("name"))).not.toContain("plain-canary")
  })
})

describe("a client whose box could not be opened", () => {
  beforeEach(async () => void (server = await startOriginal()))
  afterEach(() => server.close())

  it("opens it with the next method, once the server is there", async () => {
    const meddler = createMeddler()
    meddler.redirect = () => "http://127.0.0.1:1/openSecretSpace"
    const late = client({ fetch: meddler.fetch })
    await expect(late.ready).rejects.toMatchObject({ code: "server_unreachable", message: "Network Error: fetch failed" })
    await expect(late.setSecret("name", "value")).rejects.toMatchObject({ code: "server_unreachable" })
    meddler.redirect = null
    expect(await late.setSecret("name", "value")).toEqual({ ok: true })
    expect(await late.ready).toEqual({ ok: true })
  })

  it("tries it once more, and otherwise does what it can: the box may be there", async () => {
    const pair = keys()
    await client({ ...pair, authCode: "deadbeef".repeat(8) }).setSecret("name", "value")
    const meddler = createMeddler()
    const late = client({ ...pair, authCode: "12".repeat(32), fetch: meddler.fetch })
    await expect(late.ready).rejects.toMatchObject({ code: "unauthorized" })
    expect(await Promise.all([late.getSecret("name"), late.getSecret("name")])).toEqual(["value", "value"])
    expect(await late.getSecret("name")).toBe("value")
    expect(meddler.seen.filter(({ route }) => route === "openSecretSpace")).toHaveLength(2)
    await expect(late.ready).rejects.toMatchObject({ code: "unauthorized" })
  })

  it("reports each method's own error, and why the box is not open", async () => {
    const late = client({ ...keys(), authCode: "12".repeat(32) })
    await expect(late.getSecret("name")).rejects.toMatchObject({ code: "not_found", help: expect.stringContaining("Invalid AuthCode!") })
  })
})

describe("a client that moves to another server", () => {
  let other: TestServer
  beforeEach(async () => void ([server, other] = await Promise.all([startOriginal(), startOriginal()])))
  afterEach(() => Promise.all([server.close(), other.close()]))

  it("opens its box there, by the code that all know where none is given", async () => {
    const alice = client()
    await alice.setSecret("name", "here")
    expect(await alice.updateServerURL(`${other.url}/`)).toEqual({ ok: true })
    expect([alice.serverURL, await alice.ready]).toEqual([other.url, { ok: true }])
    await expect(alice.getSecret("name")).rejects.toMatchObject({ code: "not_found" })
    expect(await alice.updateServerURL(server.url)).toEqual({ ok: true })
    expect(await alice.getSecret("name")).toBe("here")
  })

  it("stays with the old one where the new one does not take it", async () => {
    const alice = client()
    await alice.setSecret("name", "here")
    await expect(alice.updateServerURL(other.url, "12".repeat(32))).rejects.toMatchObject({ code: "unauthorized" })
    await expect(alice.updateServerURL("http://127.0.0.1:1")).rejects.toMatchObject({ code: "server_unreachable" })
    expect([alice.serverURL, await alice.getSecret("name")]).toEqual([server.url, "here"])
  })
})

describe("a call", () => {
  beforeEach(async () => void (server = await startOriginal()))
  afterEach(() => server.close())

  it("ends when its signal says so, wherever it is, and nobody else's", async () => {
    const meddler = createMeddler()
    const alice = client({ fetch: meddler.fetch })
    await alice.ready
    const stop = new AbortController()
    meddler.change = ({ route }) => (route === "getSecret" ? new Promise<never>((_, reject) => setTimeout(() => reject(new Error("late")), 200)) : undefined)
    setTimeout(() => stop.abort(), 20)
    const [stopped, other] = await Promise.allSettled([alice.readSecret("name", { signal: stop.signal }), alice.list()])
    expect(stopped).toMatchObject({ status: "rejected", reason: { code: "aborted" } })
    expect(other).toMatchObject({ status: "fulfilled" })
    await expect(alice.list({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" })
    const waiting = client({ fetch: () => new Promise(() => undefined) })
    await expect(waiting.list({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" })
    await expect(waiting.list({ signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ code: "aborted" })
  })

  it("waits for no answer longer than it was told", async () => {
    const silent: typeof fetch = (_input, init) => new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error)))
    await expect(client({ ...keys(), fetch: silent, timeoutMs: 20 }).list()).rejects.toMatchObject({ code: "server_unreachable", message: "Network Error: the server did not answer within 20 ms" })
  })

  it.each([
    [400, "invalid_argument"],
    [403, "forbidden"],
    [429, "rate_limited"],
    [500, "server_unreachable"],
  ])("of status %i is rejected with its beginning and %s", async (status, code) => {
    const meddler = createMeddler()
    const alice = client({ fetch: meddler.fetch })
    await alice.ready
    meddler.change = () => new Response("x".repeat(5_000), { status })
    await expect(alice.list()).rejects.toMatchObject({ code, message: `Network Error: Response not ok - status: ${status}! body: ${"x".repeat(1_000)}` })
  })

  it.each([
    ["No new anonymous clients are accepted!", "forbidden"],
    ["Updating the closureDate is not allowed!", "already_exists"],
    ["SecretSpace got corrupted!", "decryption_failed"],
    ["Notification hooks are not served!", "not_supported"],
    ["The SecretSpace is full!", "storage_unavailable"],
    ["The SecretSpace is too large for one answer!", "payload_too_large"],
    ["Too many AuthCodes wait to be used!", "rate_limited"],
    ["Something new!", "internal"],
  ])("that the server refuses by %j has the code %s", async (text, code) => {
    const meddler = createMeddler()
    const alice = client({ fetch: meddler.fetch })
    await alice.ready
    meddler.change = () => jsonAnswer({ error: text })
    await expect(alice.acceptSecretsFrom(alice)).rejects.toMatchObject({ code, message: `acceptSecretsFrom replied with error: ${text}` })
  })

  it.each(["[", "5", "null"])("that is answered by %s was not answered", async (text) => {
    const meddler = createMeddler()
    const alice = client({ fetch: meddler.fetch })
    await alice.ready
    meddler.change = () => new Response(text)
    await expect(alice.list()).rejects.toMatchObject({ code: "server_unreachable" })
  })

  it("follows no redirect", async () => {
    const redirecting = (await import("node:http")).createServer((_request, response) => void response.writeHead(307, { location: `${server.url}/getNodeId` }).end())
    await new Promise<void>((resolve) => redirecting.listen(0, "127.0.0.1", resolve))
    const { port } = redirecting.address() as { port: number }
    await expect(createClient({ serverURL: `http://127.0.0.1:${port}` }).ready).rejects.toMatchObject({ code: "server_unreachable" })
    redirecting.closeAllConnections()
    redirecting.close()
  })

  it("about hooks goes to whichever server has them", async () => {
    const meddler = createMeddler()
    const alice = client({ fetch: meddler.fetch })
    await alice.ready
    meddler.change = ({ route, body }) => jsonAnswer({ route, body })
    expect(await alice.addNotificationHook("log", "this", "https://example.com")).toMatchObject({ route: "addNotificationHook", body: { type: "log", targetId: "this", notifyURL: "https://example.com" } })
    expect(await alice.getNotificationHooks("this")).toMatchObject({ body: { targetId: "this" } })
    expect(await alice.deleteNotificationHook("12".repeat(16))).toMatchObject({ body: { notificationHookId: "12".repeat(16) } })
  })

  it("to an id that is no key fails before anything is sent", async () => {
    const alice = client()
    await alice.ready
    await expect(alice.shareSecretTo(`02${"00".repeat(31)}`, "name", "value")).rejects.toMatchObject({ code: "invalid_argument", message: "Point.fromHex: invalid y coordinate" })
    await expect(alice.acceptSecretsFrom("12")).rejects.toMatchObject({ code: "invalid_argument" })
    await expect(alice.acceptSecretsFrom(null as never)).rejects.toMatchObject({ code: "invalid_argument" })
    await expect(alice.getSecret(5 as never)).rejects.toMatchObject({ code: "invalid_argument" })
  })

  it("prints nothing", async () => {
    const spies = (["log", "warn", "error", "info", "debug"] as const).map((method) => vi.spyOn(console, method))
    await client().setSecret("name", "value")
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })
})
