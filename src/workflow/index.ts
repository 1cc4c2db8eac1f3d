/**
 * The entry `sotto/workflow`: durable workflows that wait for people. A run's steps are rows of the store's database, one
 * transaction each; any number of processes may run them. It may assume Node; no value is ever in a run, its documents or its errors.
 */
export { isSecretError, SecretError, type SecretErrorCode } from "../base/errors.ts"
export type { TransitionInput } from "../core/workflow/deliver-message.ts"
export { BaseWorkflow, type RunContext, type RunOptions } from "./base-workflow.ts"
export type { RunDocument, RunStatus, WorkflowHost, WorkflowRuns } from "../core/ports/workflow-runs.ts"
export { createWorkflows, type Workflows, type WorkflowsOptions } from "./create-workflows.ts"
export { DocumentStore, ErrorDocument, LinkDocument, MarkdownDocument, MessageDocument, PlainDocument, SecretRequestDocument, type SaveOptions } from "./documents.ts"
export { Document, Guard, Tool, Transition, Workflow, type TransitionOptions, type WorkflowOptions } from "./metadata.ts"
export { RequestSecretsLoopTool, RequestSecretsTask, type RequestSecretsTaskResult } from "./request-secrets-task.ts"
export { createContainer, type Resolve } from "./registry.ts"
export { SecretsRequestWorkflow, type SecretsRequestResult } from "./secrets-request-workflow.ts"
export { delegateToolCalls, updateToolResult, type DelegateResult, type ToolCall, type ToolCallResult } from "./tool-loop.ts"
export { SyncSecretsTool, type SyncSecretsArgs, type SyncSecretsResult } from "./sync-secrets-tool.ts"
export {
  BaseTool, GetSecretKeysTool, RequestSecretsTool, type GetSecretKeysResult, type RequestSecretsArgs, type RequestSecretsResult, type ToolCallOptions, type ToolEnvelope, type ToolResult,
} from "./tools.ts"
