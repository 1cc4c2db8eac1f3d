import type { FastifyInstance } from "fastify"
import { contextOf } from "../core/store-context.ts"
import { createServerOver, type ServerOverContext } from "./create-server.ts"

export interface ServerOptions extends Omit<ServerOverContext, "ctx"> {
  /** What `openStore` gave. Reads are audited, and upkeep runs, as it was opened and as its `maintain` was told. */
  store: object
}

/** The server over an open store. It listens to nothing yet; closing it leaves the store open. */
export const createServer = ({ store, ...options }: ServerOptions): FastifyInstance =>
  createServerOver({ ...options, ctx: contextOf(store) })
