import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { grant } from "../../test/open-test-context.ts"
import { openTestServer, type Answer, type TestServer } from "../../test/open-test-server.ts"
import type { Route } from "../api/route.ts"
import { routes, type RouteName } from "../api/routes.ts"
import { PERMISSIONS, type Permission } from "../core/principal.ts"
import { listEvents } from "../core/list-events.ts"

/** A request to each route that the fullest token may make; `:w` is filled in by the test. */
const EXAMPLES: Record<RouteName, { query?: string; body?: (w: string) => unknown; id?: "token" | "session" | "secret" | "key" }> = {
  openApi: {},
  health: {},
  readiness: {},
  listSecrets: {},
  createSecret: { body: () => ({ key: "NEW", value: "x" }) },
  upsertSecret: { body: () => ({ key: "A", value: "x" }) },
  putSecrets: { body: () => ({ secrets: [{ key: "A", value: "x" }] }) },
  revealSecrets: { body: () => ({ keys: ["A"] }) },
  updateSecret: { body: () => ({ value: "x" }) },
  removeSecret: {},
  revealSecret: {},
  listVersions: {},
  rollbackSecret: { body: () => ({ version: 1 }) },
  listWorkspaces: {},
  createWorkspace: { body: (id) => ({ id }) },
  deleteWorkspace: {},
  listEvents: {},
  activity: { query: "?since=0&until=100&spans=10" },
  listStoreEvents: {},
  streamEvents: { query: "?workspace=:w" },
  keyringStatus: {},
  addKey: {},
  retireKey: { id: "key" },
  startRotation: { body: () => ({}) },
  rotationProgress: {},
  cleanUp: { body: () => ({}) },
  listTokens: {},
  createToken: { body: () => ({ kind: "agent", name: "x", grants: [{ pattern: "acme:1", permissions: ["list"] }] }) },
  revokeToken: { id: "token" },
  me: {},
  createLink: { body: () => ({ grants: [{ pattern: "acme:1", permissions: ["list"] }] }) },
  signIn: { body: () => ({ code: "x" }) },
  signOut: {},
  listSessions: {},
  endSession: { id: "session" },
  createRequest: { body: () => ({ variables: [{ key: "A" }] }) },
  listRequests: {},
  getRequest: {},
  cancelRequest: {},
  answerRequest: { body: () => ({ values: { A: "x" } }) },
  declineRequest: {},
  createPairingCode: {},
  showPolicy: {},
  setPolicy: { body: () => ({ policy: null }) },
  allowUse: { body: () => ({ approval: "never" }) },
  agentRules: {},
  startWorkflow: { body: () => ({ name: "steps" }) },
  workflowStatus: {},
  workflowDocuments: {},
  resumeWorkflow: { body: () => ({ transition: "x" }) },
  cancelWorkflow: {},
  setAgentRules: { body: () => ({ keys: ["A"] }) },
  addEnvironment: { body: () => ({ name: "staging" }) },
  listEnvironments: {},
  environmentStatus: {},
  removeEnvironment: {},
  enrollEnvironment: {},
  syncEnvironment: { body: () => ({}) },
  pollSandbox: { body: () => ({ hello: { body: {}, proof: "" } }) },
  replySandbox: { body: () => ({ kind: "receipt", statement: { body: {}, proof: "" } }) },
}

const names = Object.keys(routes) as RouteName[]
const routeOf = (name: RouteName): Route => routes[name]
const needing = (on: string): RouteName[] =>
  names.filter((name) => {
    const { access } = routeOf(name)
    return "on" in access && access.on === on
  })
const permissionOf = (name: RouteName): Permission => routeOf(name).access.needs as Permission
const allBut = (permission: Permission): Permission[] => PERMISSIONS.filter((each) => each !== permission)

let server: TestServer

beforeEach(async () => {
  server = await openTestServer()
  const all = await server.token([grant("*", ...PERMISSIONS)])
  for (const w of ["acme:1", "beta:1"]) await server.call("POST", `/workspaces/${w}/secrets`, { token: all, body: { key: "A", value: "secret" } })
})
afterEach(() => server.close())

const request = (name: RouteName, token: string | undefined, w = "acme:1", ref = "A"): Promise<Answer> => {
  const route = routeOf(name)
  const { query = "", body } = EXAMPLES[name]
  const path = (route.path + query).replaceAll(":w", w).replace(":ref", ref).replace(":version", "1").replace(":id", "nobody").replace(":name", "staging")
  return server.call(route.method, (route.isAtRoot ? "." : "") + path, { token, ...(body && { body: body(w) }) })
}

/** All that a refusal must leave as it was. */
const everything = async (): Promise<string> => {
  const { storage } = server.store.ctx
  const [secrets, versions, workspaces, tokens, sessions, keys] = await Promise.all([
    storage.all("dumpSecrets", { afterId: new Uint8Array(), limit: 100 }),
    storage.all("dumpVersions", { afterSecretId: new Uint8Array(), afterNumber: 0, limit: 100 }),
    storage.all("listWorkspaces", {}),
    storage.all("listTokens", {}),
    storage.all("listSessions", {}),
    storage.all("listKeyVersions", {}),
  ])
  const untouched = tokens.map((row) => ({ ...row, lastUsedAt: null, tag: null }))
  return JSON.stringify([secrets, versions, workspaces, untouched, sessions, keys])
}

const comparable = ({ status, text, headers }: Answer, w: string) => {
  const rest = { ...headers, "x-request-id": null, date: null }
  return { status, text: text.replaceAll(w, "W"), headers: rest }
}

describe("without credentials", () => {
  it.each(names.filter((name) => routeOf(name).access.needs !== "nothing"))("%s is refused", async (name) => {
    const answer = await request(name, undefined)
    expect([answer.status, answer.body.code]).toEqual([401, "unauthorized"])
  })

  it.each(["openApi", "health", "readiness"] as const)("%s answers", async (name) => {
    expect((await request(name, undefined)).status).toBe(200)
  })
})

describe("inside one's pattern, without the permission", () => {
  it.each(needing("workspace"))("%s is forbidden and changes nothing", async (name) => {
    const token = await server.token([grant("acme:*", ...allBut(permissionOf(name)))])
    const before = await everything()
    for (const w of ["acme:1", "acme:2"]) {
      const answer = await request(name, token, w)
      expect([answer.status, answer.body.code]).toEqual([403, "forbidden"])
    }
    expect(await everything()).toBe(before)
  })

  it.each(needing("any workspace"))("%s is forbidden", async (name) => {
    const token = await server.token([grant("*", ...allBut("list"))])
    expect((await request(name, token)).status).toBe(403)
  })
})

describe("outside one's pattern", () => {
  it.each([...needing("workspace"), "streamEvents" as const])("%s answers the same whether it is there or not, and changes nothing", async (name) => {
    const token = await server.token([grant("acme:*", ...PERMISSIONS)])
    const before = await everything()
    const there = await request(name, token, "beta:1")
    const notThere = await request(name, token, "beta:2")
    const noSuchKey = await request(name, token, "beta:1", "B")
    expect(there.status).toBe(404)
    expect(there.body.message).toEqual(["Workspace with ID beta:1 not found"])
    expect(comparable(notThere, "beta:2")).toEqual(comparable(there, "beta:1"))
    expect(comparable(noSuchKey, "beta:1")).toEqual(comparable(there, "beta:1"))
    expect(await everything()).toBe(before)
  })

  it("a workspace of one's own that is not there reads as one that is not one's own", async () => {
    const token = await server.token([grant("acme:*", ...PERMISSIONS)])
    const mine = await request("listSecrets", token, "acme:2")
    expect(comparable(await request("listSecrets", token, "beta:1"), "beta:1")).toEqual(comparable(mine, "acme:2"))
  })
})

describe("the store as a whole", () => {
  it.each(needing("store"))("%s wants the permission on all workspaces", async (name) => {
    const before = await everything()
    const local = await server.token([grant("acme:*", ...PERMISSIONS)])
    const lacking = await server.token([grant("*", ...allBut(permissionOf(name)))])
    const tokens = JSON.parse(before) as unknown[]
    for (const token of [local, lacking]) {
      const answer = await request(name, token)
      expect([answer.status, answer.body.code]).toEqual([403, "forbidden"])
    }
    const after = JSON.parse(await everything()) as unknown[]
    expect(after.toSpliced(3, 1)).toEqual(tokens.toSpliced(3, 1))
  })
})

describe("with the permission", () => {
  it.each(names.filter((name) => "on" in routeOf(name).access && name !== "streamEvents"))("%s is served", async (name) => {
    const forPeople = ["setPolicy", "allowUse", "setAgentRules"].includes(name)
    const token = await server.token([grant("*", permissionOf(name), "list")], forPeople ? "person" : "service")
    const w = name === "createWorkspace" ? "acme:2" : "acme:1"
    const { status } = await request(name, token, w)
    const expected: Partial<Record<RouteName, number>> = {
      revokeToken: 404, endSession: 404, addKey: 409, retireKey: 409, startWorkflow: 409,
      addEnvironment: 403, enrollEnvironment: 403, // they need `reveal` besides
      environmentStatus: 404, removeEnvironment: 404, syncEnvironment: 404, // there is no such environment
    }
    expect(status).toBe(expected[name] ?? routeOf(name).status)
  })

  it("a refusal leaves an event that says who wanted what", async () => {
    const token = await server.token([grant("acme:*", "list")])
    await request("removeSecret", token)
    const { page } = await listEvents(server.store.ctx, { namespace: "acme:1", type: "denied", paginationOpts: { numItems: 1, cursor: null } })
    expect(page).toMatchObject([{ type: "denied", metadata: { operation: "remove", permission: "write" } }])
  })

  it("a method that the contract does not have lets nobody in", async () => {
    for (const method of ["HEAD", "OPTIONS", "PATCH"] as const)
      for (const path of ["/workspaces/acme:1/secrets/A/value", "/workspaces", "/tokens", "./", "./healthz"])
        expect([method, path, (await server.call(method, path)).status]).toEqual([method, path, 404])
  })

  it("agents reveal nothing, whatever their token says", async () => {
    const token = await server.token([grant("acme:*", "list", "use", "request", "audit")], "agent")
    expect((await request("listSecrets", token)).status).toBe(200)
    for (const name of ["revealSecret", "revealSecrets", "createSecret", "removeSecret", "deleteWorkspace"] as const)
      expect((await request(name, token)).status).toBe(403)
  })
})
