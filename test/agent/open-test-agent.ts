import { createToolsOver, type Tools, type ToolsOptions } from "../../src/agent/create-tools.ts"
import type { ToolAnswer } from "../../src/agent/guard.ts"
import { PERMISSIONS } from "../../src/core/principal.ts"
import type { StoreContext } from "../../src/core/context.ts"
import { openTestContext, type TestContext } from "../open-test-context.ts"

/** What a test plants, and what no model may see: closing the agent fails where one did. */
export const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"

export interface TestAgent {
  store: TestContext
  /** The person who answers for the agent. */
  alice: StoreContext
  tools: Tools
  /** What the agent's model has seen so far, every byte. */
  transcript: string[]
  failures: unknown[]
  call(name: string, args: object): Promise<ToolAnswer & { data?: Record<string, unknown> }>
  close(): Promise<void>
}

export const openTestAgent = async (database?: string, options: Partial<ToolsOptions> = {}): Promise<TestAgent> => {
  const store = await openTestContext(database)
  const alice: StoreContext = { ...store.ctx, actor: { principal: { kind: "person", id: "alice", name: "Alice" }, grants: [{ pattern: "*", permissions: PERMISSIONS }] } }
  const failures: unknown[] = []
  const tools = createToolsOver(alice, { agent: { id: "agent-1", name: "Claude" }, holdMs: 0, onFailure: (_reference, error) => void failures.push(error), ...options })
  const transcript: string[] = []
  return {
    store,
    alice,
    tools,
    transcript,
    failures,
    call: async (name, args) => {
      const answer = await tools.call(name, args)
      transcript.push(JSON.stringify(answer))
      return answer as ToolAnswer & { data?: Record<string, unknown> }
    },
    close: async () => {
      await store.close()
      if (transcript.join("\n").includes(CANARY)) throw new Error("a value stood in what the model saw")
    },
  }
}
