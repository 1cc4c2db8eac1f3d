import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest"
import { BEARER, CANARY, expectClean, failureOf, HOST, type HttpUpstream, onlyRequest, openHttpUpstream, OTHER, type Sent } from "../../../test/agent/http-upstream.ts"
import { openTlsServer, type TlsServer } from "../../../test/agent/tls-server.ts"
import { Redacted } from "../../base/redacted.ts"
import { decideHttp } from "../../core/policy/decide-http.ts"
import type { Placement } from "../../core/policy/policy-shape.ts"
import { sendWithSecret } from "./send-with-secret.ts"

let upstream: HttpUpstream
let server: TlsServer
let other: TlsServer

beforeAll(async () => {
  upstream = await openHttpUpstream()
  ;({ server, other } = upstream)
})
afterAll(() => upstream.close())
beforeEach(() => upstream.reset())

let untrusted: TlsServer
beforeAll(async () => {
  untrusted = await openTlsServer([HOST])
})
afterAll(() => untrusted.close())

describe("agents 27: a call that is allowed", () => {
  it("carries the credential upstream, and the answer is clean", async () => {
    server.answer = (_request, response) => void response.writeHead(201, { "content-type": "text/plain", "set-cookie": "a=b" }).end("made")
    const answer = await upstream.send({ method: "POST", path: "/v1/a?n=1", body: { amount: 3 }, headers: { Accept: "text/plain" } })
    expect(onlyRequest(server)).toMatchObject({
      method: "POST", url: "/v1/a?n=1", body: '{"amount":3}',
      headers: { authorization: `Bearer ${CANARY}`, accept: "text/plain", "content-type": "application/json", "accept-encoding": "identity", host: `${HOST}:${server.port}` },
    })
    expect(answer).toMatchObject({ status: 201, body: "made", truncated: false, finalUrl: `https://${HOST}:${server.port}/v1/a`, warnings: [], masked: 0 })
    expect(Object.keys(answer.headers ?? {}).toSorted()).toEqual(["content-type", "date"])
    expectClean(answer)
  })

  it("gives its status alone where the rule says so", async () => {
    server.answer = ({ headers }, response) => void response.writeHead(200, { etag: "x" }).end(headers.authorization)
    expect(await upstream.send({ rules: [upstream.ruleOf({ response: "status" })] })).toEqual({ status: 200, finalUrl: `https://${HOST}:${server.port}/v1/a`, warnings: [], masked: 0 })
  })

  it("uses a connection of its own each time", async () => {
    await upstream.send()
    await upstream.send()
    expect(server.connections).toBe(2)
    expect(server.seen[0]?.headers.connection).toBe("close")
  })

  const strange = 'a b&c="ü"\\12'
  it.each<[string, Placement, Sent, { url?: string; body?: string; authorization?: string; "x-api-key"?: string }]>([
    // One byte for each character, which Node reads as such.
    ["a header alone", { in: "header", name: "X-Api-Key" }, {}, { "x-api-key": strange }],
    ["a header's template", BEARER, {}, { authorization: `Bearer ${strange}` }],
    ["HTTP Basic", { in: "basic", user: "me" }, {}, { authorization: `Basic ${Buffer.from(`me:${strange}`).toString("base64")}` }],
    ["a parameter", { in: "query", name: "k&y" }, { path: "/v1/a?b=%20c" }, { url: "/v1/a?b=%20c&k%26y=a%20b%26c%3D%22%C3%BC%22%5C12" }],
    ["a parameter beside others", { in: "query", name: "key" }, { query: { b: "c d" } }, { url: "/v1/a?b=c%20d&key=a%20b%26c%3D%22%C3%BC%22%5C12" }],
    ["a parameter alone", { in: "query", name: "key" }, {}, { url: "/v1/a?key=a%20b%26c%3D%22%C3%BC%22%5C12" }],
    ["JSON", { in: "json", pointer: "/auth/a~1b" }, { method: "POST", body: '{"x":1,"auth":{}}' }, { body: JSON.stringify({ x: 1, auth: { "a/b": strange } }) }],
    ["JSON that is a list", { in: "json", pointer: "/0/k" }, { method: "POST", body: [{}] }, { body: JSON.stringify([{ k: strange }]) }],
    ["JSON under a name of JavaScript's own", { in: "json", pointer: "/__proto__/k" }, { method: "POST", body: '{"__proto__":{}}' }, { body: `{"__proto__":{"k":${JSON.stringify(strange)}}}` }],
  ])("places the value in %s, in the encoding of that place", async (_where, place, sent, expected) => {
    await upstream.send({ ...sent, value: strange, rules: [upstream.ruleOf({ place })] })
    const { url, body, headers } = onlyRequest(server)
    expect({ url, body, authorization: headers.authorization, "x-api-key": headers["x-api-key"] }).toMatchObject(expected)
  })

  it("does not read the value as a command of its template", async () => {
    await upstream.send({ value: "$&-$1-$$-{value}" })
    expect(onlyRequest(server).headers.authorization).toBe("Bearer $&-$1-$$-{value}")
  })

  it("sends JSON as JSON", async () => {
    await upstream.send({ method: "POST", body: '{"a":1}', headers: { "content-type": "text/plain" }, rules: [upstream.ruleOf({ place: { in: "json", pointer: "/k" } })] })
    expect(onlyRequest(server).headers["content-type"]).toBe("application/json")
  })
})

describe("agents 29: an address that is not allowed", () => {
  const expectRefused = async (...addresses: string[]): Promise<void> => {
    const lookup = async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }))
    const { isAllowed: _, ...rest } = { ...upstream.deps, lookup }
    const decision = decideHttp({ method: "GET", url: `https://${HOST}:${server.port}/v1/a` }, [upstream.ruleOf()])
    const { code } = await failureOf(sendWithSecret(decision, { key: "K", value: new Redacted(CANARY, "K") }, {}, rest))
    expect(code).toBe("forbidden")
    expect(server.connections).toBe(0)
  }

  it.each(["127.0.0.1", "169.254.169.254", "10.1.2.3", "::1", "::ffff:127.0.0.1", "fd00:ec2::254"])("is refused by default: %s", (address) => expectRefused(address))

  it("is refused beside one that is", () => expectRefused("93.184.215.14", "127.0.0.1"))

  it("is refused where a rule names it by number", async () => {
    const { isAllowed: _, lookup: __, ...rest } = upstream.deps
    const rule = upstream.ruleOf({ host: `127.0.0.1:${server.port}` })
    const decision = decideHttp({ method: "GET", url: `https://127.0.0.1:${server.port}/v1/a` }, [rule])
    const { code } = await failureOf(sendWithSecret(decision, { key: "K", value: new Redacted(CANARY, "K") }, {}, rest))
    expect([code, server.connections]).toEqual(["forbidden", 0])
  })

  it("is not asked for again between the check and the connection", async () => {
    let lookups = 0
    await upstream.send({}, { lookup: async () => [{ address: lookups++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }] })
    expect([lookups, server.connections]).toEqual([1, 1])
  })

  it("is not asked for again on a redirect", async () => {
    server.answer = ({ url }, response) => void (url === "/v1/a" ? response.writeHead(302, { location: "/v1/b" }).end() : response.end("b"))
    let lookups = 0
    const answer = await upstream.send({}, { redirects: [upstream.ruleOf()], lookup: async () => [{ address: lookups++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }] })
    expect([answer.body, lookups]).toEqual(["b", 1])
  })

  it("is what a host without any is told as: it is not found", async () => {
    expect(await failureOf(upstream.send({}, { lookup: async () => [] }))).toMatchObject({ code: "server_unreachable", message: `No address was found for ${HOST}` })
    expect(await failureOf(upstream.send({}, { lookup: () => Promise.reject(new Error("x")) }))).toMatchObject({ code: "server_unreachable" })
  })
})

describe("agents 30: a redirect", () => {
  const redirectTo = (location: string, status = 302): void => {
    server.answer = ({ url }, response) => void (url === "/v1/a" ? response.writeHead(status, { location }).end() : response.end(`at ${url}`))
  }

  it("to another origin is the answer, and the credential is not sent there", async () => {
    redirectTo(`https://${OTHER}:${other.port}/v1/b?token=t`)
    const rules = [upstream.ruleOf(), upstream.ruleOf({ host: `${OTHER}:${other.port}` })]
    const answer = await upstream.send({ rules }, { redirects: rules, ca: server.ca + other.ca })
    expect(answer).toMatchObject({ status: 302, headers: { location: `https://${OTHER}:${other.port}/v1/b` }, warnings: ["A redirect was not followed"] })
    expect([server.connections, other.connections]).toEqual([1, 0])
  })

  it.each(["//other.example.test/v1/b", "http:/v1/b", "https://u@api.example.test/v1/b", "/v2/b", "/v1/%2e%2e/b", "https://", "mailto:a@b"])(
    "to %s is the answer", async (location) => {
      redirectTo(location.replace("api.example.test", `${HOST}:${server.port}`))
      expect(await upstream.send({}, { redirects: [upstream.ruleOf()] })).toMatchObject({ status: 302, warnings: ["A redirect was not followed"] })
      expect(server.connections).toBe(1)
    },
  )

  it("within the origin is decided anew, and followed with the credential", async () => {
    redirectTo("b?n=1#top")
    const answer = await upstream.send({}, { redirects: [upstream.ruleOf()] })
    expect(answer).toMatchObject({ status: 200, body: "at /v1/b?n=1", finalUrl: `https://${HOST}:${server.port}/v1/b`, warnings: [] })
    expect(server.seen[1]?.headers.authorization).toBe(`Bearer ${CANARY}`)
  })

  it("is not followed where nothing says by which rules", async () => {
    redirectTo("/v1/b")
    expect(await upstream.send()).toMatchObject({ status: 302 })
  })

  it.each(["POST", "PUT", "DELETE"])("of a %s is the answer", async (method) => {
    redirectTo("/v1/b", 307)
    expect(await upstream.send({ method, body: "x" }, { redirects: [upstream.ruleOf()] })).toMatchObject({ status: 307 })
  })

  it("is followed five times", async () => {
    server.answer = ({ url }, response) => void response.writeHead(302, { location: `${url}x` }).end()
    expect(await upstream.send({}, { redirects: [upstream.ruleOf()] })).toMatchObject({ status: 302, finalUrl: `https://${HOST}:${server.port}/v1/axxxxx` })
    expect(server.connections).toBe(6)
  })

  it("to where a rule gives the status alone gives that alone", async () => {
    redirectTo("/v1/b")
    const rules = [upstream.ruleOf({ paths: ["/v1/a"] }), upstream.ruleOf({ response: "status" })]
    expect(await upstream.send({ rules }, { redirects: rules })).toEqual({ status: 200, finalUrl: `https://${HOST}:${server.port}/v1/b`, warnings: [], masked: 0 })
  })

  it("places the value as the rule of its end says", async () => {
    redirectTo("/v1/b?key=theirs")
    const rules = [upstream.ruleOf({ paths: ["/v1/a"] }), upstream.ruleOf({ place: { in: "header", name: "x-key" } })]
    await upstream.send({ rules }, { redirects: rules })
    expect(server.seen[1]).toMatchObject({ url: "/v1/b", headers: { "x-key": CANARY } })
    expect(server.seen[1]?.headers.authorization).toBeUndefined()
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
    expect(await failureOf(upstream.send({ signal: session.signal }))).toMatchObject({ code: "aborted" })
    await closed.promise
  })

  it("ends it while the host is looked up, and before", async () => {
    const session = new AbortController()
    const lookup = (): Promise<never> => {
      session.abort()
      return new Promise(() => {})
    }
    expect(await failureOf(upstream.send({ signal: session.signal }, { lookup }))).toMatchObject({ code: "aborted" })
    expect(await failureOf(upstream.send({ signal: AbortSignal.abort() }))).toMatchObject({ code: "aborted" })
    expect(server.connections).toBe(0)
  })

  it("is not needed where the time is over", async () => {
    const closed = Promise.withResolvers<void>()
    server.answer = (_request, response) => {
      response.once("close", closed.resolve)
      response.write("first")
    }
    expect(await failureOf(upstream.send({ timeoutMs: 100 }))).toMatchObject({ code: "server_unreachable", message: `${HOST}:${server.port} did not answer within 100 ms` })
    await closed.promise
  })
})

describe("a connection that fails", () => {
  it("is refused where the certificate is of nobody that is trusted", async () => {
    const failure = await failureOf(upstream.send({ rules: [upstream.ruleOf({ host: `${HOST}:${untrusted.port}` })], path: "/v1/a?q=query-text" }))
    expect(failure).toMatchObject({ code: "server_unreachable" })
    expect(failure.message).toContain("certificate")
    expect(untrusted.seen).toEqual([])
    expectClean(failure.text)
    expect(failure.text).not.toContain("query-text")
  })

  it("is refused where the certificate is of another host", async () => {
    const failure = await failureOf(upstream.send({ rules: [upstream.ruleOf({ host: `${HOST}:${other.port}` })] }, { ca: other.ca }))
    expect(failure.message).toBe(`The certificate of ${HOST}:${other.port} is not valid for it (ERR_TLS_CERT_ALTNAME_INVALID)`)
    expect(other.seen).toEqual([])
  })

  it("is refused all the same where the environment switches checking off", async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"
    onTestFinished(() => void delete process.env.NODE_TLS_REJECT_UNAUTHORIZED)
    await failureOf(upstream.send({ rules: [upstream.ruleOf({ host: `${HOST}:${untrusted.port}` })] }))
    expect(untrusted.seen).toEqual([])
  })

  it.each<[string, TlsServer["answer"]]>([
    ["before its answer", (_request, response) => void response.socket?.destroy()],
    ["in its answer", (_request, response) => void response.writeHead(200, { "content-length": 100 }).write("first", () => response.socket?.destroy())],
    ["with an answer that is none", ({ headers }, response) => void response.socket?.end(`${headers.authorization}\r\n\r\n`)],
    ["with another protocol", (_request, response) => void response.socket?.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n")],
  ])("%s is told in words of our own", async (_when, answer) => {
    server.answer = answer
    const failure = await failureOf(upstream.send({ path: "/v1/a?q=query-text" }))
    expect(failure).toMatchObject({ code: "server_unreachable" })
    expectClean(failure.text)
    expect(failure.text).not.toMatch(/query-text|first/)
  })

  it("to nobody is told as such", async () => {
    const closed = await openTlsServer([HOST])
    await closed.close()
    expect(await failureOf(upstream.send({ rules: [upstream.ruleOf({ host: `${HOST}:${closed.port}` })] }))).toMatchObject({
      code: "server_unreachable", message: `The connection to ${HOST}:${closed.port} failed (ECONNREFUSED)`,
    })
  })
})
