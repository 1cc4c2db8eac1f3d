import type { FastifyInstance } from "fastify"
import * as z from "zod/mini"
import { createToken } from "../src/core/access/create-token.ts"
import type { Grant, PrincipalKind } from "../src/core/principal.ts"
import { createServerOver, type ServerOverContext } from "../src/server/create-server.ts"
import { openTestContext, type TestContext } from "./open-test-context.ts"

export interface Answer {
  status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into whatever came
  body: any
  text: string
  headers: Record<string, unknown>
}

export interface Sent {
  token?: string | undefined
  body?: unknown
  headers?: Record<string, string>
}

export interface TestServer {
  store: TestContext
  app: FastifyInstance
  /** Everything that was logged. */
  log: string[]
  /** A new token with these grants. */
  token(grants: readonly Grant[], kind?: PrincipalKind): Promise<string>
  /** A request; below `/api/v1` where the path does not begin with a dot, which stands for the root. */
  call(method: "GET" | "POST" | "PUT" | "DELETE" | "HEAD" | "OPTIONS" | "PATCH", path: string, sent?: Sent): Promise<Answer>
  close(): Promise<void>
}

type Options = Omit<ServerOverContext, "ctx"> & { database?: string; keys?: string }

/** A server on a store of its own. Each answer of success is checked against the contract's schema. */
export const openTestServer = async ({ database, keys, settings, ...options }: Options = {}): Promise<TestServer> => {
  const store = await openTestContext(database, keys)
  const log: string[] = []
  const app = createServerOver({
    ctx: store.ctx,
    ...options,
    settings: { port: 80, log: { level: "debug", destination: { write: (line) => void log.push(line) } }, ...settings },
  })
  checkAnswers(app)
  let names = 0
  return {
    store,
    app,
    log,
    token: async (grants, kind = "service") => {
      const { token } = await createToken(store.ctx, { kind, name: `t${++names}`, grants: [...grants] })
      return token.reveal()
    },
    call: async (method, path, { token, body, headers } = {}) => {
      const response = await app.inject({
        method,
        url: path.startsWith(".") ? path.slice(1) : `/api/v1${path}`,
        headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
        ...(body !== undefined && { payload: body as object }),
      })
      return { status: response.statusCode, body: parse(response.body), text: response.body, headers: response.headers }
    },
    close: async () => {
      await app.close()
      await store.close()
    },
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const checkAnswers = (app: FastifyInstance): void => {
  app.addHook("preSerialization", async (request, reply, payload) => {
    const { api } = request.routeOptions.config
    if (api === undefined || reply.statusCode !== api.status) return payload
    const checked = z.safeParse(api.answer, JSON.parse(JSON.stringify(payload)))
    if (!checked.success) throw new Error(`${api.method} ${api.path} breaks its contract: ${z.prettifyError(checked.error)}`)
    return payload
  })
}
