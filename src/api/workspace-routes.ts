import * as z from "zod/mini"
import { WorkspaceId } from "../core/access/access-shapes.ts"
import { LIMITS } from "../core/limits.ts"
import { EventType, Order } from "../core/shapes.ts"
import { bodyObject, Count, Id, numberText, pageOf, PrincipalAnswer, queryText, Success, Time, Workspace } from "./fields.ts"
import { defineRoute } from "./route.ts"

const WorkspaceAnswer = z.strictObject({ id: z.string() })

export const EventAnswer = z.strictObject({
  eventId: z.string(),
  type: EventType,
  createdAt: Time,
  principal: PrincipalAnswer,
  /** Absent for the workspace `default` and for events of the store itself. */
  namespace: z.optional(z.string()),
  name: z.optional(z.string()),
  secretId: z.optional(Id),
  version: z.optional(Count),
  metadata: z.optional(z.record(z.string(), z.unknown())),
})

const eventQuery = {
  type: z.optional(EventType),
  principal: z.optional(queryText("principal", 256)),
  after: z.optional(numberText("after", 0, Number.MAX_SAFE_INTEGER)),
  before: z.optional(numberText("before", 0, Number.MAX_SAFE_INTEGER)),
  limit: z.optional(numberText("limit", 1, LIMITS.pageMaxItems)),
  cursor: z.optional(queryText("cursor", 4096)),
  order: z.optional(Order),
}

const inWorkspace = z.object({ w: Workspace })

/** What a stream of events tells of. */
export const CLIENT_EVENT_TYPES = ["secret.upserted", "secret.deleted", "request.created", "request.settled", "workflow.updated"] as const

export const workspaceRoutes = {
  listWorkspaces: defineRoute({
    method: "GET",
    path: "/workspaces",
    access: { needs: "list", on: "any workspace" },
    summary: "The workspaces that the caller may list.",
    status: 200,
    answer: z.array(WorkspaceAnswer),
  }),
  createWorkspace: defineRoute({
    method: "POST",
    path: "/workspaces",
    access: { needs: "admin", on: "workspace" },
    summary: "Makes an empty workspace.",
    body: bodyObject({ id: WorkspaceId }),
    status: 201,
    answer: WorkspaceAnswer,
  }),
  deleteWorkspace: defineRoute({
    method: "DELETE",
    path: "/workspaces/:w",
    access: { needs: "admin", on: "workspace" },
    summary: "Deletes a workspace with its secrets; its events stay.",
    params: inWorkspace,
    status: 200,
    answer: Success,
  }),
  listEvents: defineRoute({
    method: "GET",
    path: "/workspaces/:w/events",
    access: { needs: "audit", on: "workspace" },
    summary: "The log of a workspace, newest first; also of one that was deleted.",
    params: inWorkspace,
    query: z.object({ key: z.optional(queryText("key", 256)), ...eventQuery }),
    status: 200,
    answer: pageOf(EventAnswer),
  }),
  activity: defineRoute({
    method: "GET",
    path: "/workspaces/:w/activity",
    access: { needs: "audit", on: "workspace" },
    summary: "How often secrets of a workspace were read, written and denied, in spans of equal length.",
    params: inWorkspace,
    query: z.object({
      since: numberText("since", 0, Number.MAX_SAFE_INTEGER),
      until: numberText("until", 0, Number.MAX_SAFE_INTEGER),
      spans: numberText("spans", 1, 100),
    }),
    status: 200,
    answer: z.array(z.strictObject({ from: Time, reads: Count, writes: Count, denials: Count })),
  }),
  listStoreEvents: defineRoute({
    method: "GET",
    path: "/events",
    access: { needs: "audit", on: "store" },
    summary: "The log of the store itself: tokens, key ring, sign-ins.",
    query: z.object(eventQuery),
    status: 200,
    answer: pageOf(EventAnswer),
  }),
  streamEvents: defineRoute({
    method: "GET",
    path: "/events/stream",
    access: { needs: "list", on: "any workspace" },
    summary: "Server-sent `secret.…`, `request.…` and `workflow.updated`: what changed in which workspace and by whom, never a key or a value.",
    query: z.object({ workspace: z.optional(queryText("workspace", 256)) }),
    status: 200,
    mediaType: "text/event-stream",
    answer: z.strictObject({ type: z.enum(CLIENT_EVENT_TYPES), workspaceId: z.string(), userId: z.string() }),
  }),
}
