import type { Actor } from "../principal.ts"

export interface RunStatus {
  workflowId: string
  name: string
  workspaceId: string
  /** `running` while a process takes a step of it. */
  status: "pending" | "running" | "waiting" | "completed" | "failed" | "cancelled"
  place: string
  /** Waits that a resume can name now. */
  availableTransitions: string[]
  result: unknown
  error: string | null
  parentId: string | null
}

export interface RunDocument {
  id: string
  name: string
  key: string
  place: string
  transition: string
  content: Record<string, unknown>
}

/** Runs of workflows. Everything is for whoever started a run: for others there is none (`not_found`). */
export interface WorkflowRuns {
  start(name: string, args?: unknown, options?: { workspace?: string }): Promise<{ workflowId: string }>
  /** @throws SecretError `request_closed` where the run does not wait for that; `invalid_argument` for a payload of another shape */
  resume(id: string, transition: string, payload?: unknown): Promise<void>
  /** With its children. One that has ended stays as it is. */
  cancel(id: string): Promise<void>
  status(id: string): Promise<RunStatus>
  documents(id: string): Promise<RunDocument[]>
}

/** What a server is given to offer workflows. */
export interface WorkflowHost {
  /** The runs of one actor. */
  as(actor: Actor): WorkflowRuns
}
