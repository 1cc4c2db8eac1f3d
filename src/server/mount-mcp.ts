import { Readable } from "node:stream"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { isSecretError } from "../base/errors.ts"
import type { Authenticated } from "../core/access/credential.ts"
import { isAllowed } from "../core/authorize.ts"
import type { StoreContext } from "../core/context.ts"
import { DEFAULT_NAMESPACE } from "../core/limits.ts"
import type { Authenticate } from "./authentication.ts"
import type { ServerParts } from "./call.ts"
import { errorBody } from "./error-reply.ts"
import { formUrl, publicOrigin } from "./form-url.ts"
import type { Limits } from "./limits.ts"

/** What speaks MCP to somebody who has been let in. Joined from outside: this part knows no tools. */
export interface McpEndpoint {
  fetch(
    request: Request,
    caller: {
      ctx: StoreContext
      credentialId: string
      workspace: string
      formUrl: (requestId: string) => string
      onFailure: (reference: string, error: unknown) => void
    },
  ): Promise<Response>
  close(): Promise<void>
}

const page = { config: { isPage: true } } as const
/** A call may be held for 25 seconds while a person answers. */
const SCOPES = ["list", "use", "request"] as const
const METADATA = "/.well-known/oauth-protected-resource"

interface McpParts {
  parts: ServerParts
  endpoint: McpEndpoint
  authenticate: Authenticate
  limits: Limits
}

/** `/mcp` for the unnamed workspace, `/mcp/NAME` for another: streamable HTTP with a token of Sotto as bearer. */
export const mountMcp = (app: FastifyInstance, { parts, endpoint, authenticate, limits }: McpParts): void => {
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { w = DEFAULT_NAMESPACE } = request.params as { w?: string }
    const caller = await callerOf(authenticate, request)
    if (caller === null) return challenge(parts, request, reply.code(401), { error: "invalid_token", workspace: w })
    request.actor = caller
    await limits.byPrincipal(request, reply)
    const missing = SCOPES.filter((permission) => !isAllowed(caller, permission, w))
    if (missing.includes("list")) return challenge(parts, request, reply.code(403), { error: "insufficient_scope", workspace: w })
    const response = await endpoint.fetch(webRequest(parts, request), {
      ctx: { ...parts.ctx, actor: caller },
      credentialId: caller.credential.id,
      workspace: w,
      formUrl: (requestId) => formUrl(parts.settings, request, requestId),
      onFailure: (reference, err) => request.log.error({ err, reference, requestId: request.id }, "a tool failed"),
    })
    return sendWeb(reply, response)
  }
  for (const url of ["/mcp", "/mcp/:w"]) {
    app.post(url, page, handle)
    app.get(url, page, handle)
    app.delete(url, page, handle)
  }
  for (const url of [METADATA, `${METADATA}/mcp`, `${METADATA}/mcp/:w`])
    app.get(url, page, async (request) => ({
      resource: `${publicOrigin(parts.settings, request)}/mcp`,
      bearer_methods_supported: ["header"],
      scopes_supported: SCOPES,
      resource_name: "Sotto",
    }))
}

/** null for whoever proves nothing; what broke is thrown on. */
const callerOf = async (authenticate: Authenticate, request: FastifyRequest): Promise<Authenticated | null> => {
  if (request.headers.authorization === undefined) return null // a browser's session is no client of this
  try {
    return await authenticate(request)
  } catch (error) {
    if (isSecretError(error) && error.code === "unauthorized") return null
    throw error
  }
}

/** RFC 6750 §3 and RFC 9728 §5.1. */
const challenge = ({ settings }: ServerParts, request: FastifyRequest, reply: FastifyReply, { error, workspace }: { error: string; workspace: string }): FastifyReply => {
  const path = workspace === DEFAULT_NAMESPACE ? "/mcp" : `/mcp/${encodeURIComponent(workspace)}`
  const metadata = `${publicOrigin(settings, request)}${METADATA}${path}`
  const why = request.headers.authorization === undefined ? "" : `error="${error}", `
  void reply.header("www-authenticate", `Bearer ${why}resource_metadata="${metadata}", scope="${SCOPES.join(" ")}"`)
  const isKnown = reply.statusCode === 403
  return reply.send(errorBody(reply.statusCode, isKnown ? "forbidden" : "unauthorized", [isKnown ? "this needs the permission \"list\"" : "Unauthorized"]))
}

const webRequest = ({ settings }: ServerParts, request: FastifyRequest): Request => {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (name !== "authorization" && name !== "cookie" && typeof value === "string") headers.set(name, value) // the token goes no further
  }
  headers.delete("content-length")
  const gone = new AbortController()
  request.raw.once("close", () => {
    if (request.raw.destroyed && !request.raw.complete) gone.abort()
  })
  const body = request.method === "POST" ? { body: JSON.stringify(request.body ?? null) } : {}
  return new Request(`${publicOrigin(settings, request)}${request.url}`, { method: request.method, headers, signal: gone.signal, ...body })
}

const sendWeb = (reply: FastifyReply, response: Response): FastifyReply => {
  void reply.code(response.status)
  for (const [name, value] of response.headers) void reply.header(name, value)
  return response.body === null ? reply.send() : reply.send(Readable.fromWeb(response.body))
}
