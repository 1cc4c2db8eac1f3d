import { randomUUID } from "node:crypto"
import cookie from "@fastify/cookie"
import helmet from "@fastify/helmet"
import rateLimit from "@fastify/rate-limit"
import fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify"
import { ERROR_CODES, SecretError } from "../base/errors.ts"
import type { KeyAdministration } from "../core/access/add-key.ts"
import type { WorkflowHost } from "../core/ports/workflow-runs.ts"
import type { StoreContext } from "../core/context.ts"
import { assertSandbox } from "../core/environments/poll.ts"
import { createAuthentication, type Authenticate } from "./authentication.ts"
import type { ServerParts } from "./call.ts"
import { compilers } from "./compilers.ts"
import { Draining } from "./draining.ts"
import { errorBody, errorReply, frameworkError } from "./error-reply.ts"
import { EventStreams } from "./event-streams.ts"
import { createHostGuard } from "./host-guard.ts"
import { acceptJsonOnly } from "./json-body.ts"
import { createLimits, type Limits } from "./limits.ts"
import { loggerOptions, logRequest } from "./log.ts"
import { mountBoxes, type BoxEndpoint } from "./mount-boxes.ts"
import { mountConsole, type ConsoleFiles } from "./mount-console.ts"
import { mountMcp, type McpEndpoint } from "./mount-mcp.ts"
import { mountRoutes } from "./mount-routes.ts"
import { mountRequestForm } from "./page/mount-request-form.ts"
import { mountPage } from "./page/mount-page.ts"
import { createRotationRunner } from "./rotation-runner.ts"
import { securityHeaders } from "./security-headers.ts"
import { assertAdminToken, DEFAULT_SETTINGS, type ServerSettings } from "./settings.ts"

export interface ServerOverContext {
  /** An open store. Its own actor acts for nobody here: every request brings its caller. */
  ctx: StoreContext
  /** Absent: the server adds no keys. */
  keyAdministration?: KeyAdministration
  settings?: Partial<ServerSettings>
  /** Stands in the OpenAPI document. */
  version?: string
  /** What `createWorkflows` gave; absent: the server hosts no workflows. */
  workflows?: WorkflowHost
  /** Speaks MCP at `/mcp`; absent: the server does not. */
  mcp?: McpEndpoint
  /** Serves boxes below `/boxes`; absent: the server has none. */
  boxes?: BoxEndpoint
  /** What stands at `/`, as `readConsoleFiles` gave it; absent: a plain page. */
  console?: ConsoleFiles
  /** How often open streams prove their credential again. Default 15 s. */
  heartbeatMs?: number
}

const BODY_MAX_BYTES = 1024 * 1024
/** A name of 256 characters may take twelve each in a URL. */
const PARAM_MAX_LENGTH = 4096
const REQUEST_TIMEOUT_MS = 30_000
const KEEP_ALIVE_MS = 72_000

/** The server over an open store. It listens to nothing yet; closing it leaves the store open. */
export const createServerOver = (options: ServerOverContext): FastifyInstance => {
  const { ctx, keyAdministration, version = "0", heartbeatMs, mcp, boxes, workflows, console } = options
  const settings = { ...DEFAULT_SETTINGS, ...options.settings }
  assertAdminToken(settings.adminToken)
  const app = createApp(settings)
  const streams = new EventStreams(ctx, heartbeatMs)
  const rotation = createRotationRunner()
  const parts: ServerParts = { ctx, settings, keyAdministration, streams, rotation, workflows }
  const draining = new Draining()

  app.decorateRequest("actor", null)
  app.decorateRequest("boxHolder", "")
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply))
  app.addHook("onResponse", async (request, reply) => logRequest(app.log, request, reply))
  app.addHook("preClose", async () => {
    draining.stop()
    streams.close()
    ctx.sandboxes?.hub.close() // daemons that are held are let go, and call again
    await rotation.stop()
    await mcp?.close()
    await draining.finish(app.server)
  })
  void app.register(cookie)
  void app.register(helmet, securityHeaders(settings))
  void app.register(rateLimit, { global: false })
  if (boxes !== undefined) void app.register(async (root) => mountBoxes(root, { endpoint: boxes, settings, draining, limits: createLimits(root, settings.requestsPerMinute) }))
  void app.register(async (api) => {
    const limits = createLimits(api, settings.requestsPerMinute)
    const authenticate = createAuthentication(ctx, settings)
    addGates(api, { ctx, settings, draining, limits, authenticate })
    api.setNotFoundHandler((_request, reply) => reply.code(404).send(frameworkError(404)))
    acceptJsonOnly(api)
    mountRoutes(api, parts, version)
    if (mcp !== undefined) mountMcp(api, { parts, endpoint: mcp, authenticate, limits })
    await api.register(async (page) => mountPage(page, parts, { limits, isAtRoot: console === undefined }))
    if (console !== undefined) mountConsole(api, console)
    await api.register(async (page) => mountRequestForm(page, parts, limits))
  })
  return app
}

const createApp = (settings: ServerSettings): FastifyInstance =>
  fastify({
    logger: loggerOptions(settings.log) ?? false,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    schemaController: compilers,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: PARAM_MAX_LENGTH },
    return503OnClosing: false,
    forceCloseConnections: "idle",
    ...(settings.trustProxy !== null && { trustProxy: settings.trustProxy }),
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      void reply.code(error.statusCode ?? 400).send(frameworkError(error.statusCode ?? 400))
    },
    clientErrorHandler: (error, socket) => {
      const status = error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400
      const body = JSON.stringify(frameworkError(status))
      if (socket.writable)
        socket.write(`HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`)
      socket.destroy()
    },
  })

interface Gates {
  ctx: StoreContext
  settings: ServerSettings
  draining: Draining
  limits: Limits
  authenticate: Authenticate
}

/** What every request passes before its body is read: is it for us, is it not too much, and who sends it. */
const addGates = (api: FastifyInstance, { ctx, settings, draining, limits, authenticate }: Gates): void => {
  const guard = createHostGuard(settings)
  api.addHook("onRequest", async (request, reply) => {
    reply.headers({ "x-request-id": request.id, "cache-control": "no-store" })
    if (draining.isStopping) throw new SecretError("aborted", "the server is stopping")
    draining.enter(reply)
    guard(request)
    const { api: route, isPage } = request.routeOptions.config
    if (route === undefined && isPage !== true && !request.is404) throw new TypeError("a route says neither what it is nor whom it lets in")
    if (route?.isAtRoot === true) return
    await limits.byAddress(request, reply)
    if (route?.path === "/session" && route.method === "POST") await limits.signIns(request, reply)
    if (route?.path.startsWith("/sandboxes/")) await assertSandbox(ctx, (request.params as { id: string }).id)
    if (route === undefined || route.access.needs === "nothing") return
    request.actor = await authenticate(request)
    await limits.byPrincipal(request, reply)
  })
}

const answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const body = errorReply(error)
  if (body.statusCode >= 500) request.log.error({ err: error, requestId: request.id }, "a request failed")
  if (body.statusCode === 401) reply.header("www-authenticate", "Bearer")
  const isUnexplained = body.statusCode === 500 && body.code === "internal"
  return reply.code(body.statusCode).send(isUnexplained ? errorBody(500, "internal", [ERROR_CODES.internal]) : body)
}
