import { Controller, Delete, Get, Header, HttpCode, HttpException, Post, Put, Req } from "@nestjs/common"
import { pathOf, type Route, type Schema } from "../api/route.ts"
import { parseArgs } from "../core/use-case.ts"
import type { Call } from "../server/call.ts"
import { frameworkError } from "../server/error-reply.ts"
import { forNest } from "./http-exception.ts"
import type { SecretsHost } from "./secrets-host.ts"

const VERBS = { GET: Get, POST: Post, PUT: Put, DELETE: Delete } as const

type Handle = (call: Call<Route>) => Promise<unknown>

interface ContractController {
  readonly host: SecretsHost
}

interface Contract<Names extends string, Instance> {
  routes: Readonly<Record<Names, Route>>
  /** What answers them, for one controller. */
  handlers: (controller: Instance) => Readonly<Record<Names, unknown>>
}

/** As much of an Express or Fastify request as is read. */
interface AnyRequest {
  method: string
  headers: Record<string, string | string[] | undefined>
  params?: unknown
  query?: unknown
  body?: unknown
}

/**
 * Gives a controller a method for each route of the contract, which stands at the same path and answers the same as on Sotto's
 * server. Decorators are applied as functions: this package compiles without them.
 */
export const mountContract = <Names extends string, Instance extends ContractController>(
  target: abstract new (...args: never[]) => Instance,
  { routes, handlers }: Contract<Names, Instance>,
): void => {
  const made = new WeakMap<Instance, Readonly<Record<Names, unknown>>>()
  const handlersOf = (controller: Instance): Readonly<Record<Names, unknown>> => {
    const present = made.get(controller) ?? handlers(controller)
    made.set(controller, present)
    return present
  }
  for (const [name, route] of Object.entries<Route>(routes)) {
    const answer = async function (this: Instance, request: AnyRequest): Promise<unknown> {
      return forNest(async () => {
        if (!this.host.isEnabled) throw new HttpException(frameworkError(404), 404)
        const ctx = await this.host.ctxOf(request)
        const call = { ...checked(route, request), ctx, request, reply: undefined }
        return (handlersOf(this)[name as Names] as Handle)(call as unknown as Call<Route>)
      })
    }
    const method = { value: answer, writable: true, configurable: true }
    Object.defineProperty(target.prototype, name, method)
    VERBS[route.method](pathOf(route))(target.prototype as object, name, method)
    HttpCode(route.status)(target.prototype as object, name, method)
    Header("Cache-Control", "no-store")(target.prototype as object, name, method)
    Req()(target.prototype as object, name, 0)
  }
  Controller()(target)
}

/** @throws SecretError `invalid_argument`; HttpException 415 for a body that is not JSON: what a form of another site can send */
const checked = (route: Route, request: AnyRequest): Record<"params" | "query" | "body", unknown> => ({
  params: parsed(route.params, request.params),
  query: parsed(route.query, request.query),
  body: route.body === undefined ? undefined : parseArgs(route.body, bodyOf(request)),
})

const parsed = (schema: Schema | undefined, data: unknown): unknown => (schema === undefined ? {} : parseArgs(schema, { ...(data as object) }))

const bodyOf = ({ headers, body }: AnyRequest): unknown => {
  const type = headers["content-type"]
  if (type === undefined) return undefined
  if (!/^application\/json\s*(?:;|$)/i.test(String(type))) throw new HttpException(frameworkError(415), 415)
  if (headers["content-length"] === "0") return undefined
  return body === null ? undefined : body
}

