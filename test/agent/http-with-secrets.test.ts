import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { isPublicAddress, type Lookup } from "../../src/net/addresses.ts"
import { listEvents } from "../../src/core/list-events.ts"
import { decideHttp } from "../../src/core/policy/decide-http.ts"
import type { HttpRule, PolicyInput } from "../../src/core/policy/policy-shape.ts"
import { setPolicy } from "../../src/core/policy/set-policy.ts"
import { put } from "../../src/core/put.ts"
import { answerRequest } from "../../src/core/requests/answer-request.ts"
import { CANARY, openTestAgent, type TestAgent } from "./open-test-agent.ts"
import { openTlsServer, type TlsServer } from "./tls-server.ts"

const HOST = "api.example.test"
type Rule = NonNullable<PolicyInput["http"]>[number]

describe("http_with_secrets", () => {
  let agent: TestAgent
  let server: TlsServer
  let addresses: string[]

  const rule = (more: Partial<Rule> = {}): Rule => ({
    host: `${HOST}:${server.port}`, methods: ["GET", "POST", "HEAD"], paths: ["/v1/**"], place: { in: "header", name: "authorization", template: "Bearer {value}" }, response: "body", ...more,
  })
  const allow = (http: Rule[], approval: PolicyInput["approval"] = "never") => setPolicy(agent.alice, { name: "KEY", policy: { http, approval } })
  const url = (path: string, host = HOST): string => `https://${host}:${server.port}${path}`
  const call = (path: string, more: object = {}) => agent.call("http_with_secrets", { key: "KEY", url: path.startsWith("/") ? url(path) : path, ...more })

  beforeEach(async () => {
    server = await openTlsServer([HOST, "other.example.test"])
    addresses = ["127.0.0.1"]
    const lookup: Lookup = async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }))
    agent = await openTestAgent(undefined, { network: { lookup, isAllowed: (address) => address === "127.0.0.1" || isPublicAddress(address), ca: server.ca } })
    await put(agent.alice, { name: "KEY", value: CANARY })
    await allow([rule()])
  })
  afterEach(async () => {
    await server.close()
    await agent.close()
  })

  it("agents 27: brings the credential to the host that the policy names, and the answer back without it", async () => {
    server.answer = (_request, response) => void response.setHeader("content-type", "application/json").end('{"ok":true}')
    const { data } = await call("/v1/things?page=2", { headers: { accept: "application/json" }, query: { limit: "5" } })
    expect(data).toMatchObject({ status: "done", httpStatus: 200, body: '{"ok":true}', headers: { "content-type": "application/json" }, finalUrl: url("/v1/things"), warnings: [] })
    expect(server.seen).toMatchObject([{ method: "GET", url: "/v1/things?page=2&limit=5", headers: { authorization: `Bearer ${CANARY}`, accept: "application/json", host: `${HOST}:${server.port}` } }])
    const [event] = (await listEvents(agent.alice, { name: "KEY", type: undefined, paginationOpts: { numItems: 1, cursor: null } })).page
    expect(event).toMatchObject({ type: "used", metadata: { tool: "http", call: `GET ${HOST}:${server.port}/v1/things` } })
  })

  it("puts the value where its policy says: basic, a parameter, a field of the body", async () => {
    await allow([rule({ place: { in: "basic", user: "me" } })])
    await call("/v1/a")
    await allow([rule({ place: { in: "query", name: "api" } })])
    await call("/v1/b?api=mine&x=1")
    await allow([rule({ place: { in: "json", pointer: "/auth/~0k" } })])
    await call("/v1/c", { method: "POST", body: { auth: { "~k": "mine" }, n: 1 } })
    expect(server.seen).toMatchObject([
      { headers: { authorization: `Basic ${Buffer.from(`me:${CANARY}`).toString("base64")}` } },
      { url: `/v1/b?x=1&api=${CANARY}` },
      { body: `{"auth":{"~k":"${CANARY}"},"n":1}`, headers: { "content-type": "application/json" } },
    ])
    expect(await call("/v1/c", { method: "POST", body: { other: 1 } })).toMatchObject({ isError: true, code: "invalid_argument" })
  })

  it("agents 28: takes no host, port, scheme, method or path but the very one", async () => {
    const evil = [
      `https://${HOST}.evil.test:${server.port}/v1/a`, `https://evil.test:${server.port}/v1/a?${HOST}`, `https://${HOST}@evil.test:${server.port}/v1/a`, `https://${HOST}%00.evil.test:${server.port}/v1/a`,
      `https://${HOST}.:${server.port}/v1/a`, `https://API.example.test:${server.port}/v1/a`, `https://аpi.example.test:${server.port}/v1/a`, `https://${HOST}:1/v1/a`, `https://${HOST}/v1/a`,
      `http://${HOST}:${server.port}/v1/a`, `https:\\\\${HOST}:${server.port}/v1/a`, `https://${HOST}:${server.port}\\@evil.test/v1/a`, `https://evil.test#@${HOST}:${server.port}/v1/a`, `ftp://${HOST}/v1/a`, "nonsense",
      url("/v2/a"), url("/v1/../v2/a"), url("/v1/%2e%2e/v2/a"), url("/v1/..%2fv2"), url("/v1/%252e"), url("//v1/a"), ` ${url("/v1/a")}`, url("/v1/a\n"),
    ]
    for (const each of evil.filter((address) => !address.endsWith("%252e"))) expect({ each, ...(await call(each)) }).toMatchObject({ isError: true, code: "forbidden" })
    expect(await call("/v1/a", { method: "DELETE" })).toMatchObject({ isError: true, code: "forbidden" })
    expect(await call("/v1/a", { method: "TRACE" })).toMatchObject({ isError: true, code: "invalid_argument" })
    expect(server.seen).toEqual([])
  })

  it("agents 29: connects to the public internet alone, and to the address that it checked", async () => {
    for (const address of ["10.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.3.4", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1", "ff02::1", "::"]) {
      expect({ address, isPublic: isPublicAddress(address) }).toEqual({ address, isPublic: false })
      addresses = [address]
      expect({ address, ...(await call("/v1/a")) }).toMatchObject({ isError: true, code: "forbidden" })
    }
    addresses = ["127.0.0.1", "10.0.0.1"] // one of several is enough to refuse all
    expect(await call("/v1/a")).toMatchObject({ isError: true, code: "forbidden" })
    for (const address of ["8.8.8.8", "1.1.1.1", "2606:4700::1111"]) expect({ address, isPublic: isPublicAddress(address) }).toEqual({ address, isPublic: true })
    expect(server.seen).toEqual([])
  })

  it("agents 30: follows no redirect to another origin, and none that the policy does not allow", async () => {
    server.answer = ({ url: path }, response) => {
      if (path.startsWith("/v1/away")) response.writeHead(302, { location: `https://other.example.test:${server.port}/v1/a?token=x` }).end()
      else if (path.startsWith("/v1/in")) response.writeHead(302, { location: "/v1/there" }).end()
      else if (path.startsWith("/v1/out")) response.writeHead(307, { location: "/v2/there" }).end()
      else if (path.startsWith("/v1/round")) response.writeHead(302, { location: "/v1/round" }).end()
      else response.end("there")
    }
    expect((await call("/v1/away")).data).toMatchObject({ httpStatus: 302, headers: { location: `https://other.example.test:${server.port}/v1/a` } })
    expect((await call("/v1/in")).data).toMatchObject({ httpStatus: 200, body: "there", finalUrl: url("/v1/there") })
    expect((await call("/v1/out")).data).toMatchObject({ httpStatus: 307 })
    expect((await call("/v1/in", { method: "POST", body: "x" })).data).toMatchObject({ httpStatus: 302 })
    expect((await call("/v1/round")).data).toMatchObject({ httpStatus: 302 })
    await allow([rule()], "every-use")
    await answerRequest(agent.alice, { requestId: (await call("/v1/in")).data?.requestId as string })
    expect((await call("/v1/in")).data).toMatchObject({ httpStatus: 302 }) // what was approved is this one request
    expect(server.seen.filter(({ headers }) => headers.host !== `${HOST}:${server.port}`)).toEqual([])
  })

  it.each([
    ["as it is", (body: string) => ({ body: Buffer.from(body) })],
    ["in gzip", (body: string) => ({ body: gzipSync(body), encoding: "gzip" })],
    ["in brotli", (body: string) => ({ body: brotliCompressSync(body), encoding: "br" })],
    ["in zstd", (body: string) => ({ body: zstdCompressSync(body), encoding: "zstd" })],
  ] as const)("agents 31: masks a credential that the host echoes %s, in body and headers", async (_name, encode) => {
    server.answer = ({ headers }, response) => {
      const { body, encoding } = { encoding: undefined, ...encode(JSON.stringify({ headers, reversed: [...(headers.authorization ?? "")].toReversed().join(""), hex: Buffer.from(headers.authorization ?? "").toString("hex") })) }
      if (encoding !== undefined) response.setHeader("content-encoding", encoding)
      response.setHeader("link", `<https://x.test/?t=${headers.authorization}>`).setHeader("set-cookie", `session=${headers.authorization}`).setHeader("www-authenticate", `${headers.authorization}`)
      response.end(body)
    }
    const { data } = await call("/v1/echo")
    expect(data?.body).toContain("Bearer [REDACTED:SECRET_KEY]")
    expect(data?.body).not.toMatch(/CANARY|YRANAC|43414e415259/i)
    expect(data?.headers).toMatchObject({ link: expect.stringContaining("[REDACTED:SECRET_KEY]") as string })
    expect(Object.keys(data?.headers as object).filter((name) => ["set-cookie", "content-length", "etag", "www-authenticate"].includes(name))).toEqual([])
    expect(data).not.toHaveProperty("masked")
  })

  it("masks a value however large an answer is, and at the place where it is cut", async () => {
    server.answer = (_request, response) => void response.setHeader("content-encoding", "gzip").end(gzipSync(Buffer.alloc(64 * 1024 * 1024)))
    expect((await call("/v1/bomb")).data).toMatchObject({ httpStatus: 200, truncated: true })
    server.answer = (_request, response) => void response.end(CANARY.repeat(60_000))
    const { data } = await call("/v1/large")
    expect(data?.truncated).toBe(true)
    expect((data?.body as string | undefined)?.replaceAll("[REDACTED:SECRET_KEY]", "")).toMatch(/^[A-Z:_[]{0,22}$/)
  })

  it("agents 32: sends no credential of the caller's on a host of ours, and says what it left out", async () => {
    const headers = { Authorization: "Bearer mine", "X-Api-Key": "mine", Cookie: "a=mine", "x-auth-token": "mine", "Proxy-Authorization": "mine", Host: "evil.test", "Content-Length": "1", "Transfer-Encoding": "chunked", "x-fine": "yes" }
    const { data } = await call("/v1/a?key=mine&access_token=mine&x=1", { headers, query: { api_key: "mine" } })
    expect(JSON.stringify(server.seen)).not.toContain("mine")
    expect(server.seen).toMatchObject([{ url: "/v1/a?x=1", headers: { authorization: `Bearer ${CANARY}`, "x-fine": "yes", host: `${HOST}:${server.port}` } }])
    for (const name of ["authorization", "x-api-key", "cookie", "?key", "?access_token", "?api_key"]) expect(JSON.stringify(data?.warnings)).toContain(name)
  })

  it("agents 34: sends nothing where a value or a header holds a line break", async () => {
    await put(agent.alice, { name: "KEY", value: `${CANARY}\r\nx-evil: yes` })
    expect(await call("/v1/a")).toMatchObject({ isError: true, code: "invalid_argument" })
    await put(agent.alice, { name: "KEY", value: CANARY })
    expect(await call("/v1/a", { headers: { "x-a": "b\r\nx-evil: yes" } })).toMatchObject({ isError: true, code: "invalid_argument" })
    expect(await call("/v1/a", { headers: { "x evil": "b" } })).toMatchObject({ isError: true, code: "invalid_argument" })
    expect(server.seen).toEqual([])
  })

  it("agents 36: ends the connection when the call ends", async () => {
    const stop = new AbortController()
    let isClosed: Promise<unknown> = Promise.resolve()
    server.answer = (_request, response) => {
      response.write("begun")
      isClosed = new Promise((resolve) => response.once("close", resolve))
      stop.abort()
    }
    const answer = await agent.tools.call("http_with_secrets", { key: "KEY", url: url("/v1/stream") }, { signal: stop.signal })
    expect(answer).toMatchObject({ isError: true, code: "aborted" })
    await isClosed
  })

  it("agents 48: an upstream that fails with the value in its words is told by its status, masked", async () => {
    server.answer = ({ headers }, response) => void response.writeHead(500).end(`cannot serve ${headers.authorization}`)
    expect((await call("/v1/a")).data).toMatchObject({ httpStatus: 500, body: "cannot serve Bearer [REDACTED:SECRET_KEY]" })
    await server.close()
    const gone = await call("/v1/a")
    expect(gone).toMatchObject({ isError: true, code: "server_unreachable" })
  })

  it("gives the status alone unless the policy says more", async () => {
    await allow([rule({ response: "status" })])
    server.answer = (_request, response) => void response.setHeader("x-request-id", "7").end("not for the agent")
    expect((await call("/v1/a")).data).toEqual({ status: "done", httpStatus: 200, finalUrl: url("/v1/a"), warnings: [] })
  })

  it("asks the person for this very request, its body included", async () => {
    await allow([rule()], "every-use")
    const asked = await call("/v1/a", { method: "POST", body: { amount: 1 } })
    expect(asked.data).toMatchObject({ status: "pending" })
    await answerRequest(agent.alice, { requestId: asked.data?.requestId as string })
    expect((await call("/v1/a", { method: "POST", body: { amount: 2 } })).data).toMatchObject({ status: "pending" })
    expect(server.seen).toEqual([])
    expect((await call("/v1/a", { method: "POST", body: { amount: 1 } })).data).toMatchObject({ status: "done", httpStatus: 200 })
  })
})

describe("decideHttp", () => {
  const hostDecided = (url: string): string => {
    try {
      return decideHttp({ method: "GET", url }, rules).url.host
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  const rules: HttpRule[] = [{ host: "api.example.com", methods: ["GET"], paths: ["/v1/*/items", "/open/**"], place: { in: "header", name: "x" }, response: "status" }]
  it.each(["/v1/a/items", "/open/", "/open/a/b/c"])("takes %s", (path) => {
    expect(decideHttp({ method: "GET", url: `https://api.example.com${path}` }, rules).rule).toBe(rules[0])
  })
  it.each(["/v1//items", "/v1/a/b/items", "/v1/a/items/", "/open", "/opened/a", "/", "/v1/a%2fb/items"])("refuses %s", (path) => {
    expect(() => decideHttp({ method: "GET", url: `https://api.example.com${path}` }, rules)).toThrow(expect.objectContaining({ code: "forbidden" }) as Error)
  })
  it("never takes an address whose host a browser would read otherwise", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), fc.string({ unit: "binary", maxLength: 10 }), (before, after) => {
        const url = `https://${before}api.example.com${after}/open/x`
        expect(["forbidden", "api.example.com"]).toContain(hostDecided(url))
      }),
      { numRuns: 2_000 },
    )
  })
})
