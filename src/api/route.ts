import type * as z from "zod/mini"
import type { Permission } from "../core/principal.ts"

export type Schema = z.ZodMiniType

/** What proves a caller: nothing, any credential, or a permission on the workspace in the path or on the whole store. */
export type Access =
  | { needs: "nothing" }
  | { needs: "credential" }
  | { needs: Permission; on: "workspace" | "store" | "any workspace" }

/** One route of the REST contract, as data: server, client, documents and tests read the same. */
export interface Route {
  method: "GET" | "POST" | "PUT" | "DELETE"
  /** Parameters begin with a colon. Stands below `/api/v1`, except where `isAtRoot`. */
  path: string
  isAtRoot?: boolean
  access: Access
  summary: string
  params?: Schema
  query?: Schema
  body?: Schema
  status: 200 | 201 | 202
  answer: Schema
  /** Of the answer, where it is not JSON. */
  mediaType?: "text/event-stream"
  /** The largest body, where the usual one does not do. */
  bodyMaxBytes?: number
  /** The most objects and arrays in a body that anybody may send. */
  bodyMaxParts?: number
}

export const API_BASE = "/api/v1"

/** Keeps each schema's own type. */
export const defineRoute = <const R extends Route>(route: R): R => route

export type ParamsOf<R extends Route> = R["params"] extends Schema ? z.output<R["params"]> : Record<never, never>
export type QueryOf<R extends Route> = R["query"] extends Schema ? z.output<R["query"]> : Record<never, never>
export type BodyOf<R extends Route> = R["body"] extends Schema ? z.output<R["body"]> : undefined
/** What a client sends. */
export type QueryInputOf<R extends Route> = R["query"] extends Schema ? z.input<R["query"]> : Record<never, never>
export type BodyInputOf<R extends Route> = R["body"] extends Schema ? z.input<R["body"]> : undefined
export type AnswerOf<R extends Route> = z.output<R["answer"]>

export const pathOf = (route: Route): string => (route.isAtRoot === true ? route.path : API_BASE + route.path)
