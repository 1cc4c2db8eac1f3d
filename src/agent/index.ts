/**
 * The entry `sotto/agent`: tools by which a model finds out which secrets there are, asks a person for those that are missing,
 * and uses them. It may assume Node; no value is ever in what a tool answers.
 */
export { isSecretError, SecretError, type SecretErrorCode } from "../base/errors.ts"
export { aiSdkTools } from "./ai-sdk.ts"
export { createTools, type Tools, type ToolsOptions } from "./create-tools.ts"
export type { ModelCall, ModelResult } from "./dispatch.ts"
export type { ToolAnswer } from "./guard.ts"
export { toolSchemas, type ToolSchema } from "./json-schema.ts"
export type { AgentTool, ToolAnnotations, ToolCall } from "./tool.ts"
