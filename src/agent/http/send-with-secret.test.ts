import { once } from "node:events"
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib"
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest"
import { shapesOf } from "../../../test/canary.ts"
import { openTlsServer, type TlsServer } from "../../../test/tls-server.ts"
import { Redacted } from "../../base/redacted.ts"
import { decideHttp } from "../../core/policy/decide-http.ts"
import { HttpRule, type Placement } from "../../core/policy/policy-shape.ts"
import type { StrippedCredential } from "./prepare-call.ts"
import { type HttpAnswer, type HttpCall, type HttpDeps, sendWithSecret } from "./send-with-secret.ts"

const HOST = "api.example.test"
const OTHER = "other.example.test"
const CANARY = "sk_live_CANARY_8Zq/+4f=Tn1"

let server: TlsServer
let other: TlsServer
let untrusted: TlsServer
let deps: HttpDeps

beforeAll(async () => {
  ;[server, other, untrusted] = await Promise.all([openTlsServer([HOST, "127.0.0.1"]), openTlsServer([OTHER]), openTlsServer([HOST])])
})
afterAll(() => Promise.all([server.close(), other.close(), untrusted.close()]))

beforeEach(() => {
  for (const each of [server, other]) {
    each.seen = []
    each.connections = 0
    each.answer = (_request, response) => void response.end("ok")
  }
  deps = { ca: server.ca, allowAddress: (address) => address === "127.0.0.1", lookup: async () => [{ address: "127.0.0.1", family: 4 }] }
})

const bearer: Placement = { in: "header", name: "Authorization", template: "Bearer {value}" }

const ruleOf = (changes: Partial<HttpRule> = {}): HttpRule =>
  HttpRule.parse({ host: `${HOST}:${server.port}`, methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], paths: ["/v1/**"], place: bearer, response: "body", ...changes })

interface Sent extends HttpCall {
  method?: string
  path?: string
  value?: string
  rules?: HttpRule[]
}

const send = async ({ method = "GET", path = "/v1/a", value = CANARY, rules = [ruleOf()], ...call }: Sent = {}, more: HttpDeps = {}): Promise<HttpAnswer> => {
  const decision = decideHttp({ method, url: `https://${(rules[0] as HttpRule).host}${path}` }, rules)
  return sendWithSecret(decision, { key: "API_KEY", value: new Redacted(value, "API_KEY") }, call, { ...deps, ...more })
}

const failureOf = async (sending: Promise<unknown>): Promise<{ code: string; message: string; text: string }> => {
  const error = await sending.then(() => null, (thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: "SecretError" })
  const { code, message, details, help, cause } = error as { code: string; message: string; details: unknown; help: unknown; cause: unknown }
  return { code, message, text: JSON.stringify([message, details, help, String(cause)]) }
}

const expectClean = (shown: unknown, value = CANARY): void => {
  const text = JSON.stringify(shown)
  for (const [shape, bytes] of shapesOf(value)) expect(text.includes(bytes.toString()), `${shape} in ${text}`).toBe(false)
  expect(text).not.toContain(value.slice(0, 12))
}

const only = (each: TlsServer) => {
  expect(each.seen).toHaveLength(1)
  return each.seen[0] as TlsServer["seen"][number]
}

describe("agents 27: a call that is allowed", () => {
  it("carries the credential upstream, and the answer is clean", async () => {
    server.answer = (_request, response) => void response.writeHead(201, { "content-type": "text/plain", "set-cookie": "a=b" }).end("made")
    const answer = await send({ method: "POST", path: "/v1/a?n=1", body: { amount: 3 }, headers: { Accept: "text/plain" } })
    expect(only(server)).toMatchObject({
      method: "POST", url: "/v1/a?n=1", body: '{"amount":3}',
      headers: { authorization: `Bearer ${CANARY}`, accept: "text/plain", "content-type": "application/json", "accept-encoding": "identity", host: `${HOST}:${server.port}` },
    })
    expect(answer).toMatchObject({ status: 201, body: "made", truncated: false, finalUrl: `https://${HOST}:${server.port}/v1/a`, warnings: [], masked: 0 })
    expect(Object.keys(answer.headers ?? {}).toSorted()).toEqual(["content-type", "date"])
    expectClean(answer)
  })

  it("gives its status alone where the rule says so", async () => {
    server.answer = ({ headers }, response) => void response.writeHead(200, { etag: "x" }).end(headers.authorization)
    expect(await send({ rules: [ruleOf({ response: "status" })] })).toEqual({ status: 200, warnings: [], masked: 0 })
  })

  it("uses a connection of its own each time", async () => {
    await send()
    await send()
    expect(server.connections).toBe(2)
    expect(server.seen[0]?.headers.connection).toBe("close")
  })

  it.each<[string, Placement, Sent, Partial<TlsServer["seen"][number]>]>([
    ["a header alone", { in: "header", name: "X-Api-Key" }, {}, { headers: { "x-api-key": "a b&c=ü" } }],
    ["HTTP Basic", { in: "basic", user: "me" }, {}, { headers: { authorization: `Basic ${Buffer.from("me:a b&c=ü").toString("base64")}` } }],
    ["a parameter", { in: "query", name: "k&y" }, { path: "/v1/a?b=%20c" }, { url: "/v1/a?b=%20c&k%26y=a%20b%26c%3D%C3%BC" }],
    ["a parameter alone", { in: "query", name: "key" }, {}, { url: "/v1/a?key=a%20b%26c%3D%C3%BC" }],
    ["JSON", { in: "json", pointer: "/auth/a~1b" }, { method: "POST", body: '{"x":1}' }, { body: '{"x":1,"auth":{"a/b":"a b&c=ü"}}' }],
    ["JSON without a body", { in: "json", pointer: "/k" }, { method: "POST" }, { body: '{"k":"a b&c=ü"}' }],
    ["JSON that holds a list", { in: "json", pointer: "/0/k" }, { method: "POST", body: [{}] }, { body: '[{"k":"a b&c=ü"}]' }],
  ])("places the value in %s, in the encoding of that place", async (_where, place, sent, expected) => {
    const value = "a b&c=ü"
    // A header is one byte for each character on its way.
    await send({ ...sent, value: `${value}`.padEnd(8), rules: [ruleOf({ place })] }).catch((error: unknown) => expect(error).toBeNull())
    const pad = (text: string): string => text.replaceAll("a b&c=ü", value.padEnd(8))
    const seen = only(server)
    if (expected.url !== undefined) expect(decodeURIComponent(seen.url)).toBe(decodeURIComponent(expected.url).replace(value, value.padEnd(8)))
    if (expected.body !== undefined) expect(seen.body).toBe(pad(expected.body))
  })
})
