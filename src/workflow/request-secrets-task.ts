import type { TransitionInput } from "../core/workflow/deliver-message.ts"
import { Tool } from "./metadata.ts"
import { SecretsRequestWorkflow, type SecretsRequestResult } from "./secrets-request-workflow.ts"
import { BaseTool, checkRequest, RequestSecretsTool, type RequestSecretsArgs, type ToolCallOptions, type ToolEnvelope } from "./tools.ts"

export interface RequestSecretsTaskResult {
  workflowId: string
}

const startTask = async (workflow: SecretsRequestWorkflow, args: RequestSecretsArgs, { callback }: ToolCallOptions): Promise<ToolEnvelope<RequestSecretsTaskResult>> => {
  const started = await workflow.run(checkRequest(args), { ...(callback && { callback }), show: "inline", label: "Requesting Secrets" })
  return { data: started, pending: started }
}

/** What the model is told: that all was stored when, and only when, that is so. */
const completed = (input: TransitionInput<SecretsRequestResult | null>): ToolEnvelope => {
  const result = input.data
  if (result === null || result.outcome === "expired") return { error: "Nobody answered in time: nothing was stored by this request." }
  if (result.outcome === "declined") return { data: "The user declined. Nothing was stored." }
  if (result.missing.length === 0) return { data: "Secrets have been stored securely by the user." }
  const { stored, kept, missing } = result
  return { data: { message: "The user left some secrets out.", stored, kept, missing } }
}

/** Asks in a run of its own, which the calling run waits for. */
export class RequestSecretsTask extends BaseTool<RequestSecretsArgs, RequestSecretsTaskResult> {
  readonly #workflow: SecretsRequestWorkflow

  constructor(workflow: SecretsRequestWorkflow = new SecretsRequestWorkflow()) {
    super()
    this.#workflow = workflow
  }

  handle(args: RequestSecretsArgs, options: ToolCallOptions): Promise<ToolEnvelope<RequestSecretsTaskResult>> {
    return startTask(this.#workflow, args, options)
  }

  override async complete(envelope: unknown): Promise<ToolEnvelope> {
    return completed(envelope as TransitionInput<SecretsRequestResult | null>)
  }
}

/** `request_secrets` where a model calls it: a form is shown and the loop waits. */
export class RequestSecretsLoopTool extends RequestSecretsTool {
  override async handle(args: RequestSecretsArgs, options: ToolCallOptions = {}): Promise<ToolEnvelope<never>> {
    return (await (options.callback === undefined ? super.handle(args) : startTask(new SecretsRequestWorkflow(), args, options))) as ToolEnvelope<never>
  }

  override async complete(envelope: unknown): Promise<ToolEnvelope> {
    return completed(envelope as TransitionInput<SecretsRequestResult | null>)
  }
}

const description = "Asks the user for secrets through a secure form. Values are never shown to you. It must be the only tool call of your response."
Tool({ name: "request_secrets_task", description, exclusive: true })(RequestSecretsTask)
Tool({ name: "request_secrets", description, exclusive: true })(RequestSecretsLoopTool)
