import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Grant, PrincipalKind } from "../../src/core/principal.ts"
import { SecretsModule, type Caller } from "../../src/nestjs/index.ts"
import { openStore } from "../../src/store/open-store.ts"
import { grant, RING } from "../open-test-context.ts"
import { openTestServer, type Answer, type Sent, type TestServer } from "../open-test-server.ts"
import { openNestApp, type Adapter, type NestApp } from "./open-nest-app.ts"

type Method = "GET" | "POST" | "PUT" | "DELETE"
type Step = [Method, string, (Sent & { as?: string })?]

const VALUE = "a value that nobody else sees"

/** Everything that the five routes of old and the newer ones are asked, in an order in which each finds something. */
const STEPS: Step[] = [
  ["GET", "/workspaces/w1/secrets", { as: "u1" }],
  ["POST", "/workspaces/w1/secrets", { as: "u1", body: { key: "TOKEN", value: VALUE } }],
  ["GET", "/workspaces/w1/secrets", { as: "u1" }],
  ["POST", "/workspaces/w1/secrets", { as: "u1", body: { key: "TOKEN", value: "other" } }],
  ["POST", "/workspaces/w1/secrets", { as: "u1", body: { key: "EMPTY", value: "", extra: 1 } }],
  ["POST", "/workspaces/w1/secrets", { as: "u1", body: {} }],
  ["POST", "/workspaces/w1/secrets", { as: "u1" }],
  ["POST", "/workspaces/w1/secrets", { as: "u1", body: { key: "A", value: 5 } }],
  ["POST", "/workspaces/w1/secrets", { as: "u1", body: { key: "k".repeat(201), value: "x" } }],
  ["POST", "/workspaces/w1/secrets", { as: "u1", body: { key: "NUL", value: "x\0y" } }],
  ["PUT", "/workspaces/w1/secrets/upsert", { as: "u1", body: { key: "TOKEN", value: "second" } }],
  ["PUT", "/workspaces/w1/secrets/TOKEN", { as: "u1", body: {} }],
  ["PUT", "/workspaces/w1/secrets/TOKEN", { as: "u1", body: { value: null } }],
  ["PUT", "/workspaces/w1/secrets/TOKEN", { as: "u1", body: { key: "RENAMED" } }],
  ["PUT", "/workspaces/w1/secrets/NONE", { as: "u1", body: { value: "x" } }],
  ["GET", "/workspaces/w1/secrets/TOKEN/value", { as: "u1" }],
  ["GET", "/workspaces/w1/secrets/TOKEN/value?version=1", { as: "u1" }],
  ["GET", "/workspaces/w1/secrets/TOKEN/value?version=many", { as: "u1" }],
  ["GET", "/workspaces/w1/secrets/TOKEN/versions", { as: "u1" }],
  ["POST", "/workspaces/w1/secrets/TOKEN/rollback", { as: "u1", body: { version: 1 } }],
  ["PUT", "/workspaces/w1/secrets", { as: "u1", body: { secrets: [{ key: "B&=", value: "1" }, { key: "C", value: "2" }] } }],
  ["POST", "/workspaces/w1/secrets/reveal", { as: "u1", body: { keys: ["C", "NONE"] } }],
  ["GET", "/workspaces/w1/secrets?limit=2&orderBy=name", { as: "u1" }],
  ["GET", "/workspaces/w1/secrets?orderBy=name", { as: "u1" }],
  ["GET", "/workspaces/w1/secrets/B%26%3D/value", { as: "u1" }],
  ["GET", "/workspaces/w1/secrets", { as: "u2" }],
  ["POST", "/workspaces/w1/secrets", { as: "u2", body: { key: "X", value: "x" } }],
  ["POST", "/workspaces/w1/secrets", { as: "u2", body: {} }],
  ["DELETE", "/workspaces/w1/secrets/TOKEN", { as: "u2" }],
  ["GET", "/workspaces/w1/secrets/TOKEN/value", { as: "agent" }],
  ["PUT", "/workspaces/w1/secrets/upsert", { as: "agent", body: { key: "TOKEN", value: "x" } }],
  ["PUT", "/workspaces/w1/secrets/TOKEN/policy", { as: "agent", body: { policy: null } }],
  ["GET", "/workspaces/w1/secrets/TOKEN/policy", { as: "u1" }],
  ["POST", "/workspaces/w1/requests", { as: "u1", body: { variables: [{ key: "NEW" }] } }],
  ["GET", "/workspaces/w1/requests", { as: "u1" }],
  ["GET", "/requests/req_0000000000000000000000", { as: "u1" }],
  ["DELETE", "/workspaces/w1/secrets/TOKEN", { as: "u1" }],
  ["DELETE", "/workspaces/w1/secrets/TOKEN", { as: "u1" }],
  ["GET", "/workspaces/w1/secrets", {}],
  ["POST", "/workspaces/w1/secrets", { body: { key: "X", value: "x" } }],
  ["POST", "/workspaces/w1/secrets", { as: "u1", headers: { "content-type": "text/plain" }, body: "key=X&value=x" }],
]

const GRANTS: Record<string, { kind: PrincipalKind; grants: Grant[] }> = {
  u1: { kind: "person", grants: [grant("w1", "list", "reveal", "write", "audit", "admin", "request")] },
  u2: { kind: "person", grants: [grant("w2", "list", "reveal", "write", "audit", "admin", "request")] },
}

describe.each(["express", "fastify"] as const)("sotto/nestjs on %s", (adapter: Adapter) => {
  let server: TestServer
  let nest: NestApp
  const tokens: Record<string, string> = {}

  beforeEach(async () => {
    server = await openTestServer()
    for (const [name, { kind, grants }] of Object.entries(GRANTS)) tokens[name] = await server.token(grants, kind)
    tokens.agent = await server.token([grant("w1", "list", "request")], "agent")
    await server.call("POST", "/workspaces", { token: tokens.u1, body: { id: "w1" } })
    const store = await openStore({ database: "memory:", keys: RING, audit: { reads: "on" } })
    await store.put({ namespace: "w1", name: "SEED", value: "x" })
    await store.remove({ namespace: "w1", name: "SEED" })
    const authorize = ({ headers }: { headers: { authorization?: string } }): Caller | null => {
      const name = Object.keys(tokens).find((each) => headers.authorization === `Bearer ${tokens[each] as string}`)
      if (name === undefined) return null
      if (name === "agent") return { id: name, kind: "agent", owner: "u1", grants: [grant("w1", "list", "reveal", "write", "request")] }
      return { id: name, grants: GRANTS[name]?.grants ?? [] }
    }
    nest = await openNestApp(adapter, { imports: [SecretsModule.forRoot({ store, authorize })] })
  })
  afterEach(async () => {
    await nest.close()
    await server.close()
  })

  it("answers as Sotto's own server does, request for request", async () => {
    const told: { step: string; answer: unknown }[] = []
    const wanted: typeof told = []
    for (const [method, path, { as, ...sent } = {}] of STEPS) {
      const step = `${method} ${path} ${JSON.stringify(sent.body) ?? ""} as ${as ?? "nobody"}`
      const request = { ...sent, ...(as !== undefined && { token: tokens[as] }) }
      wanted.push({ step, answer: comparable(await server.call(method, path, request)) })
      told.push({ step, answer: comparable(await nest.call(method, path, request)) })
    }
    expect(told).toEqual(wanted)
    expect(new Set(told.map(({ answer }) => (answer as Answer).status))).toEqual(new Set([200, 201, 400, 401, 403, 404, 409, 415]))
  })
})

/** Ids and times differ between two stores; the form's address is the server's own. */
const comparable = ({ status, body, headers }: Answer): unknown => ({
  status,
  cache: headers["cache-control"],
  body: JSON.parse(
    JSON.stringify(body ?? null, (key, value: unknown) => {
      if (key === "url") return undefined
      if (["id", "secretId", "requestId", "createdAt", "updatedAt", "expiresAt", "lastUsedAt", "principal", "requester", "continueCursor"].includes(key)) return typeof value
      return value
    }),
  ) as unknown,
})
