/** What the protocol's package alone does for a tool that does nothing. */
import { McpServer } from "@modelcontextprotocol/server"
import { serveStdio } from "@modelcontextprotocol/server/stdio"

const anything = { "~standard": { version: 1 as const, vendor: "bench", validate: (value: unknown) => ({ value }), jsonSchema: { input: () => ({ type: "object" }), output: () => ({ type: "object" }) } } }

serveStdio(() => {
  const server = new McpServer({ name: "bare", version: "1" }, { capabilities: { tools: {} } })
  server.registerTool("empty", { inputSchema: anything, outputSchema: anything }, async () => ({ content: [{ type: "text", text: "{}" }], structuredContent: {} }))
  let same: { text: string; result: unknown } | null = null
  server.registerTool("same", { inputSchema: anything }, async (args: unknown) => {
    const { result } = args as { result: string }
    if (same?.text !== result) same = { text: result, result: JSON.parse(result) }
    return same.result as { content: [] }
  })
  return server
})
