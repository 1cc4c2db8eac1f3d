import type { FastifyRequest } from "fastify"
import type { accessRoutes } from "../../api/access-routes.ts"
import { createLink } from "../../core/access/create-link.ts"
import { createToken } from "../../core/access/create-token.ts"
import { endAnySession, endSession } from "../../core/access/end-session.ts"
import { listSessions } from "../../core/access/list-sessions.ts"
import { listTokens } from "../../core/access/list-tokens.ts"
import { redeemLink } from "../../core/access/redeem-link.ts"
import { revokeToken } from "../../core/access/revoke-token.ts"
import { SecretError } from "../../base/errors.ts"
import { nowOf } from "../../core/context.ts"
import { callerOf, type Handlers, type ServerParts } from "../call.ts"
import { publicOrigin } from "../form-url.ts"
import { clearSessionCookie, setSessionCookie } from "../session-cookie.ts"
import type { ServerSettings } from "../settings.ts"

export const createAccessHandlers = ({ settings }: ServerParts): Handlers<keyof typeof accessRoutes> => ({
  listTokens: ({ ctx }) => listTokens(ctx, {}),

  createToken: async ({ ctx, body }) => {
    const { token, ...facts } = await createToken(ctx, body)
    return { ...facts, token: token.reveal() }
  },

  revokeToken: async ({ ctx, params }) => {
    await revokeToken(ctx, { id: params.id })
    return { success: true }
  },

  me: async ({ request }) => {
    const { principal, owner, grants, credential } = callerOf(request)
    const { kind, expiresAt } = credential
    return { principal, owner, grants: [...grants], credential: kind, ...(expiresAt !== null && { expiresAt }) }
  },

  createLink: async ({ ctx, body = {}, request }) => {
    const { code, expiresAt } = await createLink(ctx, body)
    return { code: code.reveal(), url: linkUrl(settings, request, code.reveal()), expiresAt }
  },

  signIn: async ({ ctx, body, request, reply }) => {
    const session = await redeemLink(ctx, body)
    setSessionCookie(settings, request, reply, { cookie: session.cookie.reveal(), maxAgeMs: session.expiresAt - nowOf(ctx) })
    return { session: session.header.reveal(), principal: session.principal, expiresAt: session.expiresAt }
  },

  signOut: async ({ ctx, request, reply }) => {
    const { credential } = callerOf(request)
    if (credential.kind !== "session") throw new SecretError("not_supported", "this request was not made with a session")
    await endSession(ctx, { id: credential.id })
    clearSessionCookie(settings, request, reply)
    return { success: true }
  },

  listSessions: ({ ctx }) => listSessions(ctx, {}),

  endSession: async ({ ctx, params }) => {
    await endAnySession(ctx, { id: params.id })
    return { success: true }
  },
})

/** The code stands in the fragment, which no browser sends. */
const linkUrl = (settings: ServerSettings, request: FastifyRequest, code: string): string =>
  `${publicOrigin(settings, request)}/#code=${code}`
