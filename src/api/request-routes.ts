import * as z from "zod/mini"
import { AgentRulesShape } from "../core/policy/agent-rules.ts"
import { EnvironmentPattern, ExecRule, HttpRule, PolicyShape } from "../core/policy/policy-shape.ts"
import { AnswerRequestArgs, ProposedUse, requestFields, RequestId, Variable } from "../core/requests/request-shapes.ts"
import { REQUEST_STATUSES } from "../core/requests/request-view.ts"
import { bodyObject, Count, PrincipalAnswer, Ref, Time, Workspace } from "./fields.ts"
import { defineRoute } from "./route.ts"

const inWorkspace = z.object({ w: Workspace })
const oneRequest = z.object({ id: RequestId })
const oneSecret = z.object({ w: Workspace, ref: Ref })
const names = z.array(z.string())

const RequestFacts = z.strictObject({
  requestId: z.string(),
  namespace: z.string(),
  kind: z.enum(["values", "approve"]),
  status: z.enum(REQUEST_STATUSES),
  requester: PrincipalAnswer,
  reason: z.optional(z.string()),
  variables: z.array(z.strictObject({ ...Variable.shape, isSet: z.boolean() })),
  use: z.array(ProposedUse),
  call: z.optional(z.string()),
  scope: z.optional(z.enum(["once", "session"])),
  provided: names,
  missing: names,
  declined: names,
  createdAt: Time,
  expiresAt: Time,
  settledAt: z.optional(Time),
  /** Where the person answers, while it is open. */
  url: z.optional(z.string()),
})

const Created = z.strictObject({ ...RequestFacts.shape, requestId: z.optional(z.string()) })
const Answered = z.strictObject({ ...RequestFacts.shape, stored: names, kept: names })

/** A policy as it stands, with what the store itself notes in it. */
const PolicyFacts = z.strictObject({
  name: z.string(),
  version: Count,
  policy: z.nullable(z.strictObject({ ...PolicyShape.shape, suspendedAt: z.optional(Time) })),
})

/** Fifty values of the largest size, as JSON may write them. */
const ANSWER_MAX_BYTES = 24 * 1024 * 1024
const { requestId: _inThePath, ...answer } = AnswerRequestArgs().shape

export const requestRoutes = {
  createRequest: defineRoute({
    method: "POST",
    path: "/workspaces/:w/requests",
    access: { needs: "request", on: "workspace" },
    summary: "Asks the person who answers for the caller for values. What is there already is `provided` at once.",
    params: inWorkspace,
    body: bodyObject(requestFields()),
    status: 201,
    answer: Created,
  }),
  listRequests: defineRoute({
    method: "GET",
    path: "/workspaces/:w/requests",
    access: { needs: "list", on: "workspace" },
    summary: "What the caller, a person, is asked; with `all`, also what is settled.",
    params: inWorkspace,
    query: z.object({ all: z.optional(z.literal("true", "all is true, or left out")) }),
    status: 200,
    answer: z.array(RequestFacts),
  }),
  getRequest: defineRoute({
    method: "GET",
    path: "/requests/:id",
    access: { needs: "credential" },
    summary: "How a request stands: for whoever made it, and for the person who is asked.",
    params: oneRequest,
    status: 200,
    answer: RequestFacts,
  }),
  cancelRequest: defineRoute({
    method: "DELETE",
    path: "/requests/:id",
    access: { needs: "credential" },
    summary: "Whoever made a request takes it back.",
    params: oneRequest,
    status: 200,
    answer: RequestFacts,
  }),
  answerRequest: defineRoute({
    method: "POST",
    path: "/requests/:id/answer",
    access: { needs: "credential" },
    summary: "The person who is asked answers, once; all that is given is stored, or nothing. Needs `write` on the workspace.",
    params: oneRequest,
    body: bodyObject(answer),
    bodyMaxBytes: ANSWER_MAX_BYTES,
    status: 200,
    answer: Answered,
  }),
  declineRequest: defineRoute({
    method: "POST",
    path: "/requests/:id/decline",
    access: { needs: "credential" },
    summary: "The person who is asked says no.",
    params: oneRequest,
    status: 200,
    answer: RequestFacts,
  }),
  createPairingCode: defineRoute({
    method: "POST",
    path: "/requests/:id/code",
    access: { needs: "credential" },
    summary: "A code that opens the request's form in one browser, for the person who is asked. Needs `write` on the workspace.",
    params: oneRequest,
    status: 201,
    answer: z.strictObject({ code: z.string(), expiresAt: Time }),
  }),
  showPolicy: defineRoute({
    method: "GET",
    path: "/workspaces/:w/secrets/:ref/policy",
    access: { needs: "list", on: "workspace" },
    summary: "What agents may do with a secret, which is named by its key.",
    params: oneSecret,
    status: 200,
    answer: PolicyFacts,
  }),
  setPolicy: defineRoute({
    method: "PUT",
    path: "/workspaces/:w/secrets/:ref/policy",
    access: { needs: "write", on: "workspace" },
    summary: "Replaces what agents may do with a secret; null takes it all away. People only.",
    params: oneSecret,
    body: bodyObject({ policy: z.nullable(PolicyShape) }),
    status: 200,
    answer: PolicyFacts,
  }),
  allowUse: defineRoute({
    method: "POST",
    path: "/workspaces/:w/secrets/:ref/policy",
    access: { needs: "write", on: "workspace" },
    summary: "Adds a rule to what agents may do with a secret, and ends a suspension. People only.",
    params: oneSecret,
    body: bodyObject({
      http: z.optional(HttpRule),
      exec: z.optional(ExecRule),
      sync: z.optional(EnvironmentPattern),
      approval: z.optional(PolicyShape.shape.approval),
      expiresAt: z.optional(z.nullable(Time)),
    }),
    status: 200,
    answer: PolicyFacts,
  }),
  agentRules: defineRoute({
    method: "GET",
    path: "/workspaces/:w/agent-rules",
    access: { needs: "list", on: "workspace" },
    summary: "What a workspace says to what agents ask for.",
    params: inWorkspace,
    status: 200,
    answer: AgentRulesShape,
  }),
  setAgentRules: defineRoute({
    method: "PUT",
    path: "/workspaces/:w/agent-rules",
    access: { needs: "write", on: "workspace" },
    summary: "Replaces what a workspace says to what agents ask for. People only.",
    params: inWorkspace,
    body: bodyObject(AgentRulesShape.shape),
    status: 200,
    answer: AgentRulesShape,
  }),
}
