import { request as httpRequest } from "node:http"
import fc from "fast-check"
import { beforeEach, describe, expect, it } from "vitest"
import { sweepBoxes } from "../../src/core/boxes/sweep.ts"
import { isUsableId } from "../../src/boxes/protocol/keys.ts"
import { ROUTES, type RouteName } from "../../src/boxes/protocol/routes.ts"
import { openEditor } from "../database-editor.ts"
import { createDatabases } from "../engines.ts"
import { createServers, exchange, FIELDS, JSON_TYPE, newCode, outcome } from "./fixture.ts"
import type { OpenBoxServer } from "./open-box-server.ts"
import { createOriginalClient } from "./original-client.ts"
import { newSecretKey, sign } from "./original-crypto.ts"
import { assertStructure, ORIGINAL_ROUTES, type OriginalRoute } from "./original-structure.ts"
import {
  createRawHolder, malformed, OK, OPENING_CODE, post, refusal, SERVER_ID_CODE,
  unauthorized, WINDOW_MS, type Answer, type Body, type RawHolder, type RawServer,
} from "./raw-request.ts"

const freshDatabase = createDatabases()
const NO_ROUTE: Answer = { status: 404, text: '{"error":"There is no such route!"}' }

const { start, startWithBox, closeAll } = createServers()
let server: OpenBoxServer
let raw: RawServer
let holder: RawHolder
const use = async (options: Parameters<typeof startWithBox>[0] = {}): Promise<void> => void ({ server, raw, holder } = await startWithBox(options))

const goodBody = (route: RouteName): Body => (route === "getNodeId" ? FIELDS.getNodeId : holder.body(route, FIELDS[route]))

describe("the structure of a body", () => {
  beforeEach(() => use())

  /** The answer by the second implementation, which was written from the protocol's description. */
  const described = (route: OriginalRoute, body: Body): Answer | null => {
    try {
      assertStructure(route, body)
      return null
    } catch (error) {
      return malformed((error as Error).message)
    }
  }

  const spoiled = (body: Body): Body[] => {
    const entries = Object.entries(body)
    const changed = (i: number, value: unknown): Body => Object.fromEntries(entries.map(([key, old], k) => [key, k === i ? value : old]))
    return [
      {},
      { ...body, more: 1 },
      Object.fromEntries(entries.toReversed()),
      ...entries.flatMap(([key], i) => [
        Object.fromEntries(entries.toSpliced(i, 1)),
        Object.fromEntries(entries.toSpliced(i, 1, [`${key}s`, entries[i]?.[1]])),
        ...[null, 5, true, "", "zz", "ab", "a".repeat(63), [], {}, "é"].map((value) => changed(i, value)),
      ]),
    ]
  }

  it.each(Object.keys(ORIGINAL_ROUTES) as OriginalRoute[])("of %s is held to its keys, their order and their formats, in the original's words", async (route) => {
    let refused = 0
    for (const body of spoiled(goodBody(route))) {
      const expected = described(route, body)
      if (expected === null) continue
      refused++
      expect(await post(`${server.url}/${route}`, body)).toEqual(expected)
    }
    expect(refused).toBeGreaterThan(5)
  })

  it("is said where it is wrong, two spaces and all", async () => {
    const good = holder.body("setSecret", FIELDS.setSecret)
    const { publicKey, ...rest } = good
    const url = `${server.url}/setSecret`
    const number = "The Number of parameters in the body, did not match the expected number. 6 vs"
    expect(await post(url, { ...good, more: 1 })).toEqual(malformed(`${number} 7`))
    expect(await post(url, rest)).toEqual(malformed(`${number} 5`))
    expect(await post(url, { ...rest, publicKey })).toEqual(malformed("parameter @ index: 0 had wrong key! expected: 'publicKey'  detected: 'secretId'"))
    const cases = [
      ["publicKey", 5, "Not a string!"], ["publicKey", "g", "Not a HexString!"], ["publicKey", "ab", "HexString length was not 64 characters!"],
      ["signature", "ab", "HexString length was not 128 characters!"], ["secretId", null, "Not a string!"], ["nonce", "0", "Not a number!"], ["timestamp", null, "Not a number!"],
    ] as const
    for (const [name, value, fault] of cases) expect(await post(url, { ...good, [name]: value })).toEqual(malformed(`unexpected format of parameter ${name} - ${fault}`))
    expect(await post(`${server.url}/shareSecretTo`, { ...holder.body("shareSecretTo", FIELDS.shareSecretTo), isOneTimeSecret: 1 })).toEqual(malformed("unexpected format of parameter isOneTimeSecret - Not a boolean!"))
    expect(await post(`${server.url}/openSubSpace`, { ...holder.body("openSubSpace", FIELDS.openSubSpace), closureDate: "+4days" })).toEqual(malformed("unexpected format of parameter closureDate - Neither a number nor null!"))
    expect(await post(`${server.url}/deleteNotificationHook`, { ...goodBody("deleteNotificationHook"), notificationHookId: "ab" })).toEqual(malformed("unexpected format of parameter notificationHookId - HexString length was not 32 characters!"))
  })

  it("W5: takes hexadecimal digits in lower case alone, so that a key has one id", async () => {
    for (const name of ["publicKey", "signature"] as const) {
      const body = holder.body("getSecretSpace")
      expect(await post(`${server.url}/getSecretSpace`, { ...body, [name]: String(body[name]).toUpperCase() })).toEqual(malformed(`unexpected format of parameter ${name} - Not a HexString!`))
    }
    const [publicKey, timestamp] = [holder.id.toUpperCase(), raw.now() - (raw.now() % WINDOW_MS)]
    const signature = sign(`/getSecretSpace${JSON.stringify({ publicKey, timestamp, nonce: 0 })}`, holder.secretKey)
    const signed = { publicKey, timestamp, signature, nonce: 0 }
    expect(await post(`${server.url}/getSecretSpace`, signed)).toEqual(malformed("unexpected format of parameter publicKey - Not a HexString!"))
    const code = (await newCode(server)).toUpperCase()
    expect(await createRawHolder(raw).ask("openSecretSpace", { authCode: code, closureDate: null })).toEqual(malformed("unexpected format of parameter authCode - Not a HexString!"))
  })

  it.each([
    ["nothing", "", 0], ["a list", "[]", 0], ["an object of nothing", "{}", 0], ["a number", "5", 0], ["null", "null", 0], ["a text", '"x"', 0], ["a long list", "[1,2,3,4,5,6]", 0],
  ] as const)("is missing where %s is sent", async (_what, body, count) => {
    expect(await post(`${server.url}/setSecret`, body)).toEqual(malformed(`The Number of parameters in the body, did not match the expected number. 6 vs ${count}`))
  })

  it.each(["{", '{"a":}', "undefined", "{'a':1}", '{"a":1}x', "\ufeff{}", "NaN"])("is no JSON in %j", async (body) => {
    expect(await post(`${server.url}/setSecret`, body)).toEqual(malformed("The body is no JSON!"))
  })

  it("may be nested as deep as it likes", async () => {
    expect((await post(`${server.url}/getSecret`, "[".repeat(50_000))).status).toBe(400)
    expect((await post(`${server.url}/getSecret`, "[".repeat(50_000) + "]".repeat(50_000))).status).toBe(400)
    const deep = `${'{"a":'.repeat(15_000)}1${"}".repeat(15_000)}`
    const good = JSON.stringify(holder.body("getSecret", FIELDS.getSecret))
    expect(await post(`${server.url}/getSecret`, good.replace('"s"', deep))).toEqual(malformed("unexpected format of parameter secretId - Not a string!"))
    expect(await holder.ask("setSecret", FIELDS.setSecret)).toEqual(OK)
  })

  it("of a type that is no JSON is as good as nothing", async () => {
    const body = JSON.stringify(holder.body("setSecret", FIELDS.setSecret))
    const none = malformed("The Number of parameters in the body, did not match the expected number. 6 vs 0")
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/octet-stream", "text/json", "application/json5"])
      expect(await post(`${server.url}/setSecret`, body, { "content-type": type })).toEqual(none)
    expect(outcome(await exchange(server, "/boxes/setSecret", { method: "POST" }))).toEqual(none)
    expect(outcome(await exchange(server, "/boxes/setSecret", { method: "POST", body: Buffer.from(body) }))).toEqual(none)
    for (const type of ["application/json; charset=utf-8", "Application/JSON"]) expect((await post(`${server.url}/setSecret`, holder.body("setSecret", FIELDS.setSecret), { "content-type": type })).text).toBe(OK.text)
  })

  it("has at most 102,400 bytes", async () => {
    const room = 102_400 - JSON.stringify(holder.body("setSecret", { secretId: "s", secret: "" }, { nonce: 1_000_000 })).length
    const body = holder.body("setSecret", { secretId: "s", secret: "x".repeat(room) }, { nonce: 1_000_001 })
    expect(JSON.stringify(body)).toHaveLength(102_400)
    expect(await post(`${server.url}/setSecret`, body)).toEqual(OK)
    expect(await holder.ask("getSecret", { secretId: "s" })).toMatchObject({ status: 200, text: expect.stringMatching(/^\{"referencePointHex":"[0-9a-f]{64}","encryptedContentHex":"[0-9a-f]+"\}$/) })
    for (const type of ["application/json", "text/plain"]) {
      const answer = await post(`${server.url}/setSecret`, `${JSON.stringify(holder.body("setSecret", { secretId: "s", secret: "x".repeat(room) }, { nonce: 1_000_002 }))} `, { "content-type": type })
      expect(answer.status).toBe(413)
      expect(Object.keys(JSON.parse(answer.text) as object)).toEqual(["error"])
    }
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(50_000)) })
    const streamed = await fetch(`${server.url}/setSecret`, { method: "POST", headers: JSON_TYPE, body: endless, duplex: "half" }).then(({ status }) => status, () => "refused")
    expect([413, "refused"]).toContain(streamed)
    expect(await holder.ask("setSecret", FIELDS.setSecret)).toEqual(OK)
  })

  it("W9: plays no games with prototypes", async () => {
    const good = JSON.stringify(holder.body("getSecret", FIELDS.getSecret))
    for (const key of ["__proto__", "constructor", "prototype", "toString"]) {
      expect(await post(`${server.url}/getSecret`, good.replace("{", `{"${key}":{"x":1},`))).toEqual(malformed("The Number of parameters in the body, did not match the expected number. 5 vs 6"))
      expect(await post(`${server.url}/getSecret`, good.replace('"secretId"', `"${key}"`))).toEqual(malformed(`parameter @ index: 1 had wrong key! expected: 'secretId'  detected: '${key}'`))
      expect(await post(`${server.url}/${key}`, good)).toEqual(NO_ROUTE)
      expect(await holder.ask("setSecret", { secretId: key, secret: `of ${key}` })).toEqual(OK)
      expect(await holder.ask("deleteSecret", { secretId: key })).toEqual(OK)
      expect(await holder.ask("getSecret", { secretId: key })).toEqual(refusal(`Secret with secretId "${key}" did not exist!`))
    }
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })

  it("may name a secret with 50 kB, NUL or half a character, and not with nothing", async () => {
    for (const secretId of ["n".repeat(50_000), "a\u0000b", "\ud800", "\udc00\ud800", "\u0001box/x"]) {
      expect(await holder.ask("deleteSecret", { secretId })).toEqual(refusal(`Secret with secretId "${secretId}" did not exist!`))
      expect(await holder.ask("setSecret", { secretId, secret: "x" })).toEqual(OK)
      expect(await holder.ask("deleteSecret", { secretId })).toEqual(OK)
    }
    for (const route of ["setSecret", "getSecret", "deleteSecret", "shareSecretTo", "getSecretFrom", "deleteSharedSecret"] as const)
      expect(await holder.ask(route, { ...FIELDS[route], secretId: "" })).toEqual(refusal("No secretId provided!"))
  })
})

describe("a route", () => {
  beforeEach(() => use())

  it("W7, W8: has one spelling, and none that gets past the check of a code", async () => {
    const variants = ["/boxes/OpenSecretSpace", "/boxes/opensecretspace", "/boxes/OPENSECRETSPACE", "/boxes/openSecretSpace/", "/boxes//openSecretSpace", "//boxes/openSecretSpace", "/Boxes/openSecretSpace",
      "/boxes/openSecretSpace?x=1", "/boxes/openSecretSpace?", "/boxes/%6fpenSecretSpace", "/boxes/openSecretSpace%2f", "/boxes/./x/../openSecretSpace%00", "/boxes/openSecretSpace;x", "/openSecretSpace", "/boxes", "/boxes/"]
    const stranger = createRawHolder(raw)
    const { port } = new URL(server.url)
    for (const path of variants) {
      const body = JSON.stringify(stranger.body("openSecretSpace", { authCode: "0".repeat(64), closureDate: null }))
      const status = await new Promise<number>((resolve, reject) => {
        const sent = httpRequest({ port, path, method: "POST", headers: { ...JSON_TYPE, host: `127.0.0.1:${port}`, "content-length": Buffer.byteLength(body) } }, (response) => {
          response.resume()
          resolve(response.statusCode as number)
        })
        sent.on("error", reject)
        sent.end(body)
      })
      expect([path, status]).toEqual([path, 404])
    }
    expect(await stranger.ask("getSecretSpace")).toEqual(refusal(`SecretSpace for "${stranger.id}" did not exist!`))
  })

  it("takes no method but POST", async () => {
    for (const method of ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"]) expect(outcome(await exchange(server, "/boxes/getSecret", { method }))).toEqual(NO_ROUTE)
    expect((await exchange(server, "/boxes/getSecret", { method: "HEAD" })).status).toBe(404)
    for (const route of ["setRequestableServer", "getRequestableServer", "deleteRequestableServer"]) expect(await post(`${server.url}/${route}`, {})).toEqual(NO_ROUTE)
  })

  it("W12: for hooks says that hooks are not served, to whoever signs", async () => {
    for (const route of ["addNotificationHook", "getNotificationHooks", "deleteNotificationHook"] as const) {
      expect(await holder.ask(route, FIELDS[route])).toEqual(refusal("Notification hooks are not served!"))
      expect(await holder.ask(route, FIELDS[route], { secretKey: newSecretKey() })).toEqual(unauthorized("Invalid Signature!"))
    }
  })

  it("is asked by a Host that is this server's", async () => {
    const { port } = new URL(server.url)
    const answer = await new Promise<Answer>((resolve, reject) => {
      const sent = httpRequest({ port, path: "/boxes/getNodeId", method: "POST", headers: { ...JSON_TYPE, host: "evil.example" } }, (response) => {
        let text = ""
        response.on("data", (chunk) => void (text += String(chunk))).on("end", () => resolve({ status: response.statusCode as number, text }))
      })
      sent.on("error", reject)
      sent.end(JSON.stringify(FIELDS.getNodeId))
    })
    expect(answer.status).toBe(403)
    expect(Object.keys(JSON.parse(answer.text) as object)).toEqual(["error"])
  })
})

describe("a signature", () => {
  beforeEach(() => use())

  it("counts in its window of three minutes and in those beside it", async () => {
    const now = raw.now() - (raw.now() % WINDOW_MS)
    for (const timestamp of [now - WINDOW_MS, now, now + WINDOW_MS]) expect(await holder.ask("setSecret", FIELDS.setSecret, { timestamp })).toEqual(OK)
    for (const timestamp of [now - 2 * WINDOW_MS, now + 2 * WINDOW_MS, now + 1, now - 0.5, -now, 1, 1e300]) expect(await holder.ask("setSecret", FIELDS.setSecret, { timestamp })).toEqual(unauthorized("Invalid Timestamp!"))
    expect(await holder.ask("setSecret", FIELDS.setSecret, { timestamp: 0 })).toEqual(unauthorized("No Timestamp!"))
    const endless = JSON.stringify(holder.body("setSecret", FIELDS.setSecret)).replace(/"timestamp":\d+/, '"timestamp":1e999')
    expect(await post(`${server.url}/setSecret`, endless)).toEqual(unauthorized("Invalid Timestamp!"))
  })

  it("is for its route, its key and each of its fields, whichever bit is flipped", async () => {
    const good = holder.body("setSecret", FIELDS.setSecret)
    const flipped = (hex: unknown, at: number): string => {
      const bytes = Buffer.from(hex as string, "hex")
      bytes[at >> 3] = (bytes[at >> 3] as number) ^ (1 << (at & 7))
      return bytes.toString("hex")
    }
    const changed: Body[] = [
      { ...good, secretId: "t" }, { ...good, secret: "y" }, { ...good, nonce: -1 }, { ...good, timestamp: (good["timestamp"] as number) + WINDOW_MS }, { ...good, publicKey: createRawHolder(raw).id },
      ...[0, 1, 7, 100, 255, 256, 300, 503, 504, 511].map((bit) => ({ ...good, signature: flipped(good["signature"], bit) })),
      ...[0, 5, 200, 254, 255].map((bit) => ({ ...good, publicKey: flipped(good["publicKey"], bit) })),
    ]
    for (const body of changed) expect(await post(`${server.url}/setSecret`, body)).toEqual(unauthorized("Invalid Signature!"))
    const read = holder.body("getSecret", FIELDS.getSecret)
    for (const route of ["deleteSecret"]) expect(await post(`${server.url}/${route}`, read)).toEqual(unauthorized("Invalid Signature!"))
    expect(await post(`${server.url}/setSecret`, good)).toEqual(OK)
  })

  it("does not cover white space, the spelling of numbers, or which of two keys came first", async () => {
    const spaced = JSON.stringify(holder.body("setSecret", FIELDS.setSecret, { nonce: 7_000_000 }), null, 2).replace(": 7000000", ": 7000000.0")
    expect(await post(`${server.url}/setSecret`, spaced)).toEqual(OK)
    expect(await post(`${server.url}/setSecret`, spaced.replace("7000000.0", "7e6"))).toEqual(unauthorized("Multiple use of signature detected!"))
    const twice = JSON.stringify(holder.body("setSecret", FIELDS.setSecret)).replace('"secretId":"s"', '"secretId":"other","secretId":"s"')
    expect(await post(`${server.url}/setSecret`, twice)).toEqual(OK)
    expect(await holder.ask("getSecret", { secretId: "other" })).toEqual(refusal('Secret with secretId "other" did not exist!'))
  })

  it("comes with any nonce that is a number", async () => {
    for (const nonce of [-1, 0.5, 2 ** 53 - 1, 1e21, -0, 1e-9]) expect(await holder.ask("setSecret", { secretId: `n${nonce}`, secret: "x" }, { nonce })).toEqual(OK)
  })

  it("W6: that is not right is not remembered, and spoils nothing for the one that is", async () => {
    const body = holder.body("setSecret", FIELDS.setSecret)
    for (let times = 0; times < 3; times++) expect(await post(`${server.url}/setSecret`, { ...body, secret: "forged" })).toEqual(unauthorized("Invalid Signature!"))
    for (let times = 0; times < 3; times++) expect(await post(`${server.url}/deleteSecret`, holder.body("deleteSecret", FIELDS.deleteSecret, { secretKey: newSecretKey(), nonce: 1 }))).toEqual(unauthorized("Invalid Signature!"))
    expect(await post(`${server.url}/setSecret`, body)).toEqual(OK)
  })

  it("W10: that is not right uses up no code, and a wrong code is named only to whoever signs", async () => {
    const authCode = await newCode(server)
    const stranger = createRawHolder(raw)
    const fields = { authCode, closureDate: null }
    expect(await stranger.ask("openSecretSpace", fields, { secretKey: newSecretKey() })).toEqual(unauthorized("Invalid Signature!"))
    expect(await stranger.ask("openSecretSpace", { ...fields, authCode: "0".repeat(64) }, { secretKey: newSecretKey() })).toEqual(unauthorized("Invalid Signature!"))
    expect(await stranger.ask("openSecretSpace", { ...fields, authCode: "0".repeat(64) })).toEqual(unauthorized("Invalid AuthCode!"))
    expect(await stranger.ask("openSecretSpace", { ...fields, authCode: SERVER_ID_CODE })).toEqual(unauthorized("Invalid AuthCode!"))
    expect(await stranger.ask("openSecretSpace", fields, { timestamp: 1 })).toEqual(unauthorized("Invalid Timestamp!"))
    const replayed = stranger.body("openSecretSpace", fields)
    expect(await post(`${server.url}/openSecretSpace`, replayed)).toEqual(OK)
    expect(await post(`${server.url}/openSecretSpace`, replayed)).toEqual(unauthorized("Multiple use of signature detected!"))
  })

  it("that was refused in words is used up as well", async () => {
    const body = holder.body("getSecret", { secretId: "missing" })
    expect(await post(`${server.url}/getSecret`, body)).toEqual(refusal('Secret with secretId "missing" did not exist!'))
    expect(await post(`${server.url}/getSecret`, body)).toEqual(unauthorized("Multiple use of signature detected!"))
    const hook = holder.body("getNotificationHooks", FIELDS.getNotificationHooks)
    expect(await post(`${server.url}/getNotificationHooks`, hook)).toEqual(refusal("Notification hooks are not served!"))
    expect(await post(`${server.url}/getNotificationHooks`, hook)).toEqual(unauthorized("Multiple use of signature detected!"))
  })

  it("of a stranger that is refused leaves nothing behind, however often it comes", async () => {
    const { ctx } = server.store
    const forgotten = (): Promise<number> => ctx.storage.write((tx) => tx.run("deleteBoxSignaturesBefore", { now: Number.MAX_SAFE_INTEGER }))
    await forgotten()
    const before = await ctx.storage.one("lastEventSeq", {})
    const stranger = createRawHolder(raw)
    const asked = [["openSecretSpace", { authCode: "0".repeat(64), closureDate: null }], ["getSecret", { secretId: "x" }], ["setSecret", FIELDS.setSecret], ["getSecretSpace", {}], ["openSubSpace", FIELDS.openSubSpace], ["deleteSubSpace", FIELDS.deleteSubSpace], ["deleteSharedSecret", FIELDS.deleteSharedSecret], ["deleteSharedSecret", { sharedToId: holder.id, secretId: "x" }]] as const
    for (const [route, fields] of asked) {
      const body = stranger.body(route, fields)
      expect(await post(`${server.url}/${route}`, body)).toEqual(await post(`${server.url}/${route}`, body))
    }
    expect(await forgotten()).toBe(0)
    expect(await ctx.storage.one("lastEventSeq", {})).toEqual(before)
  })

  it("sent many times at once counts once", async () => {
    const body = holder.body("setSecret", FIELDS.setSecret)
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(`${server.url}/setSecret`, body)))
    expect(answers.filter(({ status }) => status === 200)).toEqual([OK])
    for (const answer of answers.filter(({ status }) => status !== 200)) expect(answer).toEqual(unauthorized("Multiple use of signature detected!"))
  })

  it("is remembered as long as it could count, whatever is swept meanwhile", async () => {
    const bucket = raw.now() - (raw.now() % WINDOW_MS)
    const body = holder.body("setSecret", FIELDS.setSecret, { timestamp: bucket + WINDOW_MS })
    expect(await post(`${server.url}/setSecret`, body)).toEqual(OK)
    for (const now of [bucket + WINDOW_MS, bucket + 2 * WINDOW_MS, bucket + 3 * WINDOW_MS - 1]) {
      server.store.clock.now = now
      await sweepBoxes(server.store.ctx)
      expect(await post(`${server.url}/setSecret`, body)).toEqual(unauthorized("Multiple use of signature detected!"))
    }
    server.store.clock.now = bucket + 3 * WINDOW_MS
    expect(await post(`${server.url}/setSecret`, body)).toEqual(unauthorized("Invalid Timestamp!"))
  })

  it("with a multiple of the group's order added, or R or S out of range, is none", async () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const body = holder.body("setSecret", FIELDS.setSecret)
    const [r, s] = [String(body["signature"]).slice(0, 64), String(body["signature"]).slice(64)]
    const number = BigInt(`0x${Buffer.from(s, "hex").reverse().toString("hex")}`)
    const spelled = (value: bigint): string => Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse().toString("hex")
    const forged = [r + spelled(number + order), r + spelled(number + 8n * order), r + "f".repeat(64), r + "0".repeat(64), `02${"0".repeat(62)}${s}`, "f".repeat(64) + s, "0".repeat(128)]
    for (const signature of forged) expect(await post(`${server.url}/setSecret`, { ...body, signature })).toEqual(unauthorized("Invalid Signature!"))
    expect(await post(`${server.url}/setSecret`, body)).toEqual(OK)
  })
})

/** Points of order 1, 2, 4 and 8 in every spelling that a lax reader takes, and what is no point at all. */
const LOW_POINTS = ["00".repeat(32), `01${"00".repeat(31)}`, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", `ec${"ff".repeat(30)}7f`, `ed${"ff".repeat(30)}7f`, `ee${"ff".repeat(30)}7f`]
const withSign = (point: string): string => point.slice(0, 62) + (Number.parseInt(point.slice(62), 16) | 0x80).toString(16)
const LOW_SPELLINGS = LOW_POINTS.flatMap((point) => [point, withSign(point)])

describe("a public key that nobody can hold", () => {
  beforeEach(() => use())

  it("of small order, however it is written, opens nothing by a forged signature", async () => {
    const scalars = ["0".repeat(64), `edd3f55c1a631258d69cf7a2def9de14${"0".repeat(30)}10`] // nothing, and the group's order
    const attempts = LOW_SPELLINGS.flatMap((publicKey) => LOW_SPELLINGS.flatMap((r) => scalars.map((s) => ({ publicKey, signature: r + s }))))
    const timestamp = raw.now() - (raw.now() % WINDOW_MS)
    const texts = new Set<string>()
    for (const [nonce, { publicKey, signature }] of attempts.entries())
      texts.add(JSON.stringify(await post(`${server.url}/openSecretSpace`, { authCode: OPENING_CODE, publicKey, closureDate: null, timestamp, signature, nonce })))
    expect([...texts]).toEqual([JSON.stringify(unauthorized("Invalid Signature!"))])
  })

  it.each([...LOW_SPELLINGS, `02${"00".repeat(31)}`, "ff".repeat(32)])("is known as such by itself, whatever the platform would verify: %s", (id) => {
    expect(isUsableId(id)).toBe(false)
    expect(isUsableId(holder.id)).toBe(true)
  })

  it("off the curve or too large is no holder's either", async () => {
    for (const publicKey of [`02${"00".repeat(31)}`, "ff".repeat(32), `f0${"ff".repeat(30)}7f`, `f3${"ff".repeat(30)}7f`]) {
      const body = { ...holder.body("getSecretSpace"), publicKey }
      expect(await post(`${server.url}/getSecretSpace`, body)).toEqual(unauthorized("Invalid Signature!"))
    }
  })

  it("may be named as a sender or a recipient, and harms nobody", async () => {
    for (const id of [...LOW_SPELLINGS, "ff".repeat(32)]) {
      expect(await holder.ask("shareSecretTo", { ...FIELDS.shareSecretTo, shareToId: id })).toEqual(refusal(`SecretSpace for "${id}" did not exist!`))
      expect(await holder.ask("deleteSharedSecret", { sharedToId: id, secretId: "s" })).toEqual(refusal(`SecretSpace for "${id}" did not exist!`))
      expect(await holder.ask("openSubSpace", { fromId: id, closureDate: null })).toEqual(OK)
      expect(await holder.ask("deleteSubSpace", { fromId: id })).toEqual(OK)
    }
  })
})

describe.each(["sqlite file", "postgres"] as const)("a replay on %s", (engine) => {
  it("W4: is refused by another server of the database, and after a restart", async () => {
    const database = await freshDatabase(engine)
    await use({ database })
    const other = await start({ database })
    const body = holder.body("setSecret", FIELDS.setSecret)
    expect(await post(`${server.url}/setSecret`, body)).toEqual(OK)
    expect(await post(`${other.url}/setSecret`, body)).toEqual(unauthorized("Multiple use of signature detected!"))
    const both = holder.body("setSecret", FIELDS.setSecret)
    const answers = await Promise.all([server, other, server, other].map(({ url }) => post(`${url}/setSecret`, both)))
    expect(answers.filter(({ status }) => status === 200)).toEqual([OK])
    await closeAll()
    const again = await start({ database })
    for (const old of [body, both]) expect(await post(`${again.url}/setSecret`, old)).toEqual(unauthorized("Multiple use of signature detected!"))
  })

  it("leaves no trace in the database where the signature was never right", async () => {
    const database = await freshDatabase(engine)
    await use({ database })
    for (let times = 0; times < 5; times++) await holder.ask("getSecret", FIELDS.getSecret, { secretKey: newSecretKey() })
    const editor = await openEditor(database)
    expect(await editor.rows("SELECT expires_at FROM box_signatures")).toHaveLength(1) // of the opening
    await editor.close()
  })
})

describe("whatever is sent", () => {
  beforeEach(() => use())

  it("is answered clearly, and another client works on all the while", { timeout: 30_000 }, async () => {
    const friend = createOriginalClient({ serverURL: server.url, now: raw.now })
    await friend.ready
    const routes = (Object.keys(ROUTES) as RouteName[]).filter((route) => route !== "deleteSecretSpace") // the holder's box stays
    const anyJson = fc.oneof(fc.jsonValue(), fc.string({ unit: "binary", maxLength: 300 }), fc.constantFrom("[".repeat(3_000), "\u0000", "{\"__proto__\":1}", "9".repeat(400)))
    const changes = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.jsonValue(), fc.constantFrom("__proto__", "\ud800", "f".repeat(64), "0".repeat(128), 1e308, -0))), { maxLength: 3 })
    const sent = fc.record({ route: fc.constantFrom(...routes), body: fc.oneof(anyJson.map((value) => ({ value })), changes.map((change) => ({ change }))), isSigned: fc.boolean(), header: fc.option(fc.string({ unit: "grapheme-ascii", maxLength: 200 }), { nil: null, freq: 1 }) })
    let count = 0
    await fc.assert(
      fc.asyncProperty(sent, async ({ route, body, isSigned, header }) => {
        const changed = (good: Body, change: readonly (readonly [number, unknown])[]): Body => {
          const keys = Object.keys(good)
          return { ...good, ...Object.fromEntries(change.map(([at, value]) => [keys[at % keys.length] as string, value])) }
        }
        const made = "value" in body ? body.value : isSigned && route !== "getNodeId" ? holder.body(route, changed(FIELDS[route], body.change)) : changed(goodBody(route), body.change)
        const answer = await post(`${server.url}/${route}`, made, header === null ? {} : { "x-sotto-box": header.trim() })
        const said = JSON.parse(answer.text) as { error?: unknown }
        expect([200, 400, 401, 413]).toContain(answer.status)
        expect(answer.status === 200 || typeof said.error === "string").toBe(true)
        if (++count % 10 === 0) await friend.setSecret("mine", count)
        expect(count < 10 ? undefined : await friend.getSecret("mine")).toBe(count < 10 ? undefined : count - (count % 10))
      }),
      { numRuns: 100_000, interruptAfterTimeLimit: 4_000, endOnFailure: true },
    )
    expect(count).toBeGreaterThan(100)
    expect(await friend.setSecret("mine", "last")).toEqual({ ok: true })
    expect(server.log.filter((line) => line.includes('"level":50'))).toEqual([])
  })
})
