import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { getOrThrow } from "../../src/core/get.ts"
import { PERMISSIONS, type Actor } from "../../src/core/principal.ts"
import { put } from "../../src/core/put.ts"
import { answerRequest } from "../../src/core/requests/answer-request.ts"
import { declineRequest } from "../../src/core/requests/close-request.ts"
import { listRequests } from "../../src/core/requests/read-requests.ts"
import type { RunRow } from "../../src/core/ports/rows.ts"
import { saveRun } from "../../src/core/workflow/deliver-message.ts"
import { createWorkflowsOver, type Workflows } from "../../src/workflow/create-workflows.ts"
import {
  BaseWorkflow, createContainer, Document, GetSecretKeysTool, Guard, MarkdownDocument, RequestSecretsTool, SecretRequestDocument, SecretsRequestWorkflow, Transition, Workflow,
  type GetSecretKeysResult, type TransitionInput,
} from "../../src/workflow/index.ts"
import { createDatabases } from "../engines.ts"
import { openTestContext, type TestContext } from "../open-test-context.ts"

const freshDatabase = createDatabases()
const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"

interface SecretsState {
  secretKeys?: GetSecretKeysResult
}

let template = ""
const thrown: { next: Error | null } = { next: null }
const counted = { steps: 0 }

/** The published example, with its decorators applied by hand: test/workflow/compiled.test.ts compiles it. */
class SecretsExampleWorkflow extends BaseWorkflow<Record<string, unknown>, SecretsState> {
  readonly requestSecrets: RequestSecretsTool
  readonly getSecretKeys: GetSecretKeysTool
  constructor(requestSecrets: RequestSecretsTool, getSecretKeys: GetSecretKeysTool) {
    super()
    this.requestSecrets = requestSecrets
    this.getSecretKeys = getSecretKeys
  }
  async requestSecretsFromUser(state: SecretsState): Promise<SecretsState> {
    counted.steps++
    const variables = [{ key: "EXAMPLE_API_KEY" }, { key: "EXAMPLE_SECRET" }]
    await this.requestSecrets.call({ variables })
    await this.documentStore.save(SecretRequestDocument, { variables })
    if (thrown.next !== null) throw thrown.next
    return state
  }
  async secretsSubmitted(state: SecretsState): Promise<SecretsState> {
    const result = await this.getSecretKeys.call()
    return { ...state, secretKeys: result.data }
  }
  async showResult(state: SecretsState): Promise<object> {
    await this.documentStore.save(MarkdownDocument, { markdown: this.render(template, { secretKeys: state.secretKeys }) })
    return {}
  }
}
Workflow({ title: "Secrets", description: "asks and lists" })(SecretsExampleWorkflow)
Transition({ to: "requesting_secrets" })(SecretsExampleWorkflow.prototype, "requestSecretsFromUser")
Transition({ from: "requesting_secrets", to: "verifying", wait: true })(SecretsExampleWorkflow.prototype, "secretsSubmitted")
Transition({ from: "verifying", to: "end" })(SecretsExampleWorkflow.prototype, "showResult")

class ParentWorkflow extends BaseWorkflow<{ fail?: boolean }, { heard?: unknown[] }> {
  readonly secrets: SecretsRequestWorkflow
  constructor(secrets: SecretsRequestWorkflow) {
    super()
    this.secrets = secrets
  }
  async ask(_state: object, { args }: { args: { fail?: boolean } }): Promise<void> {
    await this.secrets.run({ variables: [{ key: "A" }, { key: "B" }] }, { callback: { transition: "heard", metadata: { toolUseId: "t1" } }, label: "Requesting Secrets" })
    if (args.fail === true) throw new Error(CANARY)
  }
  async heard({ heard = [] }: { heard?: unknown[] }, input: TransitionInput): Promise<{ heard: unknown[] }> {
    return { heard: [...heard, input] }
  }
  async finish({ heard }: { heard?: unknown[] }): Promise<void> {
    this.setResult({ heard })
  }
}
Workflow()(ParentWorkflow)
Transition({ to: "asking" })(ParentWorkflow.prototype, "ask")
Transition({ from: "asking", to: "told", wait: true })(ParentWorkflow.prototype, "heard")
Transition({ from: "told", to: "end" })(ParentWorkflow.prototype, "finish")

class StepsWorkflow extends BaseWorkflow<object, { n?: number; payload?: unknown; error?: boolean }> {
  async begin(): Promise<{ n: number }> {
    return { n: 1 }
  }
  async approve(state: { n?: number }, input: TransitionInput): Promise<void> {
    this.assignState({ payload: input.data })
    this.assignResult({ n: state.n, status: input.status })
  }
  isSmall({ n = 0 }: { n?: number }): boolean {
    return n < 3
  }
  async again({ n = 0 }: { n?: number }): Promise<void> {
    this.assignState({ n: n + 1 })
  }
  async wait(): Promise<void> {
    this.setResult({ waited: true })
  }
}
Workflow({ name: "steps" })(StepsWorkflow)
Transition({ to: "counting" })(StepsWorkflow.prototype, "begin")
Guard("isSmall")(StepsWorkflow.prototype, "again")
Transition({ from: "counting", to: "counting" })(StepsWorkflow.prototype, "again")
Transition({ from: "counting", to: "approving" })(StepsWorkflow.prototype, "wait")
Transition({
  from: "approving", to: "end", wait: true, timeout: 60_000,
  schema: { safeParse: (value) => ((value as { ok?: unknown } | null)?.ok === true ? { success: true, data: value } : { success: false, error: { issues: [{ path: ["ok"], message: "must be true" }] } }) },
})(StepsWorkflow.prototype, "approve")

class BadDocument {
  declare text: string
}
Document({ schema: { safeParse: () => ({ success: false, error: { issues: [{ path: ["variables", 0, "key"], message: "is missing" }] } }) } })(BadDocument)
class BadDocumentWorkflow extends BaseWorkflow {
  async begin(): Promise<void> {
    await this.documentStore.save(MarkdownDocument, { markdown: "before" })
    await this.documentStore.save(BadDocument, {})
  }
}
Workflow()(BadDocumentWorkflow)
Transition({ to: "end" })(BadDocumentWorkflow.prototype, "begin")

describe.each(["sqlite file", "postgres"] as const)("workflows on %s", (engine) => {
  let store: TestContext
  let folder: string
  let workflows: Workflows
  let failures: unknown[]
  const opened: Workflows[] = []
  const bob: Actor = { principal: { kind: "person", id: "bob", name: "Bob" }, grants: [{ pattern: "*", permissions: PERMISSIONS }] }

  const tools = new Map<never, object>([[RequestSecretsTool, new RequestSecretsTool()], [GetSecretKeysTool, new GetSecretKeysTool()]] as never)
  const open = (): Workflows => {
    const container = createContainer(tools)
    const host = createWorkflowsOver(store.ctx, {
      workflows: [SecretsExampleWorkflow, ParentWorkflow, StepsWorkflow, BadDocumentWorkflow],
      resolve: ((target: unknown) => {
        if (target === SecretsExampleWorkflow) return new SecretsExampleWorkflow(new RequestSecretsTool(), new GetSecretKeysTool())
        if (target === ParentWorkflow) return new ParentWorkflow(new SecretsRequestWorkflow())
        return container(target as never)
      }) as never,
      onFailure: (_reference, error) => void failures.push(error),
    })
    opened.push(host)
    return host
  }
  const settled = async (host: Workflows, id: string, statuses: string[]): Promise<Awaited<ReturnType<Workflows["status"]>>> => {
    for (;;) {
      await host.idle()
      const status = await host.status(id)
      if (statuses.includes(status.status)) return status
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => "done", (error: unknown) => (error as { code: string }).code)
  const onlyRequest = async (): Promise<string> => (await listRequests(store.ctx, {}))[0]?.requestId ?? "none"

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sotto-flow-"))
    template = join(folder, "keys.md")
    writeFileSync(template, "{{#each secretKeys}}- {{key}}: {{hasValue}}\n{{/each}}")
    store = await openTestContext(await freshDatabase(engine))
    failures = []
    thrown.next = null
    counted.steps = 0
    workflows = open()
  })
  afterEach(async () => {
    for (const host of opened.splice(0)) await host.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it("loopstack B12: asks, waits for the form, lists and renders", async () => {
    const { workflowId } = await workflows.start("secrets_example")
    expect(await settled(workflows, workflowId, ["waiting"])).toMatchObject({ place: "requesting_secrets", availableTransitions: ["secretsSubmitted"] })
    expect(await workflows.documents(workflowId)).toMatchObject([
      { name: "secret_request", place: "requesting_secrets", content: { variables: [{ key: "EXAMPLE_API_KEY" }, { key: "EXAMPLE_SECRET" }] } },
    ])
    await answerRequest(store.ctx, { requestId: await onlyRequest(), values: { EXAMPLE_API_KEY: CANARY }, skip: ["EXAMPLE_SECRET"] })
    expect(await settled(workflows, workflowId, ["completed"])).toMatchObject({ place: "end", error: null })
    const documents = await workflows.documents(workflowId)
    expect(documents[1]).toMatchObject({ name: "markdown", content: { markdown: "- EXAMPLE_API_KEY: true\n" } })
    expect(JSON.stringify([documents, await store.ctx.storage.all("listRuns", {})])).not.toContain(CANARY)
  })

  it("loopstack B3, B4: asking in a script gives back the keys alone, and drops a value that came along", async () => {
    const { workflowId } = await workflows.start("secrets_example")
    await settled(workflows, workflowId, ["waiting"])
    const request = await store.ctx.storage.one("findRequest", { id: await onlyRequest() })
    expect(JSON.parse(request?.body ?? "")).toMatchObject({ variables: [{ key: "EXAMPLE_API_KEY" }, { key: "EXAMPLE_SECRET" }] })
  })

  it("loopstack B6, B7, B8, B9: a child asks, and its parent hears of its end once, with names alone", async () => {
    const { workflowId } = await workflows.start("parent")
    expect(await settled(workflows, workflowId, ["waiting"])).toMatchObject({ place: "asking" })
    const [link] = await workflows.documents(workflowId)
    const childId = String(link?.content.workflowId)
    expect(link).toMatchObject({ name: "link", key: `link_${childId}`, content: { label: "Requesting Secrets", embed: true, expanded: true } })
    expect(await settled(workflows, childId, ["waiting"])).toMatchObject({ name: "secrets_request", place: "requesting_secrets", parentId: workflowId, availableTransitions: ["secretsSubmitted"] })
    expect(await workflows.documents(childId)).toMatchObject([{ name: "secret_request", content: { variables: [{ key: "A" }, { key: "B" }] } }])
    await answerRequest(store.ctx, { requestId: await onlyRequest(), values: { A: CANARY, B: CANARY } })
    const { result } = await settled(workflows, workflowId, ["completed"])
    expect(result).toEqual({
      heard: [{ workflowId: childId, status: "completed", hasError: false, errorMessage: null, meta: { toolUseId: "t1" }, data: { success: true, outcome: "stored", stored: ["A", "B"], kept: [], missing: [] } }],
    })
    const rows = await Promise.all([store.ctx.storage.all("listRuns", {}), store.ctx.storage.all("listRunDocuments", { runId: childId }), store.ctx.storage.all("listRequests", {})])
    expect(JSON.stringify(rows)).not.toContain(CANARY)
  })

  it.each([
    ["loopstack B20: all skipped", { skip: ["A", "B"] }, { outcome: "stored", stored: [], kept: [], missing: ["A", "B"] }],
    ["loopstack B21: one kept", { values: { B: CANARY } }, { outcome: "stored", stored: ["B"], kept: ["A"], missing: [] }],
  ])("%s is told as it is", async (_name, answer, expected) => {
    if (expected.kept.length > 0) await put(store.ctx, { name: "A", value: CANARY })
    const { workflowId } = await workflows.start("parent")
    await settled(workflows, workflowId, ["waiting"])
    await answerRequest(store.ctx, { requestId: await onlyRequest(), ...answer })
    expect(await settled(workflows, workflowId, ["completed"])).toMatchObject({ result: { heard: [{ data: expected }] } })
  })

  it("loopstack B22: a person who declines ends the child as declined, which is no error", async () => {
    const { workflowId } = await workflows.start("parent")
    await settled(workflows, workflowId, ["waiting"])
    await declineRequest(store.ctx, { requestId: await onlyRequest() })
    expect(await settled(workflows, workflowId, ["completed"])).toMatchObject({ result: { heard: [{ status: "completed", hasError: false, data: { success: false, outcome: "declined", missing: ["A", "B"] } }] } })
  })

  it("loopstack B10, B24: a child that is cancelled tells its parent so once, asks nobody any more, and takes no answer", async () => {
    const { workflowId } = await workflows.start("parent")
    await settled(workflows, workflowId, ["waiting"])
    const [link] = await workflows.documents(workflowId)
    const childId = String(link?.content.workflowId)
    const requestId = await onlyRequest()
    await workflows.cancel(childId)
    expect(await settled(workflows, workflowId, ["completed"])).toMatchObject({ result: { heard: [{ workflowId: childId, status: "cancelled", hasError: true }] } })
    expect(await codeOf(answerRequest(store.ctx, { requestId, values: { A: CANARY, B: CANARY } }))).toBe("request_closed")
    expect(await codeOf(workflows.resume(childId, "secretsSubmitted"))).toBe("request_closed")
    await workflows.cancel(childId)
    expect(await workflows.status(workflowId)).toMatchObject({ status: "completed" })
  })

  it("loopstack B14: a run is nobody else's", async () => {
    const { workflowId } = await workflows.start("steps")
    await settled(workflows, workflowId, ["waiting"])
    const others = workflows.as(bob)
    const calls = [others.status(workflowId), others.documents(workflowId), others.cancel(workflowId), others.resume(workflowId, "approve", { ok: true })]
    expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => "not_found"))
    expect(await workflows.status(workflowId)).toMatchObject({ status: "waiting" })
    const agentOf = (owner: string): Actor => ({ principal: { kind: "agent", id: "agent", name: "agent" }, owner, grants: [{ pattern: "*", permissions: ["list", "request"] }] })
    const hers = await workflows.as(agentOf("alice")).start("steps")
    await workflows.idle()
    expect(await codeOf(workflows.as(agentOf("bob")).resume(hers.workflowId, "approve", { ok: true }))).toBe("not_found")
  })

  it("loopstack B15, B15a: what a place does not offer, and a payload of another shape, leave the run waiting", async () => {
    const { workflowId } = await workflows.start("steps")
    await settled(workflows, workflowId, ["waiting"])
    expect(await codeOf(workflows.resume(workflowId, "begin"))).toBe("request_closed")
    expect(await codeOf(workflows.resume(workflowId, "nothing"))).toBe("request_closed")
    expect(await codeOf(workflows.resume(workflowId, "approve", { ok: CANARY }))).toBe("invalid_argument")
    expect(await workflows.status(workflowId)).toMatchObject({ status: "waiting", place: "approving", availableTransitions: ["approve"] })
    await workflows.resume(workflowId, "approve", { ok: true })
    expect(await settled(workflows, workflowId, ["completed"])).toMatchObject({ result: { waited: true, n: 3, status: "completed" } })
  })

  it("loopstack B23: of two clicks at once one counts", async () => {
    const { workflowId } = await workflows.start("steps")
    await settled(workflows, workflowId, ["waiting"])
    const clicks = await Promise.all([1, 2, 3].map(() => codeOf(workflows.resume(workflowId, "approve", { ok: true }))))
    expect(clicks.toSorted()).toEqual(["done", "request_closed", "request_closed"])
    await settled(workflows, workflowId, ["completed"])
    expect(await codeOf(workflows.resume(workflowId, "approve", { ok: true }))).toBe("request_closed")
  })

  it("loopstack B25: nobody who answers in time is an expired wait, for a script and for a child", async () => {
    const steps = await workflows.start("steps")
    const parent = await workflows.start("parent")
    await settled(workflows, steps.workflowId, ["waiting"])
    await settled(workflows, parent.workflowId, ["waiting"])
    await workflows.idle()
    store.clock.now += 600_000
    const later = open() // a timer of a clock that stands still does not go off by itself
    expect(await settled(later, steps.workflowId, ["completed"])).toMatchObject({ result: { status: "expired" } })
    expect(await settled(later, parent.workflowId, ["completed"])).toMatchObject({ result: { heard: [{ data: { success: false, outcome: "expired", missing: ["A", "B"] } }] } })
  })

  it("loopstack B16: goes on after the process that began it is gone", async () => {
    const { workflowId } = await workflows.start("secrets_example")
    await settled(workflows, workflowId, ["waiting"])
    await workflows.close()
    await answerRequest(store.ctx, { requestId: await onlyRequest(), values: { EXAMPLE_API_KEY: CANARY, EXAMPLE_SECRET: CANARY } })
    expect(await settled(open(), workflowId, ["completed"])).toMatchObject({ place: "end" })
  })

  it("loopstack B17: a document that is not as it should be takes the whole step back", async () => {
    const { workflowId } = await workflows.start("bad_document")
    expect(await settled(workflows, workflowId, ["failed"])).toMatchObject({ place: "start", error: "invalid_argument: Document 'bad' failed schema validation (strict mode): variables.0.key: is missing" })
    expect(await workflows.documents(workflowId)).toEqual([])
  })

  it("loopstack B28: a step that throws after it started a child leaves no child, no form, and none of its words", async () => {
    const { workflowId } = await workflows.start("parent", { fail: true })
    expect(await settled(workflows, workflowId, ["failed"])).toMatchObject({ error: expect.stringMatching(/^the step failed \(reference \w{8}\)$/) as string })
    expect(failures).toHaveLength(1)
    expect(await store.ctx.storage.all("listRuns", {})).toHaveLength(1)
    expect(await listRequests(store.ctx, {})).toEqual([])
    thrown.next = new Error("after the question")
    const second = await workflows.start("secrets_example")
    await settled(workflows, second.workflowId, ["failed"])
    expect(await listRequests(store.ctx, {})).toEqual([])
  })

  it("takes each step once, however many processes look", async () => {
    const hosts = [workflows, open(), open(), open()]
    const runs = await Promise.all(Array.from({ length: 12 }, (_, i) => (hosts[i % hosts.length] as Workflows).start("secrets_example")))
    for (const { workflowId } of runs) await settled(workflows, workflowId, ["waiting"])
    expect(counted.steps).toBe(12)
    expect(failures).toEqual([])
  })

  it("stops where whoever started it may do so no more", async () => {
    const { createToken } = await import("../../src/core/access/create-token.ts")
    const { revokeToken } = await import("../../src/core/access/revoke-token.ts")
    const { authenticateToken } = await import("../../src/core/access/authenticate-token.ts")
    const made = await createToken(store.ctx, { kind: "service", name: "t", grants: [{ pattern: "*", permissions: ["list", "request"] }] })
    const mine = workflows.as(await authenticateToken(store.ctx, made.token.reveal()))
    const { workflowId } = await mine.start("steps")
    await workflows.idle()
    await revokeToken(store.ctx, { id: made.id })
    await mine.resume(workflowId, "approve", { ok: true })
    await workflows.idle()
    expect(await mine.status(workflowId)).toMatchObject({ status: "failed", error: "unauthorized: Invalid or expired credentials" })
  })

  it("loopstack B13: escapes what it puts into a template", async () => {
    await put(store.ctx, { name: "B&=", value: CANARY })
    const { workflowId } = await workflows.start("secrets_example")
    await settled(workflows, workflowId, ["waiting"])
    await answerRequest(store.ctx, { requestId: await onlyRequest(), skip: ["EXAMPLE_API_KEY", "EXAMPLE_SECRET"] })
    await settled(workflows, workflowId, ["completed"])
    expect((await workflows.documents(workflowId)).at(-1)?.content).toEqual({ markdown: "- B&amp;&#x3D;: true\n" })
  })

  it("hears nothing that somebody else wrote into the database", async () => {
    const { workflowId } = await workflows.start("steps")
    await settled(workflows, workflowId, ["waiting"])
    const input = JSON.stringify({ workflowId, status: "completed", hasError: false, errorMessage: null, data: { ok: true } })
    const run = (await store.ctx.storage.one("findRun", { id: workflowId })) as RunRow
    await store.ctx.storage.write(async (tx) => {
      await tx.run("insertRunMessage", { id: "forged", runId: workflowId, transition: "approve", input, createdAt: 1, tag: run.tag })
      await saveRun(store.ctx, tx, { ...run, isReady: 1 }) // as if it had been told properly
    })
    const later = open()
    await later.idle()
    expect(await later.status(workflowId)).toMatchObject({ status: "waiting", place: "approving" })
  })

  it("keeps a value that a person gave where it belongs", async () => {
    const { workflowId } = await workflows.start("secrets_example")
    await settled(workflows, workflowId, ["waiting"])
    await answerRequest(store.ctx, { requestId: await onlyRequest(), values: { EXAMPLE_API_KEY: CANARY, EXAMPLE_SECRET: CANARY } })
    expect((await getOrThrow(store.ctx, { name: "EXAMPLE_API_KEY" })).value).toBe(CANARY)
    expect((await settled(workflows, workflowId, ["completed"])).status).toBe("completed")
  })
})
