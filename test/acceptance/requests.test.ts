import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createWorkspace } from "../../src/core/access/create-workspace.ts"
import { deleteWorkspace } from "../../src/core/access/delete-workspace.ts"
import type { StoreContext } from "../../src/core/context.ts"
import { getOrThrow } from "../../src/core/get.ts"
import { listEvents } from "../../src/core/list-events.ts"
import { setAgentRules } from "../../src/core/policy/agent-rules.ts"
import { showPolicy } from "../../src/core/policy/set-policy.ts"
import type { RequestRow } from "../../src/core/ports/rows.ts"
import { PERMISSIONS } from "../../src/core/principal.ts"
import { put } from "../../src/core/put.ts"
import { answerRequest } from "../../src/core/requests/answer-request.ts"
import { cancelRequest, declineRequest } from "../../src/core/requests/close-request.ts"
import { createRequest, type CreatedRequest } from "../../src/core/requests/create-request.ts"
import { authenticateForm, createPairingCode, redeemPairingCode } from "../../src/core/requests/pairing-code.ts"
import { getRequest, listRequests } from "../../src/core/requests/read-requests.ts"
import { rotate } from "../../src/core/rotate.ts"
import { openContext } from "../../src/store/open-context.ts"
import { createClient } from "../../src/client/create-client.ts"
import { listen } from "../../src/server/listen.ts"
import { openTestServer } from "../open-test-server.ts"
import { createDatabases, K } from "../engines.ts"
import { openTestContext, type TestContext } from "../open-test-context.ts"

const freshDatabase = createDatabases()

/** What a person gave must not be able to hide: no two values share a part of this length. */
const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"

const HTTP = {
  host: "api.example.com", methods: ["GET" as const], paths: ["/v1/*"],
  place: { in: "header" as const, name: "authorization", template: "Bearer {value}" }, response: "status" as const,
}

describe.each(["sqlite file", "postgres"] as const)("requests on %s", (engine) => {
  let store: TestContext
  let agent: StoreContext
  let alice: StoreContext
  let bob: StoreContext

  const personCtx = (id: string): StoreContext => ({
    ...store.ctx, actor: { principal: { kind: "person", id, name: id }, grants: [{ pattern: "*", permissions: PERMISSIONS }] },
  })
  const agentCtx = (id: string, owner: string, pattern = "*"): StoreContext => ({
    ...store.ctx,
    actor: { principal: { kind: "agent", id, name: id }, owner, grants: [{ pattern, permissions: ["list", "use", "request"] }] },
  })
  const ask = (...keys: string[]): Promise<CreatedRequest> => createRequest(agent, { variables: keys.map((key) => ({ key })) })
  const idOf = (request: CreatedRequest): string => request.requestId ?? "none"
  const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => "done", (error: unknown) => (error as { code: string }).code)

  beforeEach(async () => {
    store = await openTestContext(await freshDatabase(engine))
    agent = agentCtx("agent-1", "alice")
    alice = personCtx("alice")
    bob = personCtx("bob")
  })
  afterEach(() => store.close())

  it("agents 1: a person fills one key and skips the other: partial, one provided and one missing, the value nowhere", async () => {
    const request = await ask("A", "B")
    expect(request).toMatchObject({ status: "pending", provided: [], missing: ["A", "B"] })
    await answerRequest(alice, { requestId: idOf(request), values: { A: CANARY }, skip: ["B"] })
    const seen = await getRequest(agent, { requestId: idOf(request) })
    expect(seen).toMatchObject({ status: "partial", provided: ["A"], missing: ["B"], declined: ["B"] })
    expect(JSON.stringify(seen)).not.toContain(CANARY)
    expect(await getOrThrow(alice, { name: "A" })).toMatchObject({ value: CANARY, version: 1 })
  })

  it("agents 2, loopstack B22: a person declines: nothing is stored, and asking again makes a new request", async () => {
    const first = await ask("A")
    await declineRequest(alice, { requestId: idOf(first) })
    expect(await getRequest(agent, { requestId: idOf(first) })).toMatchObject({ status: "declined", provided: [], missing: ["A"] })
    expect(await codeOf(getOrThrow(alice, { name: "A" }))).toBe("not_found")
    const second = await ask("A")
    expect(second).toMatchObject({ status: "pending" })
    expect(second.requestId).not.toBe(first.requestId)
  })

  it("agents 3, loopstack B20: an empty answer stores nothing and claims nothing; skipping all ends it as partial with what is missing", async () => {
    const request = await ask("A", "B")
    expect(await codeOf(answerRequest(alice, { requestId: idOf(request) }))).toBe("invalid_argument")
    expect(await codeOf(answerRequest(alice, { requestId: idOf(request), values: { A: "" } }))).toBe("invalid_argument")
    expect(await getRequest(agent, { requestId: idOf(request) })).toMatchObject({ status: "pending", provided: [] })
    const answered = await answerRequest(alice, { requestId: idOf(request), skip: ["A", "B"] })
    expect(answered).toMatchObject({ status: "partial", stored: [], kept: [], missing: ["A", "B"] })
  })

  it("agents 4: keys that are set are provided at once and keep their version, unless they are to be replaced", async () => {
    await put(alice, { name: "A", value: CANARY })
    const request = await ask("A")
    expect(request).toMatchObject({ status: "provided", provided: ["A"], missing: [] })
    expect(request).not.toHaveProperty("requestId")
    expect(await listRequests(alice, {})).toEqual([])
    const replacing = await createRequest(agent, { variables: [{ key: "A" }], replace: true })
    expect(replacing).toMatchObject({ status: "pending", missing: ["A"] })
    expect(await getOrThrow(alice, { name: "A" })).toMatchObject({ version: 1 })
    await answerRequest(alice, { requestId: idOf(replacing), values: { A: `${CANARY}2` } })
    expect(await getRequest(agent, { requestId: idOf(replacing) })).toMatchObject({ status: "provided" })
  })

  it("agents 5: stores byte for byte what was given", async () => {
    const values = { A: " \tleading and trailing \n", B: `-----BEGIN KEY-----\n${"x".repeat(4096)}\n-----END KEY-----\n`, C: "🔑'\"$\\`" }
    const request = await ask("A", "B", "C")
    await answerRequest(alice, { requestId: idOf(request), values })
    for (const [name, value] of Object.entries(values)) expect((await getOrThrow(alice, { name })).value).toBe(value)
  })

  it("loopstack B21: a key that is set and left blank is kept, and the answer says so", async () => {
    await put(alice, { name: "A", value: CANARY })
    const request = await ask("A", "B")
    expect(await answerRequest(alice, { requestId: idOf(request), values: { B: CANARY } })).toMatchObject({
      status: "provided", stored: ["B"], kept: ["A"], missing: [],
    })
    expect(await getOrThrow(alice, { name: "A" })).toMatchObject({ version: 1 })
  })

  it("loopstack B23, agents 13: of two answers sent at once one counts, and the other stores nothing", async () => {
    const request = await ask("A")
    const answers = await Promise.all([1, 2].map((n) => codeOf(answerRequest(alice, { requestId: idOf(request), values: { A: `${CANARY}${n}` } }))))
    expect(answers.toSorted()).toEqual(["done", "request_closed"])
    expect(await getOrThrow(alice, { name: "A" })).toMatchObject({ version: 1 })
  })

  it("loopstack B24: an answer after the request was cancelled is refused and stores nothing", async () => {
    const request = await ask("A")
    await cancelRequest(agent, { requestId: idOf(request) })
    expect(await codeOf(answerRequest(alice, { requestId: idOf(request), values: { A: CANARY } }))).toBe("request_closed")
    expect(await codeOf(getOrThrow(alice, { name: "A" }))).toBe("not_found")
    expect(await getRequest(agent, { requestId: idOf(request) })).toMatchObject({ status: "cancelled" })
  })

  it("loopstack B26: one value that cannot be stored stores none, and the request stays open", async () => {
    const request = await ask("A", "B", "C")
    const values = { A: CANARY, B: "x".repeat(65_537), C: CANARY }
    expect(await codeOf(answerRequest(alice, { requestId: idOf(request), values }))).toBe("value_too_large")
    expect(await getRequest(agent, { requestId: idOf(request) })).toMatchObject({ status: "pending", provided: [] })
  })

  it("loopstack B27: no keys, 51 keys and keys that are no names are refused; duplicates are one", async () => {
    expect(await codeOf(ask())).toBe("invalid_argument")
    expect(await codeOf(ask(...Array.from({ length: 51 }, (_, i) => `K${i}`)))).toBe("invalid_argument")
    for (const key of ["A B", "A=B", "1A", "A\nB", ""]) expect(await codeOf(ask(key))).toBe("invalid_argument")
    expect(await ask("A", "A", "A")).toMatchObject({ missing: ["A"] })
  })

  it("loopstack B27, A31: keys outside of the workspace's list and names that command programs are refused", async () => {
    for (const key of ["NODE_OPTIONS", "LD_PRELOAD", "PATH"]) expect(await codeOf(ask(key))).toBe("forbidden")
    await setAgentRules(alice, { rules: { keys: ["STRIPE_*"], reserved: ["NODE_OPTIONS"] } })
    expect(await codeOf(ask("OTHER"))).toBe("forbidden")
    expect(await ask("STRIPE_KEY")).toMatchObject({ status: "pending" })
    expect(await codeOf(ask("NODE_OPTIONS"))).toBe("forbidden") // allowed by name, and still outside of the list
    await setAgentRules(alice, { rules: { reserved: ["NODE_OPTIONS"] } })
    expect(await ask("NODE_OPTIONS")).toMatchObject({ status: "pending" })
    expect(await codeOf(setAgentRules(agent, { rules: {} }))).toBe("forbidden")
  })

  it("agents 14: after ten minutes a request has expired for both sides", async () => {
    const request = await ask("A")
    store.clock.now += 599_999
    expect(await getRequest(agent, { requestId: idOf(request) })).toMatchObject({ status: "pending" })
    store.clock.now += 1
    expect(await getRequest(agent, { requestId: idOf(request) })).toMatchObject({ status: "expired" })
    expect(await codeOf(answerRequest(alice, { requestId: idOf(request), values: { A: CANARY } }))).toBe("request_closed")
    expect((await ask("A")).requestId).not.toBe(request.requestId)
  })

  it("agents 12: is not found by anybody but the asker and the person who is asked", async () => {
    const request = await ask("A")
    const requestId = idOf(request)
    for (const other of [bob, agentCtx("agent-2", "alice"), agentCtx("agent-3", "bob")]) {
      expect(await codeOf(getRequest(other, { requestId }))).toBe("not_found")
      expect(await codeOf(answerRequest(other, { requestId, values: { A: CANARY } }))).toBe("not_found")
      expect(await codeOf(declineRequest(other, { requestId }))).toBe("not_found")
      expect(await codeOf(cancelRequest(other, { requestId }))).toBe("not_found")
      expect(await codeOf(createPairingCode(other, { requestId }))).toBe("not_found")
    }
    expect(await codeOf(answerRequest(agent, { requestId, values: { A: CANARY } }))).toBe("not_found")
    expect(await codeOf(createPairingCode(agent, { requestId }))).toBe("not_found")
    expect(await listRequests(bob, {})).toEqual([])
    expect(await listRequests(alice, {})).toMatchObject([{ requestId, status: "pending", requester: { id: "agent-1" } }])
    expect(await codeOf(answerRequest({ ...alice, actor: { ...alice.actor, grants: [{ pattern: "*", permissions: ["list"] }] } }, { requestId, values: { A: CANARY } }))).toBe("forbidden")
  })

  it("is one for the same open question of one caller, also when it is asked twice at once", async () => {
    const [first, second] = await Promise.all([ask("A", "B"), ask("B", "A")])
    expect(first.requestId).toBe(second.requestId)
    expect((await createRequest(agentCtx("agent-2", "alice"), { variables: [{ key: "A" }, { key: "B" }] })).requestId).not.toBe(first.requestId)
  })

  it("refuses a twenty-first that is open, and has room again once one is settled", async () => {
    const ids = []
    for (let i = 0; i < 20; i++) ids.push(idOf(await ask(`K${i}`)))
    expect(await codeOf(ask("MORE"))).toBe("rate_limited")
    await cancelRequest(agent, { requestId: ids[0] as string })
    expect(await ask("MORE")).toMatchObject({ status: "pending" })
  })

  it("makes what a person ticked the policy of the secret, and nothing else that was proposed", async () => {
    const use = [{ key: "A", http: HTTP }, { key: "A", exec: { program: "/usr/bin/gh", args: ["pr", "list"] } }]
    const request = await createRequest(agent, { variables: [{ key: "A" }], use })
    expect((await showPolicy(alice, { name: "A" }).catch(() => null))).toBeNull()
    await answerRequest(alice, { requestId: idOf(request), values: { A: CANARY }, allow: [0] })
    expect((await showPolicy(alice, { name: "A" })).policy).toEqual({ http: [HTTP], exec: [], approval: "every-use" })
  })

  it("asks a person although all keys are set where a proposed use is not allowed yet", async () => {
    await put(alice, { name: "A", value: CANARY })
    const request = await createRequest(agent, { variables: [{ key: "A" }], use: [{ key: "A", http: HTTP }] })
    expect(request).toMatchObject({ status: "pending" })
    await answerRequest(alice, { requestId: idOf(request), allow: [0] })
    expect(await getRequest(agent, { requestId: idOf(request) })).toMatchObject({ status: "provided" })
    expect(await createRequest(agent, { variables: [{ key: "A" }], use: [{ key: "A", http: HTTP }] })).toMatchObject({ status: "provided" })
  })

  it("agents 13: a pairing code opens one form in one browser, once; five wrong ones cancel the request", async () => {
    const requestId = idOf(await ask("A"))
    expect(await codeOf(redeemPairingCode(agent, { requestId, code: "0000-0000" }))).toBe("unauthorized")
    const { code } = await createPairingCode(alice, { requestId })
    const form = await redeemPairingCode(bob, { requestId, code: code.reveal().toLowerCase() })
    expect(await codeOf(redeemPairingCode(bob, { requestId, code: code.reveal() }))).toBe("unauthorized")
    const halves = { cookie: form.cookie.reveal(), field: form.field.reveal() }
    expect(await codeOf(authenticateForm(store.ctx, requestId, { ...halves, field: "x".repeat(43) }))).toBe("not_found")
    const actor = await authenticateForm(store.ctx, requestId, halves)
    await answerRequest({ ...store.ctx, actor }, { requestId, values: { A: CANARY } })
    expect(await codeOf(authenticateForm(store.ctx, requestId, halves))).toBe("not_found")

    const second = idOf(await ask("B"))
    const again = await createPairingCode(alice, { requestId: second })
    for (let i = 0; i < 5; i++) await codeOf(redeemPairingCode(bob, { requestId: second, code: "0000-0000" }))
    expect(await codeOf(redeemPairingCode(bob, { requestId: second, code: again.code.reveal() }))).toBe("unauthorized")
    expect(await getRequest(agent, { requestId: second })).toMatchObject({ status: "cancelled" })
  })

  it("loopstack B9: leaves no value in requests, events or any other row that is not ciphertext", async () => {
    const requestId = idOf(await createRequest(agent, { variables: [{ key: "A", description: "the key" }], reason: "to deploy" }))
    await answerRequest(alice, { requestId, values: { A: CANARY } })
    const rows = JSON.stringify([await store.ctx.storage.all("listRequests", {}), await listEvents(store.ctx, { paginationOpts: { numItems: 100, cursor: null } })])
    expect(rows).toContain("request_answered")
    expect(rows).not.toContain(CANARY)
  })

  it("goes with its workspace, and so do the rules for agents: another of the name begins anew", async () => {
    await createWorkspace(alice, { namespace: "acme" })
    await setAgentRules(alice, { namespace: "acme", rules: { keys: ["ONLY"] } })
    const { requestId = "" } = await createRequest(agent, { namespace: "acme", variables: [{ key: "ONLY" }] })
    await deleteWorkspace(alice, { namespace: "acme" })
    await createWorkspace(alice, { namespace: "acme" })
    expect(await codeOf(answerRequest(alice, { requestId, values: { ONLY: CANARY } }))).toBe("not_found")
    expect(await createRequest(agent, { namespace: "acme", variables: [{ key: "OTHER" }] })).toMatchObject({ status: "pending" })
  })

  it("refuses a request whose row was changed behind its back", async () => {
    const requestId = idOf(await ask("A"))
    const row = (await store.ctx.storage.one("findRequest", { id: requestId })) as RequestRow
    await store.ctx.storage.write((tx) => tx.run("updateRequest", { ...row, attempts: row.attempts + 1 }))
    expect(await codeOf(answerRequest(alice, { requestId, values: { A: CANARY } }))).toBe("decryption_failed")
  })
})

describe("a stream of events", () => {
  it("tells that something was asked and settled, and nothing of what", async () => {
    const server = await openTestServer({ settings: { port: 0 } })
    const listening = await listen(server.app, { port: 0 })
    const token = await server.token([{ pattern: "*", permissions: ["list"] }])
    const heard: unknown[] = []
    const client = createClient({ url: listening.url, token })
    const heardBoth = (async () => {
      for await (const change of client.streamEvents({ workspace: "default" })) {
        heard.push(change)
        if (heard.length === 2) break
      }
    })()
    while (!server.log.some((line) => line.includes("stream opened"))) await new Promise((resolve) => setImmediate(resolve))
    const { requestId = "" } = await createRequest(server.store.ctx, { variables: [{ key: "A" }] })
    await declineRequest(server.store.ctx, { requestId })
    await heardBoth
    expect(heard).toEqual(["request.created", "request.settled"].map((type) => ({ type, workspaceId: "default", userId: "local" })))
    await listening.close()
    await server.close()
  })
})

describe("requests and a new root", () => {
  it("are still open, and policies still hold, after a re-encryption", async () => {
    const { ctx, close } = await openContext({ database: await freshDatabase("sqlite file"), keys: `1:${K(1)}` })
    const requestId = (await createRequest(ctx, { variables: [{ key: "A" }], use: [{ key: "A", http: HTTP }] })).requestId as string
    await put(ctx, { name: "B", value: CANARY })
    await rotate(ctx, { reencrypt: true })
    await answerRequest(ctx, { requestId, values: { A: CANARY }, allow: [0] })
    await rotate(ctx, { reencrypt: true })
    expect((await showPolicy(ctx, { name: "A" })).policy?.http).toEqual([HTTP])
    expect(await getRequest(ctx, { requestId })).toMatchObject({ status: "provided" })
    await close()
  })
})
