import type { FastifyReply, FastifyRequest } from "fastify"
import type { AnswerOf, BodyOf, ParamsOf, QueryOf, Route } from "../api/route.ts"
import type { RouteName, Routes } from "../api/routes.ts"
import type { Authenticated } from "../core/access/credential.ts"
import type { KeyAdministration } from "../core/access/add-key.ts"
import type { WorkflowHost } from "../core/ports/workflow-runs.ts"
import type { StoreContext } from "../core/context.ts"
import type { EventStreams } from "./event-streams.ts"
import type { RotationRunner } from "./rotation-runner.ts"
import type { ServerSettings } from "./settings.ts"

/** What the parts of a running server share. */
export interface ServerParts {
  /** Its actor is whoever opened the store: handlers work with the caller's. */
  ctx: StoreContext
  settings: ServerSettings
  keyAdministration: KeyAdministration | undefined
  streams: EventStreams
  rotation: RotationRunner
  workflows: WorkflowHost | undefined
}

/** A checked request on its way to the core. */
export interface Call<R extends Route> {
  /** The store as the caller may use it. */
  ctx: StoreContext
  params: ParamsOf<R>
  query: QueryOf<R>
  body: BodyOf<R>
  request: FastifyRequest
  reply: FastifyReply
}

/** Gives the answer, or nothing where it has taken over the reply. */
export type Handler<R extends Route> = (call: Call<R>) => Promise<AnswerOf<R> | void>

export type Handlers<Name extends RouteName> = { readonly [N in Name]: Handler<Routes[N]> }

declare module "fastify" {
  interface FastifyRequest {
    actor: Authenticated | null
    /** Who keeps the box that a request is about, once it is proved; empty elsewhere. */
    boxHolder: string
  }
}

/** The caller of a route that asks for a credential: the hook before the handler has seen to it. */
export const callerOf = (request: FastifyRequest): Authenticated => {
  if (request.actor === null) throw new TypeError("this route lets callers in without a credential")
  return request.actor
}
