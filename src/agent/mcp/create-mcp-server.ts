import {
  createRequestStateCodec, inputRequired, inputResponse, McpServer, ProtocolError, ProtocolErrorCode, UrlElicitationRequiredError, CLIENT_CAPABILITIES_META_KEY,
  type CallToolResult, type InputRequiredResult, type McpRequestContext, type ServerContext,
} from "@modelcontextprotocol/server"
import { randomUUID } from "node:crypto"
import { utf8 } from "../../base/bytes.ts"
import { cancelRequest } from "../../core/requests/close-request.ts"
import { currentRoot } from "../../core/store-keys.ts"
import { hmacSha256 } from "../../crypto/mac.ts"
import { callTool, type ToolAnswer } from "../guard.ts"
import { TOOLS } from "../tool-table.ts"
import type { AgentScope, AgentTool } from "../tool.ts"
import { standardSchema } from "./standard-schema.ts"

export interface McpOptions {
  version: string
  /** Over HTTP, clients of 2025 that are known to open the url of the error -32042. */
  urlElicitationErrors?: boolean
}

/** How a client can be shown a form. */
type Showing = "input required" | "elicit" | "error" | "link"

const STATE_TTL_SECONDS = 600
const ELICIT_TIMEOUT_MS = 600_000

interface FormState {
  tool: string
  requestId: string
}

interface Facts {
  scope: AgentScope
  options: McpOptions
  /** Which client, in which era, over what. */
  served: McpRequestContext
}

/** The tools as an MCP server: one definition for the protocol of 2025-11-25 and of 2026-07-28. */
export const createMcpServer = (scope: AgentScope, options: McpOptions, served: McpRequestContext): McpServer => {
  const codec = createRequestStateCodec<FormState>({
    key: stateKey(scope),
    ttlSeconds: STATE_TTL_SECONDS,
    bind: () => `${scope.ctx.actor.principal.id}\0${scope.workspace}`,
  })
  const server = new McpServer(
    { name: "sotto", version: options.version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS, requestState: { verify: codec.verify } },
  )
  const facts: Facts = { scope, options, served }
  for (const tool of TOOLS)
    server.registerTool(
      tool.name,
      {
        title: tool.title,
        description: tool.description,
        inputSchema: standardSchema(tool.input, "input"),
        outputSchema: standardSchema(tool.output, "output"),
        annotations: tool.annotations,
      },
      async (args: unknown, ctx: ServerContext) => answerCall({ facts, server, codec, tool, args: args as object, ctx }),
    )
  return server
}

const INSTRUCTIONS =
  "Secrets by name, never by value. List keys first, ask the person for missing ones with request_secrets as the only call of a turn, and never ask for a value in the conversation."

/** The same on every server of the store, and another after a re-encryption: states live for ten minutes. */
const stateKey = ({ ctx }: AgentScope): Uint8Array => hmacSha256(currentRoot(ctx.keys.current).fingerprints, utf8("mcp request state"))

interface Answering {
  facts: Facts
  server: McpServer
  codec: ReturnType<typeof createRequestStateCodec<FormState>>
  tool: AgentTool
  args: object
  ctx: ServerContext
}

const answerCall = async (call: Answering): Promise<CallToolResult | InputRequiredResult> => {
  const { facts: { scope }, tool, args, ctx } = call
  if (tool.name !== "request_secrets" || scope.formUrl === undefined) return resultOf(await callTool(tool, args, scope, { signal: ctx.mcpReq.signal }))
  const showing = showingOf(call)
  if (showing === "input required") return askInRounds(call)
  if (showing === "elicit") return askByElicitation(call)
  if (showing === "error") await askByError(call)
  return resultOf(await callTool(tool, withoutWait(args, showing), scope, { signal: ctx.mcpReq.signal }))
}

/** Whoever shows the link themselves gets it at once: a person cannot open what is still held back. */
const withoutWait = (args: object, showing: Showing): object => (showing === "link" && !("waitMs" in args) && !("requestId" in args) ? { ...args, waitMs: 0 } : args)

/** The client's own word counts, never its name: https://modelcontextprotocol.io, elicitation. */
const showingOf = ({ facts: { served, options }, server, ctx }: Answering): Showing => {
  const isHttp = ctx.http !== undefined
  if (served.era === "modern") return canOpenUrls((ctx.mcpReq.envelope as Record<string, unknown> | undefined)?.[CLIENT_CAPABILITIES_META_KEY]) ? "input required" : "link"
  if (isHttp) return options.urlElicitationErrors === true ? "error" : "link"
  return canOpenUrls(server.server.getClientCapabilities()) ? "elicit" : "link"
}

/** `elicitation: {}` means forms only, and a form of the client's is no place for a secret. */
const canOpenUrls = (capabilities: unknown): boolean => {
  const { elicitation } = (capabilities ?? {}) as { elicitation?: { url?: unknown } }
  return typeof elicitation?.url === "object" && elicitation.url !== null
}

const resultOf = (answer: ToolAnswer): CallToolResult => {
  if (answer.isError) return { isError: true, content: [{ type: "text", text: answer.message }] }
  const data = answer.data as Record<string, unknown>
  return { content: [{ type: "text", text: JSON.stringify(data) }], structuredContent: data }
}

const message = ({ missing }: { missing: readonly string[] }): string => `An agent asks you for ${missing.join(", ")}. The values go into your store and not to the agent.`

/** Makes or finds the request without waiting. */
const open = async ({ facts: { scope }, tool, args, ctx }: Answering): Promise<ToolAnswer> =>
  callTool(tool, { ...args, waitMs: 0 }, scope, { signal: ctx.mcpReq.signal })

interface Pending {
  status: string
  requestId?: string
  missing: string[]
  url?: string
}

/** 2026-07-28: the first answer asks, the retry waits. The client gives up after ten rounds, so the second answer is whole. */
const askInRounds = async (call: Answering): Promise<CallToolResult | InputRequiredResult> => {
  const { codec, tool, ctx } = call
  const state = ctx.mcpReq.requestState<FormState>()
  if (state !== undefined) return afterForm(call, state)
  const answer = await open(call)
  const pending = (answer.isError ? {} : answer.data) as Partial<Pending>
  if (pending.status !== "pending" || pending.requestId === undefined || pending.url === undefined) return resultOf(answer)
  return inputRequired({
    inputRequests: { form: inputRequired.elicitUrl({ url: pending.url, message: message(pending as Pending) }) },
    requestState: await codec.mint({ tool: tool.name, requestId: pending.requestId }, ctx),
  })
}

/** The state proves itself; that it is this tool's and this agent's request is looked up. */
const afterForm = async (call: Answering, { tool: made, requestId }: FormState): Promise<CallToolResult> => {
  const { facts: { scope }, tool, args, ctx } = call
  if (made !== tool.name) throw new ProtocolError(ProtocolErrorCode.InvalidParams, "this request state is another tool's")
  const response = inputResponse(ctx.mcpReq.inputResponses, "form")
  if (response.kind === "elicit" && response.action === "decline") await cancelQuietly(scope, requestId)
  const waitMs = response.kind === "elicit" && response.action === "accept" ? {} : { waitMs: 0 }
  return resultOf(await callTool(tool, { ...args, ...waitMs, requestId }, scope, { signal: ctx.mcpReq.signal }))
}

const cancelQuietly = async (scope: AgentScope, requestId: string): Promise<void> => {
  await cancelRequest(scope.ctx, { requestId }).catch(() => undefined) // it was settled meanwhile: that is what is told
}

/** 2025-11-25 on a connection of its own: the client is asked, and told once when the form is done. */
const askByElicitation = async (call: Answering): Promise<CallToolResult> => {
  const { facts: { scope }, server, tool, args, ctx } = call
  const answer = await open(call)
  const pending = (answer.isError ? {} : answer.data) as Partial<Pending>
  if (pending.status !== "pending" || pending.requestId === undefined || pending.url === undefined) return resultOf(answer)
  const elicitationId = randomUUID()
  const { action } = await server.server.elicitInput(
    { mode: "url", elicitationId, url: pending.url, message: message(pending as Pending) },
    { timeout: ELICIT_TIMEOUT_MS, signal: ctx.mcpReq.signal },
  )
  if (action === "decline") await cancelQuietly(scope, pending.requestId)
  const waitMs = action === "accept" ? {} : { waitMs: 0 }
  const settled = await callTool(tool, { ...args, ...waitMs, requestId: pending.requestId }, scope, { signal: ctx.mcpReq.signal })
  const isDone = !settled.isError && (settled.data as Pending).status !== "pending"
  if (isDone && action === "accept") await server.server.createElicitationCompletionNotifier(elicitationId)()
  return resultOf(settled)
}

/** 2025-11-25 over HTTP, for clients that are known to open what the error names. Asked again, the same request is found. */
const askByError = async (call: Answering): Promise<void> => {
  const answer = await open(call)
  const pending = (answer.isError ? {} : answer.data) as Partial<Pending>
  if (pending.status !== "pending" || pending.requestId === undefined || pending.url === undefined) return
  throw new UrlElicitationRequiredError([{ mode: "url", elicitationId: pending.requestId, url: pending.url, message: message(pending as Pending) }])
}
