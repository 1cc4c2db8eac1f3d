import * as z from "zod/mini"
import { bodyObject, queryText, Success, Workspace } from "./fields.ts"
import { defineRoute } from "./route.ts"

const oneRun = z.object({ id: queryText("id", 64) })
const credential = { needs: "credential" } as const

export const workflowRoutes = {
  startWorkflow: defineRoute({
    method: "POST",
    path: "/workspaces/:w/workflows",
    access: { needs: "request", on: "workspace" },
    summary: "Starts a run of a workflow that this server hosts.",
    params: z.object({ w: Workspace }),
    body: bodyObject({ name: queryText("name", 256), args: z.optional(z.record(z.string(), z.unknown())) }),
    status: 201,
    answer: z.strictObject({ workflowId: z.string() }),
  }),
  workflowStatus: defineRoute({
    method: "GET",
    path: "/workflows/:id",
    access: credential,
    summary: "How a run of the caller's stands, and which waits can be resumed.",
    params: oneRun,
    status: 200,
    answer: z.strictObject({
      workflowId: z.string(),
      name: z.string(),
      workspaceId: z.string(),
      status: z.enum(["pending", "running", "waiting", "completed", "failed", "cancelled"]),
      place: z.string(),
      availableTransitions: z.array(z.string()),
      result: z.unknown(),
      error: z.nullable(z.string()),
      parentId: z.nullable(z.string()),
    }),
  }),
  workflowDocuments: defineRoute({
    method: "GET",
    path: "/workflows/:id/documents",
    access: credential,
    summary: "What a run of the caller's shows.",
    params: oneRun,
    status: 200,
    answer: z.array(
      z.strictObject({ id: z.string(), name: z.string(), key: z.string(), place: z.string(), transition: z.string(), content: z.record(z.string(), z.unknown()) }),
    ),
  }),
  resumeWorkflow: defineRoute({
    method: "POST",
    path: "/workflows/:id/resume",
    access: credential,
    summary: "Resumes a wait of a run of the caller's, once.",
    params: oneRun,
    body: bodyObject({ transition: queryText("transition", 256), payload: z.optional(z.unknown()) }),
    status: 202,
    answer: Success,
  }),
  cancelWorkflow: defineRoute({
    method: "DELETE",
    path: "/workflows/:id",
    access: credential,
    summary: "Cancels a run of the caller's with its children.",
    params: oneRun,
    status: 200,
    answer: Success,
  }),
}
