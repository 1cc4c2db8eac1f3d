import { createMcpHandler } from "@modelcontextprotocol/server"
import type { StoreContext } from "../../core/context.ts"
import type { AgentScope } from "../tool.ts"
import { createMcpServer, type McpOptions } from "./create-mcp-server.ts"

export interface McpCaller {
  /** The store as the caller may use it. */
  ctx: StoreContext
  /** What proved the caller; approvals for a session last as long. */
  credentialId: string
  workspace: string
  formUrl: (requestId: string) => string
  /** Ends with the connection. */
  onFailure?: AgentScope["onFailure"]
}

export interface McpHttp {
  /** One request of somebody who has been let in. */
  fetch(request: Request, caller: McpCaller): Promise<Response>
  close(): Promise<void>
}

const BODY_MAX_BYTES = 1024 * 1024
/** Between our packages and the protocol's: who calls. The text of a token never goes there. */
const NO_TOKEN = ""

/** Streamable HTTP for both revisions; stateless, so any number of servers may stand beside each other. */
export const createMcpHttp = (options: McpOptions): McpHttp => {
  const handler = createMcpHandler(
    (served) => createMcpServer(scopeOf(served.authInfo?.extra?.caller as McpCaller), options, served),
    { legacy: "stateless", maxRequestBodySize: BODY_MAX_BYTES, onerror: () => undefined },
  )
  return {
    fetch: (request, caller) =>
      handler.fetch(request, { authInfo: { token: NO_TOKEN, clientId: caller.credentialId, scopes: [], extra: { caller } } }),
    close: () => handler.close(),
  }
}

const scopeOf = ({ ctx, credentialId, workspace, formUrl, onFailure }: McpCaller): AgentScope => ({
  ctx, workspace, session: credentialId, formUrl, ...(onFailure && { onFailure }),
})
