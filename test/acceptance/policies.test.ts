import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { StoreContext } from "../../src/core/context.ts"
import { listEvents } from "../../src/core/list-events.ts"
import { listAgentKeys } from "../../src/core/policy/list-agent-keys.ts"
import { noteMasked } from "../../src/core/policy/note-masked.ts"
import { allowUse, setPolicy, showPolicy } from "../../src/core/policy/set-policy.ts"
import type { ExecRule } from "../../src/core/policy/policy-shape.ts"
import type { UseCall } from "../../src/core/policy/use-call.ts"
import { useSecrets } from "../../src/core/policy/use-secrets.ts"
import { SecretError } from "../../src/base/errors.ts"
import { PERMISSIONS } from "../../src/core/principal.ts"
import { put } from "../../src/core/put.ts"
import { remove } from "../../src/core/remove.ts"
import { answerRequest } from "../../src/core/requests/answer-request.ts"
import { createRequest } from "../../src/core/requests/create-request.ts"
import { getRequest } from "../../src/core/requests/read-requests.ts"
import { cancelRequest, declineRequest } from "../../src/core/requests/close-request.ts"
import { createDatabases } from "../engines.ts"
import { openTestContext, type TestContext } from "../open-test-context.ts"

const freshDatabase = createDatabases()
const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"

describe.each(["sqlite file", "postgres"] as const)("policies on %s", (engine) => {
  let store: TestContext
  let agent: StoreContext
  let alice: StoreContext

  const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => "done", (error: unknown) => (error as { code: string }).code)
  const call = (line: string, session = "s1"): UseCall<string> => ({
    tool: "exec",
    line,
    logged: line,
    digest: line,
    session,
    decide: (policy) => {
      const rule = policy.exec.find(({ program }) => program === line)
      if (rule === undefined) throw new SecretError("forbidden", "no rule")
      return rule.program
    },
  })
  const use = (line: string, session?: string) => useSecrets(agent, { keys: ["A"], call: call(line, session) })
  const requestOf = (answer: Awaited<ReturnType<typeof use>>): string => (answer.status === "granted" ? "none" : answer.request.requestId)

  beforeEach(async () => {
    store = await openTestContext(await freshDatabase(engine))
    alice = { ...store.ctx, actor: { principal: { kind: "person", id: "alice", name: "alice" }, grants: [{ pattern: "*", permissions: PERMISSIONS }] } }
    agent = {
      ...store.ctx,
      actor: { principal: { kind: "agent", id: "agent-1", name: "agent" }, owner: "alice", grants: [{ pattern: "*", permissions: ["list", "use", "request"] }] },
    }
    await put(alice, { name: "A", value: CANARY })
  })
  afterEach(() => store.close())

  it("are off for agents: a secret without one is refused like one that is not there", async () => {
    const refused = async (key: string): Promise<string> =>
      useSecrets(agent, { keys: [key], call: call("/bin/a") }).then(() => "done", (error: unknown) => `${(error as SecretError).code}: ${(error as SecretError).message.replace(key, "KEY")}`)
    expect(await refused("A")).toBe(await refused("MISSING"))
    expect(await refused("A")).toMatch(/^forbidden/)
  })

  it("are changed by people alone, whatever else may be permitted to others", async () => {
    const service: StoreContext = { ...store.ctx, actor: { principal: { kind: "service", id: "ci", name: "ci" }, grants: [{ pattern: "*", permissions: PERMISSIONS }] } }
    for (const other of [service, agent]) {
      expect(await codeOf(setPolicy(other, { name: "A", policy: { approval: "never" } }))).toBe("forbidden")
      expect(await codeOf(allowUse(other, { name: "A", exec: { program: "/bin/a" } }))).toBe("forbidden")
    }
    expect((await allowUse(alice, { name: "A", exec: { program: "/bin/a" } })).policy).toEqual({
      http: [], exec: [{ program: "/bin/a", args: [], network: "none" }], approval: "every-use",
    })
  })

  it("put no secret into a header that steers the request", async () => {
    const rule = (name: string) => ({ host: "api.example.com", methods: ["GET" as const], paths: ["/**"], place: { in: "header" as const, name } })
    for (const name of ["Host", "connection", "Transfer-Encoding", "x-forwarded-host", "X-HTTP-Method-Override", "content-length"])
      expect(await codeOf(allowUse(alice, { name: "A", http: rule(name) }))).toBe("invalid_argument")
    expect(await codeOf(allowUse(alice, { name: "A", http: rule("x-api-key") }))).toBe("done")
  })

  it("ask a person at every use, and one approval is good for that one call", async () => {
    await allowUse(alice, { name: "A", exec: { program: "/bin/a" } })
    await allowUse(alice, { name: "A", exec: { program: "/bin/b" } })
    const first = await use("/bin/a")
    expect(first).toMatchObject({ status: "pending", request: { kind: "approve", call: "/bin/a" } })
    expect(requestOf(await use("/bin/a"))).toBe(requestOf(first))
    await answerRequest(alice, { requestId: requestOf(first) })
    expect(await use("/bin/b")).toMatchObject({ status: "pending" })
    const granted = await use("/bin/a")
    expect(granted).toMatchObject({ status: "granted", secrets: [{ key: "A", rule: "/bin/a" }] })
    expect(JSON.stringify(granted)).not.toContain(CANARY)
    expect(granted.status === "granted" && granted.secrets[0]?.value.reveal()).toBe(CANARY)
    const again = await use("/bin/a")
    expect(again).toMatchObject({ status: "pending" })
    expect(requestOf(again)).not.toBe(requestOf(first))
  })

  it("let two calls at once spend one approval once", async () => {
    await allowUse(alice, { name: "A", exec: { program: "/bin/a" } })
    await answerRequest(alice, { requestId: requestOf(await use("/bin/a")) })
    const answers = await Promise.all([use("/bin/a"), use("/bin/a"), use("/bin/a")])
    expect(answers.map(({ status }) => status).toSorted()).toEqual(["granted", "pending", "pending"])
  })

  it("let an approval be spent once by calls that all saw it unspent", async () => {
    await allowUse(alice, { name: "A", exec: { program: "/bin/a" } })
    const sixAtOnce = () => Promise.all(Array.from({ length: 6 }, () => use("/bin/a")))
    await sixAtOnce() // from here on each has a connection
    for (let round = 0; round < 5; round++) {
      await answerRequest(alice, { requestId: requestOf(await use("/bin/a")) })
      expect((await sixAtOnce()).filter(({ status }) => status === "granted")).toHaveLength(1)
    }
  })

  it("are asked at each use of what was ticked in a form, whatever they said before", async () => {
    await allowUse(alice, { name: "A", exec: { program: "/bin/a" }, approval: "never" })
    const { requestId = "" } = await createRequest(agent, { variables: [{ key: "A" }], use: [{ key: "A", exec: { program: "/bin/b" } }] })
    await answerRequest(alice, { requestId, allow: [0] })
    expect(await use("/bin/b")).toMatchObject({ status: "pending", request: { scope: "once" } })
  })

  it("take no approval over to what a changed rule lets a call do", async () => {
    const call = (): UseCall<ExecRule> => ({ tool: "exec", line: "/bin/a", logged: "/bin/a", digest: "/bin/a", session: "s1", decide: ({ exec }) => exec[0] as ExecRule })
    await setPolicy(alice, { name: "A", policy: { exec: [{ program: "/bin/a" }] } })
    const asked = await useSecrets(agent, { keys: ["A"], call: call() })
    await setPolicy(alice, { name: "A", policy: { exec: [{ program: "/bin/a", network: "host" }] } })
    await answerRequest(alice, { requestId: asked.status === "granted" ? "none" : asked.request.requestId })
    expect(await useSecrets(agent, { keys: ["A"], call: call() })).toMatchObject({ status: "pending" })
  })

  it("count the approval of the one who answers for an agent, and of nobody whose agent goes by the same name", async () => {
    const bobs: StoreContext = { ...agent, actor: { ...agent.actor, owner: "bob" } }
    const useAs = (who: StoreContext) => useSecrets(who, { keys: ["A"], call: call("/bin/a") })
    await allowUse(alice, { name: "A", exec: { program: "/bin/a" } })
    const asked = requestOf(await useAs(agent))
    expect(requestOf(await useAs(bobs))).not.toBe(asked)
    expect(await codeOf(getRequest(bobs, { requestId: asked }))).toBe("not_found")
    expect(await codeOf(cancelRequest(bobs, { requestId: asked }))).toBe("not_found")
    await answerRequest(alice, { requestId: asked })
    expect(await useAs(bobs)).toMatchObject({ status: "pending" })
    expect(await useAs(agent)).toMatchObject({ status: "granted" })
  })

  it("ask once for a session where they say so, and never where they say that", async () => {
    await allowUse(alice, { name: "A", exec: { program: "/bin/a" }, approval: "session" })
    await answerRequest(alice, { requestId: requestOf(await use("/bin/a", "s1")) })
    expect([(await use("/bin/a", "s1")).status, (await use("/bin/a", "s1")).status]).toEqual(["granted", "granted"])
    expect(await use("/bin/a", "s2")).toMatchObject({ status: "pending" })
    await allowUse(alice, { name: "A", approval: "never" })
    expect(await use("/bin/a", "s2")).toMatchObject({ status: "granted" })
  })

  it("do not carry an approval over to another day: it ends with its request", async () => {
    await allowUse(alice, { name: "A", exec: { program: "/bin/a" } })
    await answerRequest(alice, { requestId: requestOf(await use("/bin/a")) })
    store.clock.now += 600_000
    expect(await use("/bin/a")).toMatchObject({ status: "pending" })
    await declineRequest(alice, { requestId: requestOf(await use("/bin/a")) })
    expect(await use("/bin/a")).toMatchObject({ status: "pending" })
  })

  it("refuse what no rule covers before anybody is asked, and end when they say", async () => {
    await allowUse(alice, { name: "A", exec: { program: "/bin/a" }, approval: "never", expiresAt: store.clock.now + 1_000 })
    expect(await codeOf(use("/bin/other"))).toBe("forbidden")
    expect((await use("/bin/a")).status).toBe("granted")
    store.clock.now += 1_000
    expect(await codeOf(use("/bin/a"))).toBe("forbidden")
  })

  it("agents 26: give no value under twelve bytes to an agent", async () => {
    await put(alice, { name: "A", value: "elevenbytes" })
    await allowUse(alice, { name: "A", exec: { program: "/bin/a" }, approval: "never" })
    expect(await codeOf(use("/bin/a"))).toBe("forbidden")
  })

  it("stay with a secret through new values, and go with it", async () => {
    await allowUse(alice, { name: "A", exec: { program: "/bin/a" }, approval: "never" })
    await put(alice, { name: "A", value: `${CANARY}2` })
    expect((await use("/bin/a")).status).toBe("granted")
    await remove(alice, { name: "A" })
    await put(alice, { name: "A", value: CANARY })
    expect((await showPolicy(alice, { name: "A" })).policy).toBeNull()
  })

  it("suspend a secret whose value stood five times in results within an hour, until a person allows it again", async () => {
    await allowUse(alice, { name: "A", exec: { program: "/bin/a" }, approval: "never" })
    expect(await noteMasked(agent, { hits: { A: 2 } })).toEqual([])
    store.clock.now += 3_600_001
    expect(await noteMasked(agent, { hits: { A: 4 } })).toEqual([])
    expect((await use("/bin/a")).status).toBe("granted")
    expect(await noteMasked(agent, { hits: { A: 1 } })).toEqual(["A"])
    expect(await codeOf(use("/bin/a"))).toBe("forbidden")
    const types = (await listEvents(alice, { name: "A", paginationOpts: { numItems: 10, cursor: null } })).page.map(({ type }) => type)
    expect(types).toContain("use_suspended")
    await allowUse(alice, { name: "A" })
    expect((await use("/bin/a")).status).toBe("granted")
  })

  it("put every use on record before a value leaves, with the call and without a value", async () => {
    await allowUse(alice, { name: "A", exec: { program: "/bin/a" }, approval: "never" })
    await use("/bin/a")
    const [event] = (await listEvents(alice, { name: "A", paginationOpts: { numItems: 1, cursor: null } })).page
    expect(event).toMatchObject({ type: "used", principal: { id: "agent-1" }, metadata: { tool: "exec", call: "/bin/a" } })
  })

  it("agents 17, loopstack B1: list names and what may be done with them, and nothing that depends on a value", async () => {
    await put(alice, { name: "B", value: "x", metadata: { description: "for the tests", other: "not shown" } })
    await put(alice, { name: "EMPTY", value: "" })
    await allowUse(alice, { name: "A", http: { host: "api.example.com", methods: ["GET"], paths: ["/**"], place: { in: "basic", user: "u" } } })
    const listed = await listAgentKeys(agent, {})
    const facts = { version: 1, updatedAt: store.clock.now, use: [] }
    expect(listed).toEqual({
      keys: [
        { ...facts, key: "A", hasValue: true, use: ["http"], hosts: ["api.example.com"] },
        { ...facts, key: "B", hasValue: true, description: "for the tests" },
        { ...facts, key: "EMPTY", hasValue: false },
      ],
    })
    await put(alice, { name: "B", value: "a much longer value than it had before", metadata: { description: "for the tests" } })
    const again = await listAgentKeys(agent, {})
    expect(again.keys[1]).toEqual({ ...facts, key: "B", hasValue: true, description: "for the tests", version: 2 })
  })

  it("agents 18, loopstack B2: an agent sees the keys of its workspace, and none of another", async () => {
    const elsewhere = { ...agent, actor: { ...agent.actor, grants: [{ pattern: "acme", permissions: ["list" as const] }] } }
    expect(await codeOf(listAgentKeys(elsewhere, {}))).toBe("not_found")
    await put(alice, { namespace: "acme", name: "OTHER", value: CANARY })
    expect((await listAgentKeys(elsewhere, { namespace: "acme" })).keys.map(({ key }) => key)).toEqual(["OTHER"])
  })
})
