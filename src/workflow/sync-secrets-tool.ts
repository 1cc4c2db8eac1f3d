import * as z from "zod/mini"
import { syncWorkspace } from "../core/environments/sync-workspace.ts"
import { EnvironmentName } from "../core/environments/environment-shapes.ts"
import { parseArgs } from "../core/use-case.ts"
import { Tool } from "./metadata.ts"
import { currentScope } from "./run-scope.ts"
import { BaseTool, type ToolEnvelope } from "./tools.ts"

export interface SyncSecretsArgs {
  /** The environment: the one called `sandbox`, else the only one, where absent. */
  target?: string
}

export interface SyncSecretsResult {
  success: true
  /** Secrets that stand in the sandbox now. */
  count: number
  message?: string
}

const Args = z.strictObject({ target: z.optional(EnvironmentName) })

/**
 * Brings the run's workspace to its sandbox, by what people allow there. Code in that sandbox can read it. It happens at once, not
 * with the end of the transition: done twice, it does nothing the second time.
 */
export class SyncSecretsTool extends BaseTool<SyncSecretsArgs, SyncSecretsResult> {
  async handle(args: SyncSecretsArgs): Promise<ToolEnvelope<SyncSecretsResult>> {
    const { target } = parseArgs(Args, args)
    const { ctx, run } = currentScope()
    const answer = await syncWorkspace(ctx, { namespace: run.namespace, ...(target !== undefined && { target }) })
    if (answer === null) return { data: { success: true, count: 0, message: "No secrets to sync" } }
    return { data: { success: true, count: answer.added.length + answer.updated.length + answer.unchanged } }
  }
}

Tool({ name: "sync_secrets", description: "Brings the secrets of the workspace to its remote environment, by what people allow there. Never a value." })(SyncSecretsTool)
