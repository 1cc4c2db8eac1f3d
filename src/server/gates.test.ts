import { connect } from "node:net"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { grant } from "../../test/open-test-context.ts"
import { openTestServer, type TestServer } from "../../test/open-test-server.ts"
import { PERMISSIONS } from "../core/principal.ts"
import { listen } from "./listen.ts"

let server: TestServer
let token: string

const open = async (settings: NonNullable<Parameters<typeof openTestServer>[0]>["settings"] = {}): Promise<void> => {
  server = await openTestServer({ settings })
  token = await server.token([grant("*", ...PERMISSIONS)])
}

afterEach(() => server.close())

describe("the Host of a request", () => {
  const status = async (host: string): Promise<number> => (await server.call("GET", "/me", { token, headers: { host } })).status

  it("is a loopback name with the server's port", async () => {
    await open({ port: 7766 })
    for (const host of ["localhost:7766", "127.0.0.1:7766", "[::1]:7766", "LOCALHOST:7766"]) expect(await status(host)).toBe(200)
    for (const host of [
      "localhost", "localhost:7767", "evil.example:7766", "127.0.0.1.evil.example:7766", "evil.example", "localhost:7766@evil.example",
      "user@localhost:7766", "localhost:7766/", "0.0.0.0:7766", "2130706433:7766",
    ])
      expect([host, await status(host)]).toEqual([host, 403])
  })

  it("is the public name where there is one", async () => {
    await open({ port: 7766, publicUrl: new URL("https://secrets.example.com") })
    for (const host of ["secrets.example.com", "secrets.example.com:443", "Secrets.Example.Com", "127.0.0.1:7766"]) expect(await status(host)).toBe(200)
    for (const host of ["secrets.example.com:8443", "example.com", "xsecrets.example.com"]) expect(await status(host)).toBe(403)
  })

  it("is asked on every route, before anything else", async () => {
    await open()
    for (const path of ["./healthz", "./readyz", "./", "./assets/sotto.js", "/openapi.json", "/me", "/nonsense"])
      expect([path, (await server.call("GET", path, { headers: { host: "evil.example" } })).status]).toEqual([path, 403])
  })

  it("is not what a header of a stranger says", async () => {
    await open({ trustProxy: "loopback" })
    const headers = { host: "evil.example", "x-forwarded-host": "localhost" }
    expect((await server.call("GET", "/me", { token, headers })).status).toBe(403)
  })
})

describe("the Origin of a write", () => {
  const status = async (origin: string, host: string, method: "PUT" | "GET" = "PUT"): Promise<number> => {
    const body = method === "PUT" ? { key: "A", value: "x" } : undefined
    const path = method === "PUT" ? "/workspaces/default/secrets/upsert" : "/workspaces/default/secrets"
    return (await server.call(method, path, { token, body, headers: { host, origin } })).status
  }

  it("is this very origin, where a browser sent one", async () => {
    await open({ port: 7766 })
    expect(await status("http://localhost:7766", "localhost:7766")).toBe(200)
    for (const origin of ["http://127.0.0.1:7766", "http://localhost:7767", "https://localhost:7766", "http://evil.example", "null", ""])
      expect([origin, await status(origin, "localhost:7766")]).toEqual([origin, 403])
    expect(await status("http://evil.example", "localhost:7766", "GET")).toBe(200)
  })

  it("is the public one behind a proxy, whichever Host the proxy passes", async () => {
    await open({ port: 7766, publicUrl: new URL("https://secrets.example.com") })
    expect(await status("https://secrets.example.com", "secrets.example.com")).toBe(200)
    expect(await status("https://secrets.example.com", "127.0.0.1:7766")).toBe(200)
    for (const origin of ["http://secrets.example.com", "https://evil.example"]) expect(await status(origin, "secrets.example.com")).toBe(403)
  })
})

describe("limits", () => {
  it("count each principal for itself", async () => {
    await open({ requestsPerMinute: 5 })
    const other = await server.token([grant("*", "list")])
    const ask = (by: string, address: string) =>
      server.app.inject({ url: "/api/v1/me", headers: { authorization: `Bearer ${by}` }, remoteAddress: address })
    for (let i = 0; i < 5; i++) expect((await ask(token, `10.0.0.${i}`)).statusCode).toBe(200)
    const refused = await ask(token, "10.0.0.9")
    expect(refused.statusCode).toBe(429)
    expect(refused.json()).toEqual({ statusCode: 429, error: "Too Many Requests", code: "rate_limited", message: [expect.any(String)] })
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0)
    expect((await ask(other, "10.0.0.10")).statusCode).toBe(200)
  })

  it("count each address, whoever it says it is", async () => {
    await open({ requestsPerMinute: 5 })
    const guess = (address: string) => server.app.inject({ url: "/api/v1/me", headers: { authorization: "Bearer wrong" }, remoteAddress: address })
    for (let i = 0; i < 5; i++) expect((await guess("10.0.0.1")).statusCode).toBe(401)
    expect((await guess("10.0.0.1")).statusCode).toBe(429)
    expect((await guess("10.0.0.2")).statusCode).toBe(401)
  })

  it("believe a proxy about addresses only where it is trusted", async () => {
    for (const [trustProxy, last] of [[null, 429], ["127.0.0.1", 401]] as const) {
      await open({ requestsPerMinute: 2, trustProxy })
      const statuses = []
      for (const client of ["1.1.1.1", "2.2.2.2", "3.3.3.3"])
        statuses.push((await server.call("GET", "/me", { token: "wrong", headers: { "x-forwarded-for": client } })).status)
      expect(statuses).toEqual([401, 401, last])
      if (trustProxy === null) await server.close()
    }
  })

  it("leave the health of the server alone", async () => {
    await open({ requestsPerMinute: 1 })
    for (let i = 0; i < 3; i++) expect((await server.call("GET", "./healthz")).status).toBe(200)
  })

  it("give sign-in codes few tries from one address", async () => {
    await open({ requestsPerMinute: null })
    const tries = []
    for (let i = 0; i < 21; i++) tries.push((await server.call("POST", "/session", { body: { code: "0000-0000-0000-0000-0000-0000" } })).status)
    expect(tries).toEqual([...Array.from({ length: 20 }, () => 401), 429])
  })

  it("bound a body", async () => {
    await open()
    const answer = await server.call("POST", "/workspaces/default/secrets", { token, body: { key: "A", value: "x".repeat(1024 * 1024) } })
    expect([answer.status, answer.body]).toEqual([
      413,
      { statusCode: 413, error: "Payload Too Large", code: "payload_too_large", message: ["The request body is larger than the limit."] },
    ])
    const tooLong = await server.call("POST", "/workspaces/default/secrets", { token, body: { key: "A", value: "x".repeat(65_537) } })
    expect([tooLong.status, tooLong.body.code]).toEqual([413, "value_too_large"])
  })
})

describe("the operator's token", () => {
  const adminToken = "an operator's token of 40 characters ....".replaceAll(" ", "-")

  it("may everything", async () => {
    await open({ adminToken })
    const { body } = await server.call("GET", "/me", { token: adminToken })
    expect(body).toMatchObject({ principal: { id: "operator" }, credential: "operator", grants: [{ pattern: "*" }] })
    expect((await server.call("GET", "/me", { token: `${adminToken}x` })).status).toBe(401)
  })

  it("must be long, and is not there unless it is given", async () => {
    await open()
    expect((await server.call("GET", "/me", { token: "" })).status).toBe(401)
    await expect(openTestServer({ settings: { adminToken: "x".repeat(31) } })).rejects.toMatchObject({ code: "invalid_argument" })
  })
})

describe("answers", () => {
  beforeEach(() => open())

  it.each([
    ["bad JSON", "{", "application/json", 400],
    ["a body of another type", "key=A", "application/x-www-form-urlencoded", 415],
    ["plain text", "{}", "text/plain", 415],
    ["a poisoned prototype", '{"__proto__":{"a":1},"key":"A","value":"x"}', "application/json", 400],
  ])("to %s are refusals in the one shape", async (_what, payload, type, status) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": type }
    const response = await server.app.inject({ method: "POST", url: "/api/v1/workspaces/default/secrets", headers, payload })
    expect(response.statusCode).toBe(status)
    expect(response.json()).toEqual({ statusCode: status, error: expect.any(String), code: "invalid_argument", message: [expect.any(String)] })
  })

  it.each(["/nonsense", "./nonsense", "/workspaces", "/%E0%A4%A"])("for what is not there are 4xx in the one shape: %s", async (path) => {
    const { status, body } = await server.call(path === "/workspaces" ? "PATCH" : "GET", path, { token })
    expect([400, 404]).toContain(status)
    expect(body).toEqual({ statusCode: status, error: expect.any(String), code: expect.any(String), message: [expect.any(String)] })
  })

  it("are not kept by anybody, name their request, and are framed by nobody", async () => {
    const { headers } = await server.call("GET", "/me", { token })
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "x-frame-options": "DENY",
    })
    const policy = String(headers["content-security-policy"])
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain("unsafe")
    expect(headers["access-control-allow-origin"]).toBeUndefined()
  })

  it("to malformed HTTP are in the one shape too", async () => {
    const { url } = await listen(server.app, { port: 0 })
    const socket = connect(Number(new URL(url).port), "127.0.0.1")
    socket.end("GET / HTTP/1.1\r\nbad header\r\n\r\n")
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({ statusCode: 400, code: "invalid_argument" })
  })
})

describe("a stop", () => {
  it("finishes what runs and refuses what is new", async () => {
    await open()
    const { url, close } = await listen(server.app, { port: 0 })
    const body = JSON.stringify({ key: "A", value: "x" })
    const socket = connect(Number(new URL(url).port), "127.0.0.1")
    const head = ["PUT /api/v1/workspaces/default/secrets/upsert HTTP/1.1", `host: ${new URL(url).host}`, `authorization: Bearer ${token}`]
    socket.write([...head, "content-type: application/json", `content-length: ${body.length}`, "", ""].join("\r\n"))
    const arrived = once(server.app.server, "request")
    await arrived
    const closed = close()
    const late = await fetch(`${url}/healthz`).then((response) => response.status, () => "refused")
    expect([503, "refused"]).toContain(late)
    socket.write(body)
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /)
    await closed
  })
})
