import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { CANARY, expectClean, failureOf, HOST, type HttpUpstream, onlyRequest, openHttpUpstream, OTHER, type Sent } from "../../../test/agent/http-upstream.ts"
import { type TlsServer } from "../../../test/agent/tls-server.ts"
import { decideHttp } from "../../core/policy/decide-http.ts"
import type { StrippedCredential } from "./credentials.ts"

let upstream: HttpUpstream
let server: TlsServer
let other: TlsServer

beforeAll(async () => {
  upstream = await openHttpUpstream()
  ;({ server, other } = upstream)
})
afterAll(() => upstream.close())
beforeEach(() => upstream.reset())

describe("agents 32: the caller's own credential", () => {
  const heard: StrippedCredential[][] = []
  const onStripped = (stripped: readonly StrippedCredential[]): void => void heard.push([...stripped])
  beforeEach(() => void heard.splice(0))

  it("is removed from the headers, is told, and is put on record without what it held", async () => {
    const headers = {
      Authorization: "Bearer mine", "X-API-Key": "mine", x_api_key: "mine", Cookie: "mine", "Proxy-Authorization": "mine", "Private-Token": "mine", "X-Auth-Email": "mine",
      "x-goog-api-key": "mine", "X-Amz-Security-Token": "mine", "Client-Secret": "mine", "Ocp-Apim-Subscription-Key": "mine", "X-Key": "mine",
    }
    const answer = await upstream.send({ headers: { ...headers, "Idempotency-Key": "1", "X-Author": "me" } }, { onStripped })
    const { rawHeaders } = onlyRequest(server)
    expect(rawHeaders).not.toContain("mine")
    expect(rawHeaders.filter((each) => /^authorization$/i.test(each))).toHaveLength(1)
    expect(onlyRequest(server).headers).toMatchObject({ "idempotency-key": "1", "x-author": "me" })
    expect(answer.warnings).toEqual([`Not sent, because connection and credential are Sotto's here: ${Object.keys(headers).join(", ").toLowerCase()}`])
    expect(heard).toEqual([Object.keys(headers).map((name) => ({ in: "header", name: name.toLowerCase() }))])
  })

  it("is removed with what is the connection's own, and with ranges, which would show a part of a value", async () => {
    const headers = {
      Host: "evil.tld", Connection: "x", "Transfer-Encoding": "chunked", "Content-Length": "3", Upgrade: "h2c", TE: "trailers", Expect: "100-continue", "Accept-Encoding": "br",
      Range: "bytes=0-4", "If-Range": "x", "Proxy-Connection": "x",
    }
    const answer = await upstream.send({ headers })
    const { rawHeaders } = onlyRequest(server)
    expect(Object.fromEntries(rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), rawHeaders[i + 1]]] : [])))).toEqual({
      accept: "*/*", "user-agent": "sotto", "accept-encoding": "identity", authorization: `Bearer ${CANARY}`, host: `${HOST}:${server.port}`, connection: "close",
    })
    expect(answer.warnings).toEqual([`Not sent, because connection and credential are Sotto's here: ${Object.keys(headers).join(", ").toLowerCase()}`])
  })

  it.each(["X-Custom", "x-custom", "X_Custom", "x_CUSTOM"])("is removed where the rule owns the header, spelled %s", async (name) => {
    await upstream.send({ headers: { [name]: "mine" }, rules: [upstream.ruleOf({ place: { in: "header", name: "X-Custom" } })] })
    expect(onlyRequest(server).rawHeaders).not.toContain("mine")
    expect(onlyRequest(server).headers["x-custom"]).toBe(CANARY)
  })

  it.each([
    ["?key=mine", ""], ["?a=1&key=mine&b=2", "?a=1&b=2"], ["?KEY=mine", ""], ["?%6bey=mine", ""], ["?ke%79=mine&key=mine", ""], ["?key[]=mine&key[a]=mine&key.b=mine", ""],
    ["?a=1;key=mine", "?a=1"], ["?access_token=mine&x=%20", "?x=%20"], ["?api-key=mine", ""], ["?key", ""], ["?+key=mine", ""], ["?monkey=1&keys=2", "?monkey=1&keys=2"],
  ])("is removed from the query: %s", async (query, kept) => {
    const answer = await upstream.send({ path: `/v1/a${query}` })
    expect(onlyRequest(server).url).toBe(`/v1/a${kept}`)
    expect(answer.warnings.length > 0).toBe(query !== kept)
  })

  it.each(["?sekret=mine", "?SeKret=mine&%73ekret=mine", "?sekret[]=mine", "?a=1;sekret=mine"])("is removed where the rule owns the parameter: %s", async (query) => {
    await upstream.send({ path: `/v1/a${query}`, rules: [upstream.ruleOf({ place: { in: "query", name: "sekret" } })] })
    expect(onlyRequest(server).url).not.toContain("mine")
    expect(new URLSearchParams(onlyRequest(server).url.split("?")[1]).getAll("sekret")).toEqual([CANARY])
  })

  it.each([
    '{"auth":{"key":"mine"}}', '{"auth":{"Key":"mine","key":"mine"}}', '{"Auth":{"key":"mine"},"auth":{}}', '{"auth":{"key":"mine"},"auth":{"key":"mine"}}', '{"auth":{"\\u006bey":"mine"}}',
    '{"auth":{"\u212aey":"mine"}}', '{"AUTH":{"KEY":["mine"]},"auth":{}}',
  ])("is removed where the rule owns the place in a body: %s", async (body) => {
    const answer = await upstream.send({ method: "POST", body, rules: [upstream.ruleOf({ place: { in: "json", pointer: "/auth/key" } })] })
    expect(onlyRequest(server).body).toBe(JSON.stringify({ auth: { key: CANARY } }))
    expect(answer.warnings).toEqual(["Not sent, because connection and credential are Sotto's here: /auth/key"])
  })

  it.each(["[]", '"x"', "1", "null", "no json", '{"auth":1}', '{"auth":"x"}', "{}", '{"auth":null}'])("has no place in a body that has none: %s", async (body) => {
    expect(await failureOf(upstream.send({ method: "POST", body, rules: [upstream.ruleOf({ place: { in: "json", pointer: "/auth/key" } })] }))).toMatchObject({ code: "invalid_argument" })
    expect(server.connections).toBe(0)
  })
})

describe("what would make another request of it is refused before any connection:", () => {
  it.each([
    ["X-HTTP-Method-Override", "DELETE"], ["X_HTTP_Method_Override", "DELETE"], ["X-Original-URL", "/admin"], ["X-Forwarded-Host", "evil.tld"],
    ["Forwarded", "host=evil.tld"],
  ])("the header %s", async (name, value) => {
    expect(await failureOf(upstream.send({ headers: { [name]: value } }))).toMatchObject({ code: "forbidden" })
    expect(server.connections).toBe(0)
  })

  it.each([["x", "a\r\nx-y: 1"], ["x", "a\u0000"], ["x", "ł"], ["x\r\ny", "a"], ["x y", "a"], ["", "a"], ["x:", "a"]])("a header that is none: %j, %j", async (name, value) => {
    expect(await failureOf(upstream.send({ headers: { [name]: value } }))).toMatchObject({ code: "invalid_argument" })
    expect(server.connections).toBe(0)
  })

  it("a header given twice", async () => {
    expect(await failureOf(upstream.send({ headers: { "X-A": "1", "x-a": "2" } }))).toMatchObject({ code: "invalid_argument" })
  })

  it.each<[string, Sent]>([
    ["in the query", { method: "POST", path: "/v1/a?_method=delete" }],
    ["in a form", { method: "POST", body: "a=1&%5fmethod=delete", headers: { "content-type": "application/x-www-form-urlencoded" } }],
  ])("a method %s", async (_where, sent) => {
    expect(await failureOf(upstream.send(sent))).toMatchObject({ code: "forbidden" })
    expect(server.connections).toBe(0)
  })

  it("a body where there is none", async () => {
    expect(await failureOf(upstream.send({ body: "x" }))).toMatchObject({ code: "invalid_argument" })
    expect(await failureOf(upstream.send({ rules: [upstream.ruleOf({ place: { in: "json", pointer: "/k" } })] }))).toMatchObject({ code: "forbidden" })
  })

  it.each([{ timeoutMs: 0 }, { timeoutMs: 120_001 }, { maxBytes: 1.5 }, { maxBytes: 4_194_305 }])("a limit that is none: %j", async (limit) => {
    expect(await failureOf(upstream.send(limit))).toMatchObject({ code: "invalid_argument" })
  })
})

describe("agents 33: a key whose rules name another host", () => {
  it("is not sent to this one", async () => {
    const rules = [upstream.ruleOf({ host: `${OTHER}:${other.port}` })]
    expect(() => decideHttp({ method: "GET", url: `https://${HOST}:${server.port}/v1/a` }, rules)).toThrow(/no rule names the host/)
    expect([server.connections, other.connections]).toEqual([0, 0])
  })
})

describe("agents 34: a value that its place cannot hold", () => {
  it.each([`${CANARY}\r\nx: y`, `${CANARY}\n`, `\r${CANARY}`, `${CANARY}\u0000`, `${CANARY}ł`, `${CANARY}\u007f`])("is refused in a header, and nothing is sent: %j", async (value) => {
    const failure = await failureOf(upstream.send({ value }))
    expect(failure).toMatchObject({ code: "invalid_argument", message: 'The value of "API_KEY" has characters that a header cannot hold' })
    expectClean(failure.text)
    expect(server.connections).toBe(0)
  })

  it.each([`${CANARY}\r\n`, `${CANARY}\t`])("is refused in HTTP Basic: %j", async (value) => {
    expect(await failureOf(upstream.send({ value, rules: [upstream.ruleOf({ place: { in: "basic", user: "me" } })] }))).toMatchObject({ code: "invalid_argument" })
    expect(server.connections).toBe(0)
  })

  it("is refused where it is too short to be masked", async () => {
    expect(await failureOf(upstream.send({ value: "1234567" }))).toMatchObject({ code: "forbidden", message: 'The value of "API_KEY" is too short to be masked in an answer' })
    expect(server.connections).toBe(0)
  })
})
