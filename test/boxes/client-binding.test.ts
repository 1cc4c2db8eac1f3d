import { createHash } from "node:crypto"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { createMemoryState } from "../../src/boxes/client/state.ts"
import { createClient, type BoxClient, type BoxClientOptions } from "../../src/boxes/index.ts"
import { bindingBytes, formatBinding, parseBinding } from "../../src/boxes/protocol/binding.ts"
import { hexToBytes } from "../../src/boxes/protocol/hex.ts"
import { ed25519 } from "@noble/curves/ed25519.js"
import { createMeddler, jsonAnswer, type Meddler } from "./meddling-fetch.ts"
import { openBoxServer, type OpenBoxServer } from "./open-box-server.ts"
import { newSecretKey, publicKeyOf, sign } from "./original-crypto.ts"
import { startOriginalServer, type OriginalServer } from "./original-server.ts"

let sotto: OpenBoxServer
let other: OpenBoxServer
let original: OriginalServer
let meddler: Meddler
beforeAll(async () => void ([sotto, other, original] = await Promise.all([openBoxServer(), openBoxServer(), startOriginalServer({ now: () => 1_800_000_000_000 })])))
afterAll(() => Promise.all([sotto.close(), other.close(), original.close()]))
beforeEach(() => void (meddler = createMeddler()))
afterEach(() => vi.unstubAllGlobals())

const now = (): number => 1_800_000_000_000
const client = (options: Partial<BoxClientOptions> = {}): BoxClient => createClient({ serverURL: sotto.url, fetch: meddler.fetch, now, ...options })

const keys = () => {
  const secretKeyHex = newSecretKey()
  return { secretKeyHex, publicKeyHex: publicKeyOf(secretKeyHex) }
}

const OPENING = { authCode: "deadbeef".repeat(8) }

/** The right answer with another signature of the server, or none. */
const resigned = (signature: string | null, init: ResponseInit = {}): void => {
  meddler.change = async ({ route, response }) => {
    if (route === "getNodeId") return
    const headers = new Headers(response.headers)
    headers.delete("x-sotto-box-reply")
    if (signature !== null) headers.set("x-sotto-box-reply", signature)
    return new Response(await response.arrayBuffer(), { ...init, headers })
  }
}

/** As if the server stood elsewhere. */
const standingIn = (url: string): void => {
  meddler.redirect = (asked) => url + asked.slice(asked.lastIndexOf("/"))
}

describe("a request", () => {
  it("names the server, by a signature over its route and body", async () => {
    const alice = client()
    await alice.setSecret("name", "value")
    expect(meddler.seen.map(({ route }) => route)).toEqual(["getNodeId", "openSecretSpace", "setSecret"])
    const [, , { route, body, binding }] = meddler.seen as [unknown, unknown, (typeof meddler.seen)[0]]
    const { serverId, signature } = parseBinding(binding as string) as { serverId: string; signature: string }
    expect(serverId).toBe(sotto.id)
    const bodyHash = createHash("sha256").update(JSON.stringify(body)).digest()
    expect(ed25519.verify(hexToBytes(signature), bindingBytes({ serverId, route, bodyHash }), hexToBytes(alice.id as string))).toBe(true)
  })

  it("names the one that was given, and is not sent to another", async () => {
    for (const [serverURL, right] of [[sotto.url, sotto.id], [original.url, original.id]] as const) {
      expect(await client({ serverURL, serverId: right }).ready).toEqual({ ok: true })
      const seen = meddler.seen.length
      const misled = client({ serverURL, serverId: other.id, ...keys(), ...OPENING })
      await expect(misled.ready).rejects.toMatchObject({ code: "not_authentic" })
      await expect(misled.setSecret("name", "value")).rejects.toMatchObject({ code: "not_authentic" })
      expect(new Set(meddler.seen.slice(seen).map(({ route }) => route))).toEqual(new Set(["getNodeId"]))
    }
  })

  it("names the server that was given, also where that does not say who it is", async () => {
    meddler.change = ({ route }) => (route === "getNodeId" ? jsonAnswer({ error: "no" }) : undefined)
    await client({ serverId: sotto.id }).ready
    expect(parseBinding(meddler.seen.at(-1)?.binding as string)?.serverId).toBe(sotto.id)
    await expect(client({ serverId: other.id }).ready).rejects.toMatchObject({ code: "not_authentic", message: expect.stringContaining("This request is for another server!") })
  })

  it.each([
    ["has no such route", () => new Response("<html>", { status: 404 })],
    ["refuses the code", () => jsonAnswer({ error: "Error on authenticateRequest! Invalid AuthCode!" }, { status: 401 })],
    ["signs by another key", () => jsonAnswer({ serverNodeId: other.id, timestamp: now(), signature: sign("x", newSecretKey()) })],
    ["says an older time", () => {
      const { secretKeyHex, publicKeyHex } = keys()
      const timestamp = now() - 10 * 180_000
      return jsonAnswer({ serverNodeId: publicKeyHex, timestamp, signature: sign(JSON.stringify({ serverNodeId: publicKeyHex, timestamp }), secretKeyHex) })
    }],
    ["is no key", () => jsonAnswer({ serverNodeId: `01${"00".repeat(31)}`, timestamp: now(), signature: `01${"00".repeat(63)}` })],
  ])("names none where the server %s", async (_what, answer) => {
    meddler.change = ({ route }) => (route === "getNodeId" ? answer() : undefined)
    await client({ serverURL: original.url }).setSecret("name", "value")
    expect(meddler.seen.map(({ binding }) => binding)).toEqual([null, null, null])
  })

  it("asks who the server is once", async () => {
    const alice = client({ ...keys(), ...OPENING })
    await Promise.all([alice.ready, alice.list(), alice.list()])
    expect(meddler.seen.filter(({ route }) => route === "getNodeId")).toHaveLength(1)
  })

  it("is not sent without a name while the server cannot be asked for it", async () => {
    meddler.change = ({ route }) => (route === "getNodeId" ? new Response("", { status: 503 }) : undefined)
    await expect(client().ready).rejects.toMatchObject({ code: "server_unreachable" })
    expect(meddler.seen.map(({ route }) => route)).toEqual(["getNodeId"])
  })

  it("of a page goes without a name to an older server that allows pages no other header", async () => {
    vi.stubGlobal("location", { origin: "https://page.example.com" })
    const preflighted: typeof fetch = (input, init) => (new Headers(init?.headers).has("x-sotto-box") ? Promise.reject(new TypeError("Failed to fetch")) : meddler.fetch(input, init))
    const alice = client({ serverURL: original.url, fetch: preflighted })
    expect(await alice.setSecret("name", "value")).toEqual({ ok: true })
    expect(meddler.seen.map(({ route, binding }) => [route, binding])).toEqual([["getNodeId", null], ["openSecretSpace", null], ["setSecret", null]])
    for (const options of [{ serverId: original.id }, { requireSignedReplies: true }])
      await expect(client({ serverURL: original.url, fetch: preflighted, ...options }).ready).rejects.toMatchObject({ code: "server_unreachable" })
  })

  it("of a page names the server again where leaving the name away was of no use", async () => {
    vi.stubGlobal("location", { origin: "https://page.example.com" })
    const before = client()
    await before.ready
    let failures = 0
    const page = client({ secretKeyHex: before.secretKeyHex, fetch: (input, init) => (new Headers(init?.headers).has("x-sotto-box") && failures++ === 0 ? Promise.reject(new TypeError("Failed to fetch")) : meddler.fetch(input, init)) })
    await expect(page.list()).rejects.toMatchObject({ code: "unauthorized" })
    expect(await page.list()).toEqual([])
  })

  it("of a page goes to no server without a name that has signed an answer", async () => {
    vi.stubGlobal("location", { origin: "https://page.example.com" })
    const alice = client()
    await alice.ready
    const seen = meddler.seen.length
    meddler.redirect = () => "http://127.0.0.1:1/"
    await expect(alice.list()).rejects.toMatchObject({ code: "server_unreachable" })
    expect(meddler.seen).toHaveLength(seen + 1)
  })
})

describe("an answer", () => {
  it("without an end is not waited for, nor kept", async () => {
    const alice = client()
    await alice.setSecret("name", "value")
    let sent = 0
    meddler.change = () =>
      new Response(new ReadableStream<Uint8Array>({ pull: (stream) => stream.enqueue(new Uint8Array(65_536).fill(((sent += 65_536), 32))) }), { headers: { "content-type": "application/json" } })
    await expect(alice.getSecret("name", { signal: AbortSignal.timeout(1_000) })).rejects.toMatchObject({ code: "server_unreachable", message: expect.stringContaining("more than") })
    expect(sent).toBeLessThan(4_000_000)
  })

  it("that there is no such thing is the server's own, or none: a program would write anew what somebody kept back", async () => {
    const alice = client()
    await alice.setSecret("name", "value")
    meddler.change = () => jsonAnswer({}, { status: 404 })
    await expect(alice.getSecret("name")).rejects.toMatchObject({ code: "not_authentic" })
    await expect(client({ secretKeyHex: alice.secretKeyHex, serverId: sotto.id, requireSignedReplies: true }).getSecret("name")).rejects.toMatchObject({ code: "not_authentic" })
  })

  it("without a signature is refused from the first signed one on", async () => {
    const alice = client()
    await alice.setSecret("name", "value")
    resigned(null)
    await expect(alice.getSecret("name")).rejects.toMatchObject({ code: "not_authentic", message: "an answer is not signed by the server" })
    resigned(null, { status: 201 })
    await expect(alice.getSecret("name")).rejects.toMatchObject({ code: "not_authentic" })
    meddler.change = ({ route }) => (route === "getSecret" ? jsonAnswer({ error: 'Secret with secretId "name" did not exist!' }) : undefined)
    await expect(alice.getSecret("name")).rejects.toMatchObject({ code: "not_authentic" })
    meddler.change = null
    expect(await alice.getSecret("name")).toBe("value")
  })

  it("without a signature is refused from the first on where that is asked for", async () => {
    await expect(client({ serverURL: original.url, requireSignedReplies: true }).ready).rejects.toMatchObject({ code: "not_authentic" })
    expect(await client({ requireSignedReplies: true }).ready).toEqual({ ok: true })
  })

  it("with a wrong signature is refused even at the first", async () => {
    for (const signature of ["", "12".repeat(64), "zz"]) {
      resigned(signature)
      await expect(client().ready).rejects.toMatchObject({ code: "not_authentic" })
    }
  })

  it("that was changed, or answered something else, is refused", async () => {
    const alice = client()
    await Promise.all([alice.setSecret("one", 1), alice.setSecret("other", 2)])
    let recorded: Response | null = null
    meddler.change = ({ response }) => {
      recorded ??= response.clone()
      return recorded.clone()
    }
    expect(await alice.getSecret("one")).toBe(1)
    await expect(alice.getSecret("one")).rejects.toMatchObject({ code: "not_authentic" })
    meddler.change = async ({ response }) => new Response(`${await response.text()} `, response)
    await expect(alice.list()).rejects.toMatchObject({ code: "not_authentic" })
  })
})

describe("a later client with the same state", () => {
  it("knows the server, and that it signs", async () => {
    const state = createMemoryState()
    const pair = keys()
    await client({ ...pair, ...OPENING, state }).ready
    meddler.seen.length = 0
    const later = client({ ...pair, state })
    await later.list()
    expect(meddler.seen.map(({ route }) => route)).toEqual(["getSecretSpace"])
    resigned(null)
    await expect(client({ ...pair, state }).list()).rejects.toMatchObject({ code: "not_authentic" })
  })

  it("takes no other server at the same address", async () => {
    const state = createMemoryState()
    const pair = keys()
    await client({ ...pair, ...OPENING, state }).ready
    standingIn(other.url)
    const later = client({ ...pair, state })
    await expect(later.list()).rejects.toMatchObject({ code: "not_authentic" })
    await expect(later.getServerId()).rejects.toMatchObject({ code: "not_authentic", help: expect.stringContaining("serverURL") })
    standingIn(original.url)
    await expect(client({ ...pair, state }).list()).rejects.toMatchObject({ code: "not_authentic" })
    await expect(client({ ...pair, state }).getServerId()).rejects.toMatchObject({ code: "not_authentic" })
  })

  it("knows a server that signs nothing, too", async () => {
    const state = createMemoryState()
    const pair = keys()
    await client({ serverURL: original.url, ...pair, ...OPENING, state }).ready
    standingIn(sotto.url)
    await expect(client({ serverURL: original.url, ...pair, state }).list()).rejects.toMatchObject({ code: "not_authentic" })
  })

  it("believes what it was told about the server over what it remembers", async () => {
    const state = createMemoryState()
    const pair = keys()
    await client({ ...pair, ...OPENING, state }).ready
    standingIn(other.url)
    expect(await client({ ...pair, ...OPENING, state, serverId: other.id }).ready).toEqual({ ok: true })
  })
})

describe("a server at another address", () => {
  it("can be named with it", async () => {
    const alice = client({ serverId: sotto.id })
    await alice.ready
    await expect(alice.updateServerURL(other.url)).rejects.toMatchObject({ code: "not_authentic" })
    expect(await alice.updateServerURL(other.url, null, { serverId: other.id })).toEqual({ ok: true })
    expect(formatBinding(parseBinding(meddler.seen.at(-1)?.binding as string) as never)).toContain(other.id)
  })
})
