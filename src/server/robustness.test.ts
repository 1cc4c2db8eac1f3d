import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { grant } from "../../test/open-test-context.ts"
import { openTestServer, type TestServer } from "../../test/open-test-server.ts"
import { pathOf, type Route } from "../api/route.ts"
import { routes, type RouteName } from "../api/routes.ts"
import { ErrorAnswer } from "../api/error-answer.ts"
import * as z from "zod/mini"
import { PERMISSIONS } from "../core/principal.ts"
import { listen } from "./listen.ts"
import { describeError } from "./log.ts"
import { SecretError } from "../base/errors.ts"

/** Short here; a long campaign sets it. */
const RUNS = Number(process.env.SOTTO_FUZZ_RUNS ?? 40)

let server: TestServer
let token: string

beforeAll(async () => {
  server = await openTestServer({ settings: { requestsPerMinute: null } })
  token = await server.token([grant("*", ...PERMISSIONS)])
  for (const key of ["A", "B"]) await server.call("POST", "/workspaces/default/secrets", { token, body: { key, value: "x" } })
})
afterAll(() => server.close())

const names = (Object.keys(routes) as RouteName[]).filter((name) => name !== "streamEvents")
const routeOf = (name: RouteName): Route => routes[name]

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom("\ud800", "\u0000", "x".repeat(300), "acme:*", "admin", 1e308, -1, 0.5, 2 ** 53, "reveal", "agent", null, true, [], {}),
  fc.string({ unit: "binary" }),
)
const mostly = <T>(...values: T[]): fc.Arbitrary<unknown> => fc.oneof({ weight: 6, arbitrary: fc.constantFrom<unknown>(...values) }, odd)
const grants = mostly([{ pattern: "acme:*", permissions: ["list"] }], [{ pattern: "*", permissions: [] }])
/** Members that some route knows, mostly as it wants them: so that the request gets past the first check. */
const members = fc.record(
  {
    key: mostly("A", "B", "new key"),
    value: mostly("x", ""),
    metadata: mostly({ a: 1 }, null),
    ttlMs: mostly(1_000, null),
    ifVersion: mostly(0, 1, 2),
    secrets: mostly([{ key: "A", value: "x" }], [{ key: "C", value: "x", ifVersion: 0 }], []),
    keys: mostly(["A"], []),
    version: mostly(1, 2, 999),
    id: mostly("acme", "acme:new"),
    kind: mostly("agent", "person"),
    name: mostly("bot"),
    owner: mostly("me"),
    grants,
    code: mostly("0000-0000-0000-0000-0000-0000"),
    person: mostly({ id: "ann", name: "Ann" }),
    dryRun: mostly(true, false),
    reencrypt: mostly(false),
    only: mostly("secrets"),
    secretsRetentionMs: mostly(1),
    constructor: odd,
    toString: odd,
  },
  { requiredKeys: ["key", "value", "version", "kind", "name", "grants", "id", "keys", "secrets", "code"] },
)
const body = fc.oneof({ weight: 6, arbitrary: members }, odd)
const segment = fc.oneof({ weight: 6, arbitrary: fc.constantFrom("default", "acme", "A", "B", "1") }, fc.string({ minLength: 1, unit: "binary" }), fc.constantFrom("%00", "0", "999999999999999999"))
const search = fc.dictionary(
  fc.constantFrom("limit", "cursor", "prefix", "state", "version", "type", "key", "after", "before", "principal", "order", "ifVersion"),
  fc.string({ unit: "binary" }),
)

const encode = (text: string): string => {
  try {
    return encodeURIComponent(text)
  } catch {
    return "%ED%A0%80"
  }
}

/** What is wrong with an answer, if anything: a fault of the server's own, or a refusal in another shape. */
const faultOf = ({ statusCode, body: text }: { statusCode: number; body: string }): string | null => {
  if (statusCode < 400) return null
  const answer = z.safeParse(ErrorAnswer, JSON.parse(text))
  const isOwnFault = statusCode >= 500 && statusCode !== 503
  return answer.success && answer.data.statusCode === statusCode && !isOwnFault ? null : `${statusCode}: ${text}`
}

describe("whatever is sent", () => {
  it.each(names)("%s answers with success or a refusal in the one shape, never with a fault of its own", async (name) => {
    const route = routeOf(name)
    await fc.assert(
      fc.asyncProperty(body, segment, search, async (payload, part, query) => {
        const path = pathOf(route).replace(":w", "default").replace(/:\w+/g, encode(part))
        const asked = Object.entries(query).map(([key, value]) => `${key}=${encode(value)}`).join("&")
        const response = await server.app.inject({
          method: route.method,
          url: `${path}?${asked}`,
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          ...(route.method !== "GET" && { payload: JSON.stringify(payload) ?? "" }),
        })
        expect(faultOf(response)).toBeNull()
      }),
      { numRuns: RUNS },
    )
  })

  it("as a credential is refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[ -~]*$/), fc.stringMatching(/^[!-~]*$/), async (authorization, cookie) => {
        const headers = { ...(authorization && { authorization }), cookie: `sotto_80=${cookie}`, "x-sotto-session": cookie }
        expect((await server.app.inject({ url: "/api/v1/me", headers })).statusCode).toBe(401)
      }),
      { numRuns: RUNS },
    )
  })
})

describe("the log", () => {
  it("says which route was asked, with which answer, for whom, and nothing that was sent", async () => {
    const canary = "canary-7f3a"
    const before = server.log.length
    const headers = { "x-canary": canary, referer: `http://localhost/${canary}`, "user-agent": canary }
    const send = (method: "GET" | "POST" | "PUT", path: string, payload?: unknown) =>
      server.call(method, path, { token, body: payload, headers })
    await send("POST", `/workspaces/w-${canary}/secrets`, { key: `K-${canary}`, value: canary })
    await send("POST", "/workspaces/default/secrets", { key: 5, value: canary })
    await send("PUT", "/workspaces/default/secrets/upsert", { key: "A", value: canary, metadata: { note: canary } })
    await send("GET", `/workspaces/default/secrets?prefix=${canary}&limit=${canary}`)
    await send("GET", "/workspaces/default/secrets/A/value")
    await send("POST", "/session", { code: canary })
    await server.call("GET", "/me", { token: canary })
    await server.app.inject({ method: "POST", url: "/api/v1/tokens", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, payload: `{"${canary}` })
    const lines = server.log.slice(before)
    expect(lines.join("")).not.toContain(canary)
    expect(lines.join("")).not.toContain(token)
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    const reveal = entries.find((entry) => String(entry.route).endsWith("/value"))
    expect(reveal).toMatchObject({ method: "GET", route: "/api/v1/workspaces/:w/secrets/:ref/value", status: 200, principal: expect.any(String) })
    expect(reveal?.requestId).toMatch(/^[0-9a-f-]{36}$/)
  })

  it("names a failure without repeating what it said, unless it is ours", () => {
    const foreign = describeError(Object.assign(new TypeError("canary-7f3a\n    canary-7f3a"), { code: "ERR_X" }))
    expect(foreign).toMatchObject({ type: "TypeError", code: "ERR_X", message: "" })
    expect(foreign.stack).toMatch(/^\s+at /)
    expect(JSON.stringify(foreign)).not.toContain("canary")
    expect(describeError(new SecretError("expired", "ours"))).toMatchObject({ code: "expired", message: "ours" })
    expect(describeError("canary-7f3a")).toEqual({ type: "string", message: "", stack: "" })
  })

  it("warns once where plain HTTP leaves the machine", async () => {
    const open = await openTestServer({ settings: { port: 0 } })
    const { url } = await listen(open.app, { host: "0.0.0.0", port: 0 })
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(open.log.filter((line) => line.includes("without TLS"))).toHaveLength(1)
    await open.close()
    const behind = await openTestServer({ settings: { port: 0 } })
    await listen(behind.app, { host: "0.0.0.0", port: 0, publicUrl: new URL("https://secrets.example.com") })
    expect(behind.log.filter((line) => line.includes("without TLS"))).toEqual([])
    await behind.close()
  })
})

describe("a fault of the server's own", () => {
  it("is a 500 that says nothing, and is logged", async () => {
    const broken = await openTestServer()
    broken.app.get("/broken", async () => {
      throw new Error("canary-7f3a in the database")
    })
    const { status, body } = await broken.call("GET", "./broken")
    expect([status, body]).toEqual([500, { statusCode: 500, error: "Internal Server Error", code: "internal", message: ["Sotto itself failed."] }])
    expect(broken.log.join("")).toContain("a request failed")
    expect(broken.log.join("")).not.toContain("canary")
    await broken.close()
  })

  it("is a 503 where the database is gone, and readiness says so while health does not", async () => {
    const lost = await openTestServer()
    const asked = await lost.token([grant("*", "list")])
    await lost.store.close()
    expect((await lost.call("GET", "./healthz")).status).toBe(200)
    expect((await lost.call("GET", "./readyz")).status).toBe(503)
    expect((await lost.call("GET", "/me", { token: asked })).body).toMatchObject({ statusCode: 503, code: "storage_unavailable" })
    await lost.app.close()
  })
})

describe("an answer to a form, from whoever knows its address", () => {
  const answer = (body: string, type: string) =>
    server.app.inject({ method: "POST", url: `/r/req_${"a".repeat(22)}/answer`, headers: { host: "localhost:80", "sec-fetch-site": "same-origin", "content-type": type }, payload: body })
  const many = Array.from({ length: 300_000 }, (_, i) => i.toString(36))

  it("is read only as far as a form has fields, so that no heap of them keeps the server busy", async () => {
    expect((await answer(many.join("&"), "application/x-www-form-urlencoded")).statusCode).toBe(413)
    expect((await answer(`form=x&${many.slice(0, 100).join("&")}`, "application/x-www-form-urlencoded")).statusCode).toBe(403)
  })

  it("comes as a form and as nothing else", async () => {
    expect((await answer(JSON.stringify({ form: "x" }), "application/json")).statusCode).toBe(415)
  })
})
