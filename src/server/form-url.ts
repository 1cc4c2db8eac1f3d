import type { FastifyRequest } from "fastify"
import type { ServerSettings } from "./settings.ts"

/** Where people reach this server. */
export const publicOrigin = ({ publicUrl }: ServerSettings, request: FastifyRequest): string =>
  publicUrl?.origin ?? `http://${request.headers.host ?? ""}`

/** A request's form. The id names it and opens nothing. */
export const formUrl = (settings: ServerSettings, request: FastifyRequest, requestId: string): string =>
  `${publicOrigin(settings, request)}/r/${requestId}`
