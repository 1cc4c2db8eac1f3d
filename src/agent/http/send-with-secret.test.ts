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

  const strange = 'a b&c="ü"\\12'
  it.each<[string, Placement, Sent, { url?: string; body?: string; authorization?: string; "x-api-key"?: string }]>([
    // One byte for each character, which Node reads as such.
    ["a header alone", { in: "header", name: "X-Api-Key" }, {}, { "x-api-key": strange }],
    ["a header's template", bearer, {}, { authorization: `Bearer ${strange}` }],
    ["HTTP Basic", { in: "basic", user: "me" }, {}, { authorization: `Basic ${Buffer.from(`me:${strange}`).toString("base64")}` }],
    ["a parameter", { in: "query", name: "k&y" }, { path: "/v1/a?b=%20c" }, { url: "/v1/a?b=%20c&k%26y=a%20b%26c%3D%22%C3%BC%22%5C12" }],
    ["a parameter alone", { in: "query", name: "key" }, {}, { url: "/v1/a?key=a%20b%26c%3D%22%C3%BC%22%5C12" }],
    ["JSON", { in: "json", pointer: "/auth/a~1b" }, { method: "POST", body: '{"x":1}' }, { body: JSON.stringify({ x: 1, auth: { "a/b": strange } }) }],
    ["JSON without a body", { in: "json", pointer: "/k" }, { method: "POST" }, { body: JSON.stringify({ k: strange }) }],
    ["JSON that is a list", { in: "json", pointer: "/0/k" }, { method: "POST", body: [{}] }, { body: JSON.stringify([{ k: strange }]) }],
    ["JSON under a name of JavaScript's own", { in: "json", pointer: "/__proto__/k" }, { method: "POST", body: "{}" }, { body: `{"__proto__":{"k":${JSON.stringify(strange)}}}` }],
  ])("places the value in %s, in the encoding of that place", async (_where, place, sent, expected) => {
    await send({ ...sent, value: strange, rules: [ruleOf({ place })] })
    const { url, body, headers } = only(server)
    expect({ url, body, authorization: headers.authorization, "x-api-key": headers["x-api-key"] }).toMatchObject(expected)
  })

  it("does not read the value as a command of its template", async () => {
    await send({ value: "$&-$1-$$-{value}" })
    expect(only(server).headers.authorization).toBe("Bearer $&-$1-$$-{value}")
  })

  it("sends JSON as JSON", async () => {
    await send({ method: "POST", body: '{"a":1}', headers: { "content-type": "text/plain" }, rules: [ruleOf({ place: { in: "json", pointer: "/k" } })] })
    expect(only(server).headers["content-type"]).toBe("application/json")
  })
})

describe("agents 29: an address that is not allowed", () => {
  const refused = async (...addresses: string[]): Promise<void> => {
    const lookup = async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }))
    const { allowAddress: _, ...rest } = { ...deps, lookup }
    const decision = decideHttp({ method: "GET", url: `https://${HOST}:${server.port}/v1/a` }, [ruleOf()])
    const { code } = await failureOf(sendWithSecret(decision, { key: "K", value: new Redacted(CANARY, "K") }, {}, rest))
    expect(code).toBe("forbidden")
    expect(server.connections).toBe(0)
  }

  it.each(["127.0.0.1", "169.254.169.254", "10.1.2.3", "::1", "::ffff:127.0.0.1", "fd00:ec2::254"])("is refused by default: %s", (address) => refused(address))

  it("is refused beside one that is", () => refused("93.184.215.14", "127.0.0.1"))

  it("is refused where a rule names it by number", async () => {
    const { allowAddress: _, lookup: __, ...rest } = deps
    const rule = ruleOf({ host: `127.0.0.1:${server.port}` })
    const decision = decideHttp({ method: "GET", url: `https://127.0.0.1:${server.port}/v1/a` }, [rule])
    const { code } = await failureOf(sendWithSecret(decision, { key: "K", value: new Redacted(CANARY, "K") }, {}, rest))
    expect([code, server.connections]).toEqual(["forbidden", 0])
  })

  it("is not asked for again between the check and the connection", async () => {
    let lookups = 0
    await send({}, { lookup: async () => [{ address: lookups++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }] })
    expect([lookups, server.connections]).toEqual([1, 1])
  })

  it("is not asked for again on a redirect", async () => {
    server.answer = ({ url }, response) => void (url === "/v1/a" ? response.writeHead(302, { location: "/v1/b" }).end() : response.end("b"))
    let lookups = 0
    const answer = await send({}, { redirects: [ruleOf()], lookup: async () => [{ address: lookups++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }] })
    expect([answer.body, lookups]).toEqual(["b", 1])
  })

  it("is what a host without any is told as: it is not found", async () => {
    expect(await failureOf(send({}, { lookup: async () => [] }))).toMatchObject({ code: "server_unreachable", message: `No address was found for ${HOST}` })
    expect(await failureOf(send({}, { lookup: () => Promise.reject(new Error("x")) }))).toMatchObject({ code: "server_unreachable" })
  })
})

describe("agents 30: a redirect", () => {
  const redirectTo = (location: string, status = 302): void => {
    server.answer = ({ url }, response) => void (url === "/v1/a" ? response.writeHead(status, { location }).end() : response.end(`at ${url}`))
  }

  it("to another origin is the answer, and the credential is not sent there", async () => {
    redirectTo(`https://${OTHER}:${other.port}/v1/b?token=t`)
    const rules = [ruleOf(), ruleOf({ host: `${OTHER}:${other.port}` })]
    const answer = await send({ rules }, { redirects: rules, ca: server.ca + other.ca })
    expect(answer).toMatchObject({ status: 302, headers: { location: `https://${OTHER}:${other.port}/v1/b` }, warnings: ["A redirect was not followed"] })
    expect([server.connections, other.connections]).toEqual([1, 0])
  })

  it.each(["//other.example.test/v1/b", "http:/v1/b", "https://u@api.example.test/v1/b", "/v2/b", "/v1/%2e%2e/b", "https://", "mailto:a@b"])(
    "to %s is the answer", async (location) => {
      redirectTo(location.replace("api.example.test", `${HOST}:${server.port}`))
      expect(await send({}, { redirects: [ruleOf()] })).toMatchObject({ status: 302, warnings: ["A redirect was not followed"] })
      expect(server.connections).toBe(1)
    },
  )

  it("within the origin is decided anew, and followed with the credential", async () => {
    redirectTo("b?n=1#top")
    const answer = await send({}, { redirects: [ruleOf()] })
    expect(answer).toMatchObject({ status: 200, body: "at /v1/b?n=1", finalUrl: `https://${HOST}:${server.port}/v1/b`, warnings: [] })
    expect(server.seen[1]?.headers.authorization).toBe(`Bearer ${CANARY}`)
  })

  it("is not followed where nothing says by which rules", async () => {
    redirectTo("/v1/b")
    expect(await send()).toMatchObject({ status: 302 })
  })

  it.each(["POST", "PUT", "DELETE"])("of a %s is the answer", async (method) => {
    redirectTo("/v1/b", 307)
    expect(await send({ method, body: "x" }, { redirects: [ruleOf()] })).toMatchObject({ status: 307 })
  })

  it("is followed five times", async () => {
    server.answer = ({ url }, response) => void response.writeHead(302, { location: `${url}x` }).end()
    expect(await send({}, { redirects: [ruleOf()] })).toMatchObject({ status: 302, finalUrl: `https://${HOST}:${server.port}/v1/axxxxx` })
    expect(server.connections).toBe(6)
  })

  it("to where a rule gives the status alone gives that alone", async () => {
    redirectTo("/v1/b")
    const rules = [ruleOf({ paths: ["/v1/a"] }), ruleOf({ response: "status" })]
    expect(await send({ rules }, { redirects: rules })).toEqual({ status: 200, warnings: [], masked: 0 })
  })

  it("places the value as the rule of its end says", async () => {
    redirectTo("/v1/b?key=theirs")
    const rules = [ruleOf({ paths: ["/v1/a"] }), ruleOf({ place: { in: "header", name: "x-key" } })]
    await send({ rules }, { redirects: rules })
    expect(server.seen[1]).toMatchObject({ url: "/v1/b", headers: { "x-key": CANARY } })
    expect(server.seen[1]?.headers.authorization).toBeUndefined()
  })
})

describe("agents 31: an echo of the credential", () => {
  const packed: [string, (body: Buffer) => Buffer][] = [
    ["identity", (body) => body],
    ["gzip", (body) => gzipSync(body)],
    ["br", (body) => brotliCompressSync(body)],
    ["deflate", (body) => deflateSync(body)],
    ["Deflate", (body) => deflateRawSync(body)],
    ["zstd", (body) => zstdCompressSync(body)],
    ["gzip, br", (body) => brotliCompressSync(gzipSync(body))],
  ]

  it.each(packed)("is masked in a body packed by %s", async (coding, pack) => {
    server.answer = ({ headers }, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": coding, etag: "abc" }).end(pack(Buffer.from(JSON.stringify({ headers }))))
    }
    const answer = await send()
    expect(JSON.parse(answer.body ?? "")).toMatchObject({ headers: { authorization: "Bearer [REDACTED:SECRET_API_KEY]" } })
    expect(answer.masked).toBe(1)
    expectClean(answer)
  })

  it("is masked in headers, in where it leads, and dropped where no header is shown", async () => {
    server.answer = ({ headers: { authorization = "" } }, response) => {
      response.writeHead(302, {
        link: `<https://x/${CANARY}>`, location: `/v1/${encodeURIComponent(CANARY)}?k=${CANARY}`, "set-cookie": authorization, "www-authenticate": authorization,
        "x-echo": authorization, [`x-${Buffer.from(CANARY).toString("hex")}`]: "1",
      }).end()
    }
    const answer = await send()
    expect(answer.headers).toMatchObject({ link: "<https://x/[REDACTED:SECRET_API_KEY]>", location: "/v1/[REDACTED:SECRET_API_KEY]" })
    expect(answer.masked).toBe(2)
    expectClean(answer)
  })

  it("is masked in where a redirect led", async () => {
    server.answer = ({ url }, response) => void (url === "/v1/a" ? response.writeHead(302, { location: "/v1/plain_CANARY_value" }).end() : response.end())
    const answer = await send({ value: "plain_CANARY_value" }, { redirects: [ruleOf()] })
    expect(answer.finalUrl).toBe(`https://${HOST}:${server.port}/v1/[REDACTED:SECRET_API_KEY]`)
  })

  it("shows in no length and no hash of the body", async () => {
    server.answer = ({ headers, url }, response) => {
      const body = url === "/v1/echo" ? (headers.authorization ?? "") : "plain"
      response.writeHead(200, { etag: '"hash"', "content-length": Buffer.byteLength(body) }).end(body)
    }
    expect((await send({ path: "/v1/echo" })).headers).not.toHaveProperty("etag")
    expect((await send({ path: "/v1/echo" })).headers).not.toHaveProperty("content-length")
    expect((await send()).headers).toMatchObject({ etag: '"hash"', "content-length": "5" })
  })

  it("is masked in every shape, and in the pair of HTTP Basic as a whole", async () => {
    const pair = Buffer.from(`me:${CANARY}`).toString("base64")
    const base64 = ["", "u", "ab"].map((before) => Buffer.from(`${before}${CANARY}`).toString("base64"))
    const others = [...shapesOf(CANARY)].filter(([name]) => !/base64|utf-16/.test(name)).map(([, bytes]) => bytes.toString())
    const shapes = [...others, ...base64, pair, Buffer.from(pair).toString("base64"), CANARY.toLowerCase(), CANARY.toUpperCase()]
    server.answer = (_request, response) => void response.end(shapes.join("\n"))
    const answer = await send({ rules: [ruleOf({ place: { in: "basic", user: "me" } })] })
    // What stands in front of the value in the same base64 is not of it.
    for (const line of (answer.body ?? "").split("\n")) expect(line).toMatch(/^[A-Za-z0-9+/]{0,4}\[REDACTED:SECRET_API_KEY\][A-Za-z0-9+/=]{0,4}$/)
    expect(answer.body).not.toContain(pair)
    expectClean(answer)
  })

  it("is masked however escapes are mixed in it", async () => {
    const mixed = [...CANARY].map((letter, i) => (i % 2 === 0 ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}` : letter)).join("")
    const percent = [...CANARY].map((letter, i) => (i % 3 === 0 ? `%${letter.charCodeAt(0).toString(16)}` : letter)).join("")
    const html = [...CANARY].map((letter, i) => (i % 3 === 0 ? `&#x${letter.charCodeAt(0).toString(16)};` : letter)).join("")
    for (const text of [mixed, percent, html]) {
      server.answer = (_request, response) => void response.end(`<${text}>`)
      expect((await send()).body).toBe("<[REDACTED:SECRET_API_KEY]>")
    }
  })

  it("is in no binary body, of which only the size is shown", async () => {
    server.answer = (_request, response) => void response.end(Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from(CANARY)]))
    expect(await send()).toMatchObject({ body: null, bytes: 3 + "[REDACTED:SECRET_API_KEY]".length, truncated: false, masked: 1 })
    server.answer = (_request, response) => void response.end(Buffer.from(`\u0001 ${CANARY}`))
    expect((await send()).body).toBeNull()
  })
})

describe("a body that is large", () => {
  it("is masked as a whole and cut then", async () => {
    server.answer = (_request, response) => void response.end(`${"x".repeat(95)}${CANARY}${"y".repeat(50)}`)
    const answer = await send({ maxBytes: 100 })
    expect(answer).toMatchObject({ body: `${"x".repeat(95)}[REDA`, truncated: true })
  })

  it.each(Array.from({ length: CANARY.length + 1 }, (_, i) => i))("shows nothing of a value of which %i bytes came before the end", async (shown) => {
    // Where reading ends is known to whoever reads this, and so to a model.
    const bound = 1_000 + 10 * Buffer.from(CANARY).toString("base64").length
    server.answer = (_request, response) => void response.end(`${"x".repeat(bound - shown)}${CANARY}${"y".repeat(5_000)}`)
    const { body, truncated } = await send({ maxBytes: 1_000 })
    // A whole value makes room for its marker, as anywhere.
    expect(body).toBe("x".repeat(shown < CANARY.length ? 1_000 : 999))
    expect(truncated).toBe(true)
  })

  it("is not cut within a character", async () => {
    server.answer = (_request, response) => void response.end("aüüü")
    expect(await send({ maxBytes: 4 })).toMatchObject({ body: "aü", truncated: true })
  })

  it.each<[string, (body: Buffer) => Buffer]>([["gzip", gzipSync], ["br", brotliCompressSync], ["deflate", deflateSync], ["zstd", zstdCompressSync]])(
    "when %s unpacks it is not shown", async (coding, pack) => {
      const bomb = pack(Buffer.alloc(20_000_000))
      server.answer = (_request, response) => void response.writeHead(200, { "content-encoding": coding }).end(bomb)
      expect(await send({ maxBytes: 10_000 })).toMatchObject({ status: 200, body: null, truncated: true })
    },
  )

  it.each([["gzip", "no gzip"], ["rot13", CANARY], ["gzip, gzip, gzip, gzip", ""], ["gzip", gzipSync("abc").subarray(0, 12)]])("that %s cannot unpack is not shown", async (coding, body) => {
    server.answer = (_request, response) => void response.writeHead(200, { "content-encoding": coding }).end(body === "" ? gzipSync(gzipSync(gzipSync(gzipSync("a")))) : body)
    expect(await send()).toMatchObject({ status: 200, body: null, truncated: true })
  })

  it("to be sent is refused before anything is", async () => {
    expect(await failureOf(send({ method: "POST", body: "x".repeat(1_048_577) }))).toMatchObject({ code: "payload_too_large" })
    expect(server.connections).toBe(0)
  })
})

describe("agents 32: the caller's own credential", () => {
  const heard: StrippedCredential[][] = []
  const onStripped = (stripped: readonly StrippedCredential[]): void => void heard.push([...stripped])
  beforeEach(() => void heard.splice(0))

  it("is removed from the headers, is told, and is put on record without what it held", async () => {
    const headers = {
      Authorization: "Bearer mine", "X-API-Key": "mine", x_api_key: "mine", Cookie: "mine", "Proxy-Authorization": "mine", "Private-Token": "mine", "X-Auth-Email": "mine",
      "x-goog-api-key": "mine", "X-Amz-Security-Token": "mine", "Client-Secret": "mine", "Ocp-Apim-Subscription-Key": "mine", "X-Key": "mine",
    }
    const answer = await send({ headers: { ...headers, "Idempotency-Key": "1", "X-Author": "me" } }, { onStripped })
    const { rawHeaders } = only(server)
    expect(rawHeaders).not.toContain("mine")
    expect(rawHeaders.filter((each) => /^authorization$/i.test(each))).toHaveLength(1)
    expect(only(server).headers).toMatchObject({ "idempotency-key": "1", "x-author": "me" })
    expect(answer.warnings).toHaveLength(Object.keys(headers).length)
    expect(answer.warnings[0]).toBe("Not sent, since a call with a secret has no other credential: header authorization")
    expect(heard).toEqual([Object.keys(headers).map((name) => ({ in: "header", name: name.toLowerCase() }))])
  })

  it.each(["X-Custom", "x-custom", "X_Custom", "x_CUSTOM"])("is removed where the rule owns the header, spelled %s", async (name) => {
    await send({ headers: { [name]: "mine" }, rules: [ruleOf({ place: { in: "header", name: "X-Custom" } })] })
    expect(only(server).rawHeaders).not.toContain("mine")
    expect(only(server).headers["x-custom"]).toBe(CANARY)
  })

  it.each([
    ["?key=mine", ""], ["?a=1&key=mine&b=2", "?a=1&b=2"], ["?KEY=mine", ""], ["?%6bey=mine", ""], ["?ke%79=mine&key=mine", ""], ["?key[]=mine&key[a]=mine&key.b=mine", ""],
    ["?a=1;key=mine", "?a=1"], ["?access_token=mine&x=%20", "?x=%20"], ["?api-key=mine", ""], ["?key", ""], ["?+key=mine", ""], ["?monkey=1&keys=2", "?monkey=1&keys=2"],
  ])("is removed from the query: %s", async (query, kept) => {
    const answer = await send({ path: `/v1/a${query}` })
    expect(only(server).url).toBe(`/v1/a${kept}`)
    expect(answer.warnings.length > 0).toBe(query !== kept)
  })

  it.each(["?sekret=mine", "?SeKret=mine&%73ekret=mine", "?sekret[]=mine", "?a=1;sekret=mine"])("is removed where the rule owns the parameter: %s", async (query) => {
    await send({ path: `/v1/a${query}`, rules: [ruleOf({ place: { in: "query", name: "sekret" } })] })
    expect(only(server).url).not.toContain("mine")
    expect(new URLSearchParams(only(server).url.split("?")[1]).getAll("sekret")).toEqual([CANARY])
  })

  it.each([
    '{"auth":{"key":"mine"}}', '{"auth":{"Key":"mine","key":"mine"}}', '{"Auth":{"key":"mine"}}', '{"auth":{"key":"mine"},"auth":{"key":"mine"}}', '{"auth":{"\\u006bey":"mine"}}',
    '{"auth":{"\u212aey":"mine"}}', '{"AUTH":{"KEY":["mine"]},"auth":{}}',
  ])("is removed where the rule owns the place in a body: %s", async (body) => {
    const answer = await send({ method: "POST", body, rules: [ruleOf({ place: { in: "json", pointer: "/auth/key" } })] })
    expect(only(server).body).toBe(JSON.stringify({ auth: { key: CANARY } }))
    expect(answer.warnings).toEqual(["Not sent, since a call with a secret has no other credential: body /auth/key"])
  })

  it.each(["[]", '"x"', "1", "null", "no json", '{"auth":1}', '{"auth":"x"}'])("has no place in a body that has none: %s", async (body) => {
    expect(await failureOf(send({ method: "POST", body, rules: [ruleOf({ place: { in: "json", pointer: "/auth/key" } })] }))).toMatchObject({ code: "invalid_argument" })
    expect(server.connections).toBe(0)
  })
})

describe("what would make another request of it is refused before any connection:", () => {
  it.each([
    ["Host", "evil.tld"], ["connection", "authorization"], ["Transfer-Encoding", "chunked"], ["Content-Length", "3"], ["Upgrade", "h2c"], ["TE", "trailers"], ["Expect", "100-continue"],
    ["Range", "bytes=0-4"], ["X-HTTP-Method-Override", "DELETE"], ["X_HTTP_Method_Override", "DELETE"], ["X-Original-URL", "/admin"], ["X-Forwarded-Host", "evil.tld"],
    ["Forwarded", "host=evil.tld"], ["Proxy-Connection", "close"],
  ])("the header %s", async (name, value) => {
    expect(await failureOf(send({ headers: { [name]: value } }))).toMatchObject({ code: "forbidden" })
    expect(server.connections).toBe(0)
  })

  it.each([["x", "a\r\nx-y: 1"], ["x", "a\u0000"], ["x", "ł"], ["x\r\ny", "a"], ["x y", "a"], ["", "a"], ["x:", "a"]])("a header that is none: %j, %j", async (name, value) => {
    expect(await failureOf(send({ headers: { [name]: value } }))).toMatchObject({ code: "invalid_argument" })
    expect(server.connections).toBe(0)
  })

  it("a header given twice", async () => {
    expect(await failureOf(send({ headers: { "X-A": "1", "x-a": "2" } }))).toMatchObject({ code: "invalid_argument" })
  })

  it.each<[string, Sent]>([
    ["in the query", { method: "POST", path: "/v1/a?_method=delete" }],
    ["in a form", { method: "POST", body: "a=1&%5fmethod=delete", headers: { "content-type": "application/x-www-form-urlencoded" } }],
  ])("a method %s", async (_where, sent) => {
    expect(await failureOf(send(sent))).toMatchObject({ code: "forbidden" })
    expect(server.connections).toBe(0)
  })

  it("a body where there is none", async () => {
    expect(await failureOf(send({ body: "x" }))).toMatchObject({ code: "invalid_argument" })
    expect(await failureOf(send({ rules: [ruleOf({ place: { in: "json", pointer: "/k" } })] }))).toMatchObject({ code: "forbidden" })
  })

  it.each([{ timeoutMs: 0 }, { timeoutMs: 120_001 }, { maxBytes: 1.5 }, { maxBytes: 4_194_305 }])("a limit that is none: %j", async (limit) => {
    expect(await failureOf(send(limit))).toMatchObject({ code: "invalid_argument" })
  })
})

describe("agents 33: a key whose rules name another host", () => {
  it("is not sent to this one", async () => {
    const rules = [ruleOf({ host: `${OTHER}:${other.port}` })]
    expect(() => decideHttp({ method: "GET", url: `https://${HOST}:${server.port}/v1/a` }, rules)).toThrow(/no rule names the host/)
    expect([server.connections, other.connections]).toEqual([0, 0])
  })
})

describe("agents 34: a value that its place cannot hold", () => {
  it.each([`${CANARY}\r\nx: y`, `${CANARY}\n`, `\r${CANARY}`, `${CANARY}\u0000`, `${CANARY}ł`, `${CANARY}\u007f`])("is refused in a header, and nothing is sent: %j", async (value) => {
    const failure = await failureOf(send({ value }))
    expect(failure).toMatchObject({ code: "forbidden", message: 'The value of "API_KEY" has characters that a header cannot hold' })
    expectClean(failure.text)
    expect(server.connections).toBe(0)
  })

  it.each([`${CANARY}\r\n`, `${CANARY}\t`])("is refused in HTTP Basic: %j", async (value) => {
    expect(await failureOf(send({ value, rules: [ruleOf({ place: { in: "basic", user: "me" } })] }))).toMatchObject({ code: "forbidden" })
    expect(server.connections).toBe(0)
  })

  it("is refused where it is too short to be masked", async () => {
    expect(await failureOf(send({ value: "1234567" }))).toMatchObject({ code: "forbidden", message: 'The value of "API_KEY" is too short to be masked in an answer' })
    expect(server.connections).toBe(0)
  })
})

describe("agents 36: a session that is revoked", () => {
  it("ends the call in the middle of an answer, and closes its connection", async () => {
    const session = new AbortController()
    const closed = Promise.withResolvers<void>()
    server.answer = (_request, response) => {
      response.once("close", closed.resolve)
      response.write("first")
      session.abort()
    }
    expect(await failureOf(send({ signal: session.signal }))).toMatchObject({ code: "aborted" })
    await closed.promise
  })

  it("ends it while the host is looked up, and before", async () => {
    const session = new AbortController()
    const lookup = (): Promise<never> => {
      session.abort()
      return new Promise(() => {})
    }
    expect(await failureOf(send({ signal: session.signal }, { lookup }))).toMatchObject({ code: "aborted" })
    expect(await failureOf(send({ signal: AbortSignal.abort() }))).toMatchObject({ code: "aborted" })
    expect(server.connections).toBe(0)
  })

  it("is not needed where the time is over", async () => {
    const closed = Promise.withResolvers<void>()
    server.answer = (_request, response) => {
      response.once("close", closed.resolve)
      response.write("first")
    }
    expect(await failureOf(send({ timeoutMs: 100 }))).toMatchObject({ code: "server_unreachable", message: `${HOST}:${server.port} did not answer within 100 ms` })
    await closed.promise
  })
})

describe("a connection that fails", () => {
  it("is refused where the certificate is of nobody that is trusted", async () => {
    const failure = await failureOf(send({ rules: [ruleOf({ host: `${HOST}:${untrusted.port}` })], path: "/v1/a?q=query-text" }))
    expect(failure).toMatchObject({ code: "server_unreachable" })
    expect(failure.message).toContain("certificate")
    expect(untrusted.seen).toEqual([])
    expectClean(failure.text)
    expect(failure.text).not.toContain("query-text")
  })

  it("is refused where the certificate is of another host", async () => {
    const failure = await failureOf(send({ rules: [ruleOf({ host: `${HOST}:${other.port}` })] }, { ca: other.ca }))
    expect(failure.message).toBe(`The certificate of ${HOST}:${other.port} is not valid for it (ERR_TLS_CERT_ALTNAME_INVALID)`)
    expect(other.seen).toEqual([])
  })

  it("is refused all the same where the environment switches checking off", async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"
    onTestFinished(() => void delete process.env.NODE_TLS_REJECT_UNAUTHORIZED)
    await failureOf(send({ rules: [ruleOf({ host: `${HOST}:${untrusted.port}` })] }))
    expect(untrusted.seen).toEqual([])
  })

  it.each<[string, TlsServer["answer"]]>([
    ["before its answer", (_request, response) => void response.socket?.destroy()],
    ["in its answer", (_request, response) => void response.writeHead(200, { "content-length": 100 }).write("first", () => response.socket?.destroy())],
    ["with an answer that is none", ({ headers }, response) => void response.socket?.end(`${headers.authorization}\r\n\r\n`)],
    ["with another protocol", (_request, response) => void response.socket?.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n")],
  ])("%s is told in words of our own", async (_when, answer) => {
    server.answer = answer
    const failure = await failureOf(send({ path: "/v1/a?q=query-text" }))
    expect(failure).toMatchObject({ code: "server_unreachable" })
    expectClean(failure.text)
    expect(failure.text).not.toMatch(/query-text|first/)
  })

  it("to nobody is told as such", async () => {
    const closed = await openTlsServer([HOST])
    await closed.close()
    expect(await failureOf(send({ rules: [ruleOf({ host: `${HOST}:${closed.port}` })] }))).toMatchObject({
      code: "server_unreachable", message: `The connection to ${HOST}:${closed.port} failed (ECONNREFUSED)`,
    })
  })
})
