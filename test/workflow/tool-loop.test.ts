import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { put } from "../../src/core/put.ts"
import { answerRequest } from "../../src/core/requests/answer-request.ts"
import { declineRequest } from "../../src/core/requests/close-request.ts"
import { listRequests } from "../../src/core/requests/read-requests.ts"
import { createWorkflowsOver, type Workflows } from "../../src/workflow/create-workflows.ts"
import {
  BaseTool, BaseWorkflow, delegateToolCalls, GetSecretKeysTool, Guard, RequestSecretsLoopTool, RequestSecretsTask, Tool, Transition, updateToolResult, Workflow,
  type DelegateResult, type ToolCall, type TransitionInput,
} from "../../src/workflow/index.ts"
import { openTestContext, type TestContext } from "../open-test-context.ts"

const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"

interface LoopState {
  turns?: ToolCall[][]
  turn?: number
  delegated?: DelegateResult
  history?: DelegateResult["toolResults"]
}

/** A model that says what the test wrote down: one list of calls for each turn. */
const model: { turns: ToolCall[][]; made: string[] } = { turns: [], made: [] }

class NotOfferedTool extends BaseTool {
  async handle(): Promise<{ data: string }> {
    model.made.push("not offered")
    return { data: "should not run" }
  }
}
Tool({ name: "not_offered" })(NotOfferedTool)
class ThrowingTool extends BaseTool {
  async handle(): Promise<never> {
    throw new Error(`broken by ${CANARY}`)
  }
}
Tool({ name: "throwing" })(ThrowingTool)

const tools = [new GetSecretKeysTool(), new RequestSecretsTask(), new RequestSecretsLoopTool(), new ThrowingTool()]

class AgentWorkflow extends BaseWorkflow<object, LoopState> {
  async llmTurn({ turn = 0, history = [] }: LoopState): Promise<LoopState> {
    const calls = model.turns[turn] ?? []
    return { turn: turn + 1, history, ...(calls.length > 0 && { turns: [calls] }) }
  }
  async delegate(state: LoopState): Promise<LoopState> {
    const delegated = await delegateToolCalls(state.turns?.[0] ?? [], { tools, callback: { transition: "toolResultReceived" } })
    return { ...state, delegated }
  }
  async toolResultReceived(state: LoopState, input: TransitionInput<unknown, { toolUseId: string; toolName: string }>): Promise<LoopState> {
    return { ...state, delegated: await updateToolResult(state.delegated as DelegateResult, input, tools) }
  }
  isComplete({ delegated }: LoopState): boolean {
    return delegated?.allCompleted === true
  }
  async answered(state: LoopState): Promise<LoopState> {
    return { turn: state.turn ?? 0, history: [...(state.history ?? []), ...(state.delegated?.toolResults ?? [])] }
  }
  hasCalls({ turns = [] }: LoopState): boolean {
    return turns.length > 0
  }
  async finish(state: LoopState): Promise<void> {
    this.setResult({ history: state.history })
  }
}
Workflow()(AgentWorkflow)
Transition({ to: "thought" })(AgentWorkflow.prototype, "llmTurn")
Guard("hasCalls")(AgentWorkflow.prototype, "delegate")
Transition({ from: "thought", to: "awaiting_tools" })(AgentWorkflow.prototype, "delegate")
Transition({ from: "thought", to: "end" })(AgentWorkflow.prototype, "finish")
Transition({ from: "awaiting_tools", to: "awaiting_tools", wait: true })(AgentWorkflow.prototype, "toolResultReceived")
Guard("isComplete")(AgentWorkflow.prototype, "answered")
Transition({ from: "awaiting_tools", to: "start" })(AgentWorkflow.prototype, "answered")

describe("a model's tool loop in a workflow", () => {
  let store: TestContext
  let workflows: Workflows

  beforeEach(async () => {
    store = await openTestContext()
    workflows = createWorkflowsOver(store.ctx, { workflows: [AgentWorkflow] })
    model.turns = []
    model.made = []
  })
  afterEach(async () => {
    await workflows.close()
    await store.close()
  })

  const call = (id: string, name: string, args: unknown = {}): ToolCall => ({ id, name, args })
  const askFor = (...keys: string[]) => ({ variables: keys.map((key) => ({ key })) })
  const until = async (id: string, test: (status: Awaited<ReturnType<Workflows["status"]>>) => boolean) => {
    for (;;) {
      await workflows.idle()
      const status = await workflows.status(id)
      if (test(status)) return status
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  const run = async (...turns: ToolCall[][]): Promise<string> => {
    model.turns = turns
    return (await workflows.start("agent")).workflowId
  }
  const history = async (id: string) => ((await until(id, ({ status }) => status === "completed")).result as { history: DelegateResult["toolResults"] }).history
  const waiting = async (id: string): Promise<string> => {
    await until(id, ({ status, place }) => status === "waiting" && place === "awaiting_tools")
    for (;;) {
      const [request] = await listRequests(store.ctx, {})
      if (request !== undefined) return request.requestId
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }

  it("loopstack B1, B2: lists the keys of its workspace and whether each is set", async () => {
    await put(store.ctx, { name: "A", value: CANARY })
    await put(store.ctx, { name: "B", value: "" })
    await put(store.ctx, { namespace: "other", name: "HIDDEN", value: CANARY })
    const [result] = await history(await run([call("1", "get_secret_keys", { anything: 1 })]))
    expect(JSON.parse(result?.content ?? "")).toEqual([{ key: "A", hasValue: true }, { key: "B", hasValue: false }])
  })

  it.each(["request_secrets_task", "request_secrets"])("loopstack B8, B18: %s shows a form, pauses the loop, and tells of what was stored when it is", async (name) => {
    const id = await run([call("1", name, askFor("A"))], [call("2", "get_secret_keys")])
    const requestId = await waiting(id)
    await answerRequest(store.ctx, { requestId, values: { A: CANARY } })
    const results = await history(id)
    expect(results[0]).toEqual({ toolUseId: "1", toolName: name, content: '"Secrets have been stored securely by the user."', isError: false })
    expect(JSON.parse(results[1]?.content ?? "")).toEqual([{ key: "A", hasValue: true }])
    expect(JSON.stringify(await store.ctx.storage.all("listRuns", {}))).not.toContain(CANARY)
  })

  it("loopstack B20, B22: never says stored where something is missing, or was declined", async () => {
    const partly = await run([call("1", "request_secrets_task", askFor("A", "B"))])
    await answerRequest(store.ctx, { requestId: await waiting(partly), values: { A: CANARY }, skip: ["B"] })
    expect(JSON.parse((await history(partly))[0]?.content ?? "")).toEqual({ message: "The user left some secrets out.", stored: ["A"], kept: [], missing: ["B"] })
    const declined = await run([call("1", "request_secrets_task", askFor("C"))])
    await declineRequest(store.ctx, { requestId: await waiting(declined) })
    expect(await history(declined)).toMatchObject([{ isError: false, content: '"The user declined. Nothing was stored."' }])
  })

  it("loopstack B10: tells of a form that was cancelled, with the tool's name", async () => {
    const id = await run([call("1", "request_secrets_task", askFor("A"))])
    await waiting(id)
    const [child] = (await store.ctx.storage.all("listRuns", {})).filter(({ parentId }) => parentId === id)
    await workflows.cancel(child?.id ?? "")
    expect(await history(id)).toMatchObject([{ isError: true, content: 'Sub-workflow "request_secrets_task" canceled.' }])
  })

  it("loopstack B19: refuses to ask beside another call, which is made", async () => {
    const id = await run([call("1", "request_secrets_task", askFor("A")), call("2", "get_secret_keys")])
    const results = await history(id)
    expect(results).toMatchObject([{ toolUseId: "1", isError: true, content: expect.stringContaining("only tool call") as string }, { toolUseId: "2", isError: false }])
    expect(await listRequests(store.ctx, {})).toEqual([])
  })

  it("loopstack B29, B5, agents 48: refuses a tool that was not offered, and arguments of another shape, and repeats nothing that was thrown", async () => {
    const id = await run([call("1", "not_offered"), call("4", "throwing")], [call("2", "request_secrets_task", {})], [call("3", "request_secrets_task", { variables: [{ key: "A" }], extra: CANARY })])
    const results = await history(id)
    expect(results.map(({ isError }) => isError)).toEqual([true, true, true, true])
    expect(results[0]?.content).toBe('tool "not_offered" is not available')
    expect(model.made).toEqual([])
    expect(JSON.stringify(results)).not.toContain(CANARY)
    expect(await listRequests(store.ctx, {})).toEqual([])
  })

  it("loopstack B11: a call that would be pending throws in a script", async () => {
    class ScriptWorkflow extends BaseWorkflow {
      async begin(): Promise<void> {
        await new RequestSecretsTask().call(askFor("A"))
      }
    }
    Workflow()(ScriptWorkflow)
    Transition({ to: "end" })(ScriptWorkflow.prototype, "begin")
    const host = createWorkflowsOver(store.ctx, { workflows: [ScriptWorkflow] })
    const { workflowId } = await host.start("script")
    await host.idle()
    expect(await host.status(workflowId)).toMatchObject({ status: "failed", error: expect.stringContaining("pending") as string })
    await host.close()
    expect(await store.ctx.storage.all("listRuns", {})).toHaveLength(1)
  })

  it("a result that is told twice counts once", async () => {
    const before: DelegateResult = { allCompleted: false, toolResults: [], pendingCount: 1, errorCount: 0, hasErrors: false }
    const input = { workflowId: "run_x", status: "completed" as const, hasError: false, errorMessage: null, data: { outcome: "stored", missing: [] }, meta: { toolUseId: "1", toolName: "request_secrets_task" } }
    const once = await updateToolResult(before, input, tools)
    expect(once).toMatchObject({ allCompleted: true, pendingCount: 0 })
    expect(await updateToolResult(once, input, tools)).toBe(once)
  })
})
