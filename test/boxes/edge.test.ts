import { beforeEach, describe, expect, it } from "vitest"
import { shapesOf } from "../canary.ts"
import { createServers, exchange, FIELDS, JSON_TYPE, newCode, outcome } from "./fixture.ts"
import type { OpenBoxServer } from "./open-box-server.ts"
import { newSecretKey } from "./original-crypto.ts"
import { createRawHolder, OK, post, type RawHolder, type RawServer } from "./raw-request.ts"

const { startWithBox } = createServers()
let server: OpenBoxServer
let raw: RawServer
let holder: RawHolder
const use = async (options: Parameters<typeof startWithBox>[0] = {}): Promise<void> => void ({ server, raw, holder } = await startWithBox(options))

describe("pages of other sites", () => {
  const FOREIGN = "https://app.example.com"
  const boxes = (origins: string[]) => ({ settings: { boxes: { isOn: true, anonymous: "allow" as const, origins } } })
  const preflight = (origin: string) => exchange(server, "/boxes/setSecret", { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type,x-sotto-box" } })
  const from = (origin: string, body: unknown, path = "/boxes/setSecret") => exchange(server, path, { method: "POST", headers: { ...JSON_TYPE, origin }, body: typeof body === "string" ? body : JSON.stringify(body) })

  it("may not call where none is named, but the server's own may", async () => {
    await use()
    const asked = await preflight(FOREIGN)
    expect([asked.status, asked.headers.get("access-control-allow-origin")]).toEqual([404, null])
    const answer = await from(FOREIGN, holder.body("setSecret", FIELDS.setSecret))
    expect(outcome(answer)).toEqual({ status: 403, text: '{"error":"writes from another origin are refused"}' })
    expect((await from("null", holder.body("setSecret", FIELDS.setSecret))).status).toBe(403)
    expect(outcome(await from(new URL(server.url).origin, holder.body("setSecret", FIELDS.setSecret)))).toEqual(OK)
  })

  it("may call where they are named, and read errors too", async () => {
    await use(boxes([FOREIGN, "https://other.example.com"]))
    const asked = await preflight(FOREIGN)
    expect(asked.status).toBe(204)
    expect(asked.headers.get("access-control-allow-origin")).toBe(FOREIGN)
    expect(asked.headers.get("access-control-allow-methods")).toBe("POST")
    expect(asked.headers.get("access-control-allow-headers")?.toLowerCase()).toMatch(/content-type.*x-sotto-box/)
    expect(asked.headers.get("access-control-allow-credentials")).toBeNull()
    const body = holder.body("setSecret", FIELDS.setSecret)
    for (const [sent, status] of [[body, 200], [body, 401], ["{", 400], ["x".repeat(102_401), 413]] as const) {
      const answer = await from(FOREIGN, sent)
      expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([status, FOREIGN])
      expect(answer.headers.get("access-control-expose-headers")).toBe("x-sotto-box-reply")
      expect(answer.headers.get("vary")).toContain("Origin")
    }
    const missing = await from(FOREIGN, "{}", "/boxes/nothing")
    expect([missing.status, missing.headers.get("access-control-allow-origin")]).toEqual([404, FOREIGN])
    for (const origin of ["https://evil.example", "https://app.example.com.evil.example", "null", "http://app.example.com"]) {
      const foreign = await from(origin, holder.body("setSecret", FIELDS.setSecret))
      expect([foreign.status, foreign.headers.get("access-control-allow-origin")]).toEqual([403, null])
      expect((await preflight(origin)).headers.get("access-control-allow-origin")).toBeNull()
    }
  })

  it("may all call where all are named, and the rest of the server stays closed to them", async () => {
    await use(boxes(["*"]))
    expect((await preflight("https://any.example")).headers.get("access-control-allow-origin")).toBe("*")
    const answer = await from("https://any.example", holder.body("setSecret", FIELDS.setSecret))
    expect([outcome(answer), answer.headers.get("access-control-allow-origin")]).toEqual([OK, "*"])
    expect((await exchange(server, "/boxes/setSecret", { method: "OPTIONS" })).status).toBe(204)
    const api = await exchange(server, "/session", { method: "POST", headers: { ...JSON_TYPE, origin: "https://any.example" }, body: "{}" })
    expect([api.status, api.headers.get("access-control-allow-origin")]).toEqual([403, null])
  })
})

describe("too many requests", () => {
  it("of one address are refused in the error's shape, whatever they are", async () => {
    await use({ settings: { requestsPerMinute: 8 } })
    const answers: Awaited<ReturnType<typeof exchange>>[] = []
    for (let i = 0; i < 12; i++) answers.push(await exchange(server, "/boxes/getNodeId", { method: "POST", headers: JSON_TYPE, body: "{" }))
    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 7 }, () => 400), ...Array.from({ length: 5 }, () => 429)]) // the opening was one
    const last = answers.at(-1)
    expect(Object.keys(JSON.parse(last?.text ?? "") as object)).toEqual(["error"])
    expect(Number(last?.headers.get("retry-after"))).toBeGreaterThan(0)
    const signed = holder.body("getSecretSpace")
    expect((await post(`${server.url}/getSecretSpace`, signed)).status).toBe(429)
  })

  it("of one key are refused from any number of addresses, and nobody else's key pays", async () => {
    await use({ settings: { requestsPerMinute: 8, trustProxy: "loopback" } })
    let addresses = 0
    const ask = async (who: RawHolder, options = {}): Promise<number> =>
      (await post(`${server.url}/getSecretSpace`, who.body("getSecretSpace", {}, options), { "x-forwarded-for": `10.0.0.${++addresses}` })).status
    for (let i = 0; i < 20; i++) expect(await ask(holder, { secretKey: newSecretKey() })).toBe(401) // in the holder's name, unproved
    const statuses: number[] = []
    for (let i = 0; i < 10; i++) statuses.push(await ask(holder))
    expect(statuses).toEqual([...Array.from({ length: 7 }, () => 200), 429, 429, 429]) // the opening was one
    expect(await ask(createRawHolder(raw))).toBe(200)
  })
})

describe("the log", () => {
  beforeEach(() => use())

  it("W14: holds no body, no code, no signature, no value", async () => {
    const authCode = await newCode(server)
    const stranger = createRawHolder(raw)
    const bodies = [
      stranger.body("openSecretSpace", { authCode, closureDate: null }),
      stranger.body("setSecret", { secretId: "the-name-of-it", secret: "a plain value of somebody" }),
      stranger.body("setSecret", { secretId: "the-name-of-it", secret: "a forged value" }, { secretKey: newSecretKey() }),
    ]
    for (const [i, body] of bodies.entries()) await post(`${server.url}/${i === 0 ? "openSecretSpace" : "setSecret"}`, body)
    for (const junk of ["{not json but secret", `{"authCode":"${authCode}"}`]) await post(`${server.url}/getNodeId?token=in-the-query`, junk)
    await post(`${server.url}/getNodeId`, `{"authCode":"${authCode}","x":1}`, { "x-sotto-box": "a-header-of-somebody" })
    const log = Buffer.from(server.log.join(""))
    expect(server.log.length).toBeGreaterThan(5)
    const secrets = [authCode, "the-name-of-it", "a plain value of somebody", "a forged value", "not json but secret", "in-the-query", "a-header-of-somebody", ...bodies.map(({ signature }) => String(signature))]
    for (const secret of secrets) for (const [shape, bytes] of shapesOf(secret)) expect([secret, shape, log.includes(bytes)]).toEqual([secret, shape, false])
    expect(log.includes(`box:${stranger.id}`)).toBe(true)
  })
})
