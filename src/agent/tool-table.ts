import type { AgentTool } from "./tool.ts"
import { getSecretKeys } from "./tools/get-secret-keys.ts"
import { requestSecrets, requestSecretsTask } from "./tools/request-secrets.ts"
import { httpWithSecretsTool } from "./tools/http-with-secrets.ts"
import { runWithSecretsTool } from "./tools/run-with-secrets.ts"
import { syncSecretsTool } from "./tools/sync-secrets.ts"
import { cancelSecretRequest, getSecretRequest } from "./tools/secret-requests.ts"

/** Every tool, in the order that models see. A new one is a file in `tools/` and a line here. */
export const TOOLS: readonly AgentTool[] = [getSecretKeys, requestSecrets, requestSecretsTask, getSecretRequest, cancelSecretRequest, runWithSecretsTool, httpWithSecretsTool, syncSecretsTool]
