// A tool loop of the AI SDK over Sotto's tools. The model is the SDK's mock, which plays what a model would say: put a real one in its place.
import { generateText, stepCountIs, jsonSchema, tool } from "ai"
import { MockLanguageModelV3 } from "ai/test"
import { openStore } from "sotto"
import { aiSdkTools, createTools } from "sotto/agent"

const store = await openStore({ database: "memory:", keys: `1:${Buffer.alloc(32, 1).toString("base64")}` })
await store.put({ name: "STRIPE_KEY", value: "sk_live_51H_never_shown" })

const usage = { inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 }, outputTokens: { total: 0, text: 0, reasoning: 0 } }
const says = (content: object[], finishReason: string) => ({ content, finishReason: { unified: finishReason, raw: finishReason }, usage, warnings: [] })
const calls = (toolName: string, input: object) => says([{ type: "tool-call", toolCallId: toolName, toolName, input: JSON.stringify(input) }], "tool-calls")

const model = new MockLanguageModelV3({
  doGenerate: [
    calls("get_secret_keys", {}),
    calls("request_secrets", { variables: [{ key: "DEPLOY_TOKEN" }], reason: "to deploy", waitMs: 0 }),
    says([{ type: "text", text: "I asked you for DEPLOY_TOKEN." }], "stop"),
  ] as never,
})

const tools = aiSdkTools(createTools({ store, agent: { id: "example", name: "AI SDK example" } }), { tool, jsonSchema })
const { text, steps } = await generateText({ model, tools: tools as never, prompt: "Deploy the service.", stopWhen: stepCountIs(5) })
for (const { toolResults } of steps) for (const { toolName, output } of toolResults as unknown as { toolName: string; output: { status?: string; keys?: { key: string }[] } }[])
  console.log(`${toolName}: ${output.status ?? output.keys?.map(({ key }) => key).join(", ")}`)
console.log(text)
await store.close()
