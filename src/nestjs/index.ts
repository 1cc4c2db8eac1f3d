/**
 * The entry `sotto/nestjs`: a store of secrets, its routes, and durable workflows as modules of NestJS 11 and 12, on Express and
 * Fastify. It may assume Node and the app's own `@nestjs/common` and `@nestjs/core`; no route answers anybody whom the app does
 * not name.
 */
export { isSecretError, SecretError, type SecretErrorCode } from "../base/errors.ts"
export type { SecretItem as SecretItemInterface } from "../core/by-ref/secret-ref.ts"
export { SecretController, SecretRequestController } from "./controllers.ts"
export type { Authorize, Caller, SecretsModuleAsyncOptions, SecretsModuleOptions } from "./options.ts"
export { SecretEntity } from "./secret-entity.ts"
export { SecretService } from "./secret-service.ts"
export { SecretsHost } from "./secrets-host.ts"
export { SecretsModule } from "./secrets-module.ts"
export { SecretUpdateSchema, SecretWriteSchema } from "./schemas.ts"
export { WorkflowController, WorkflowModule, WorkflowService } from "./workflow-module.ts"
export { SecretRequestDocument, SecretRequestDocumentSchema } from "../workflow/documents.ts"
export { RequestSecretsTask, type RequestSecretsTaskResult } from "../workflow/request-secrets-task.ts"
export { SecretsRequestWorkflow, type SecretsRequestResult } from "../workflow/secrets-request-workflow.ts"
export { SyncSecretsTool, type SyncSecretsArgs, type SyncSecretsResult } from "../workflow/sync-secrets-tool.ts"
export { GetSecretKeysTool, RequestSecretsTool, type GetSecretKeysResult, type RequestSecretsResult, type ToolEnvelope, type ToolResult } from "../workflow/tools.ts"
