import * as z from "zod/mini"
import { CreateLinkArgs, CreateTokenArgs, GrantShape, RedeemLinkArgs } from "../core/access/access-shapes.ts"
import { PrincipalKindName } from "../core/shapes.ts"
import { PrincipalAnswer, queryText, Success, Time } from "./fields.ts"
import { defineRoute } from "./route.ts"

const admin = { needs: "admin", on: "store" } as const

const oneId = z.object({ id: queryText("id", 64) })

const Token = z.strictObject({
  id: z.string(),
  kind: PrincipalKindName,
  owner: z.string(),
  name: z.string(),
  grants: z.array(GrantShape),
  createdAt: Time,
  createdBy: PrincipalAnswer,
  expiresAt: z.optional(Time),
  revokedAt: z.optional(Time),
  /** To the minute. */
  lastUsedAt: z.optional(Time),
})

export const accessRoutes = {
  listTokens: defineRoute({
    method: "GET",
    path: "/tokens",
    access: admin,
    summary: "All tokens, without what proves them.",
    status: 200,
    answer: z.array(Token),
  }),
  createToken: defineRoute({
    method: "POST",
    path: "/tokens",
    access: admin,
    summary: "Makes a token. Its text stands in this answer and nowhere else.",
    body: CreateTokenArgs(),
    status: 201,
    answer: z.strictObject({ ...Token.shape, token: z.string() }),
  }),
  revokeToken: defineRoute({
    method: "DELETE",
    path: "/tokens/:id",
    access: admin,
    summary: "Ends a token at once.",
    params: oneId,
    status: 200,
    answer: Success,
  }),
  me: defineRoute({
    method: "GET",
    path: "/me",
    access: { needs: "credential" },
    summary: "Who the caller is and what they may do.",
    status: 200,
    answer: z.strictObject({
      principal: PrincipalAnswer,
      owner: z.string(),
      grants: z.array(GrantShape),
      credential: z.enum(["token", "session", "operator"]),
      expiresAt: z.optional(Time),
    }),
  }),
  createLink: defineRoute({
    method: "POST",
    path: "/links",
    access: admin,
    summary: "Makes a one-time code that signs a person in within ten minutes.",
    body: z.optional(CreateLinkArgs()),
    status: 201,
    answer: z.strictObject({ code: z.string(), url: z.string(), expiresAt: Time }),
  }),
  signIn: defineRoute({
    method: "POST",
    path: "/session",
    access: { needs: "nothing" },
    summary: "Spends a code for a session: one half is set as a cookie, the other stands in `session`.",
    body: RedeemLinkArgs(),
    status: 201,
    answer: z.strictObject({ session: z.string(), principal: PrincipalAnswer, expiresAt: Time }),
  }),
  signOut: defineRoute({
    method: "DELETE",
    path: "/session",
    access: { needs: "credential" },
    summary: "Ends the session that this request was made with.",
    status: 200,
    answer: Success,
  }),
  listSessions: defineRoute({
    method: "GET",
    path: "/sessions",
    access: admin,
    summary: "Who is signed in now.",
    status: 200,
    answer: z.array(z.strictObject({ id: z.string(), principal: PrincipalAnswer, createdAt: Time, expiresAt: Time })),
  }),
  endSession: defineRoute({
    method: "DELETE",
    path: "/sessions/:id",
    access: admin,
    summary: "Signs somebody out.",
    params: oneId,
    status: 200,
    answer: Success,
  }),
}
