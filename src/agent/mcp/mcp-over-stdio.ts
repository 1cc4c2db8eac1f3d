import { serveStdio } from "@modelcontextprotocol/server/stdio"
import { randomBase62 } from "../../core/access/base62.ts"
import type { AgentScope } from "../tool.ts"
import { createMcpServer, type McpOptions } from "./create-mcp-server.ts"

/** Serves one client over this process's own stdin and stdout, until the client leaves. Nothing else may write to stdout. */
export const serveMcpStdio = async (scope: Omit<AgentScope, "session">, options: McpOptions): Promise<void> => {
  const session = randomBase62(scope.ctx.randomBytes, 16)
  const left = new Promise<void>((resolve) => process.stdin.once("end", resolve).once("close", resolve))
  const handle = serveStdio((served) => createMcpServer({ ...scope, session }, options, served), { onerror: () => undefined })
  await left
  await handle.close()
}
