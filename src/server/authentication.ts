import { createHash, timingSafeEqual } from "node:crypto"
import type { FastifyRequest } from "fastify"
import { SecretError } from "../base/errors.ts"
import { authenticateSession } from "../core/access/authenticate-session.ts"
import { authenticateToken } from "../core/access/authenticate-token.ts"
import { badCredential, type Authenticated } from "../core/access/credential.ts"
import type { StoreContext } from "../core/context.ts"
import { ALL_GRANTS } from "../core/principal.ts"
import { cookieName } from "./session-cookie.ts"
import type { ServerSettings } from "./settings.ts"

export type Authenticate = (request: FastifyRequest) => Promise<Authenticated>

export const SESSION_HEADER = "x-sotto-session"

const OPERATOR: Authenticated = {
  principal: { kind: "service", id: "operator", name: "operator" },
  owner: "operator",
  grants: ALL_GRANTS,
  credential: { kind: "operator", id: "operator", expiresAt: null },
}

/** Who sends a request: the operator's token, a token of the store, or both halves of a session. */
export const createAuthentication = (ctx: StoreContext, settings: ServerSettings): Authenticate => {
  const isOperator = createOperatorCheck(settings.adminToken)
  return async (request) => {
    const { authorization } = request.headers
    if (authorization !== undefined) {
      const token = /^Bearer ([!-~]{1,512})$/i.exec(authorization)?.[1]
      if (token === undefined) throw badCredential()
      return isOperator(token) ? OPERATOR : authenticateToken(ctx, token)
    }
    const header = request.headers[SESSION_HEADER]
    if (typeof header !== "string") throw new SecretError("unauthorized", "Unauthorized")
    return authenticateSession(ctx, { cookie: request.cookies[cookieName(settings, request)] ?? "", header })
  }
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest()

/** Hashes have one length, whatever was sent: the comparison tells nothing. */
const createOperatorCheck = (adminToken: string | null): ((token: string) => boolean) => {
  const expected = digest(adminToken ?? "")
  return (token) => timingSafeEqual(digest(token), expected) && adminToken !== null
}
