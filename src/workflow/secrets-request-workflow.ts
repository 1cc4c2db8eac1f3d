import { nowOf } from "../core/context.ts"
import { isSet } from "../core/requests/request-view.ts"
import { secretTags } from "../core/row-tags.ts"
import type { TransitionInput } from "../core/workflow/deliver-message.ts"
import { BaseWorkflow, type RunContext } from "./base-workflow.ts"
import { SecretRequestDocument } from "./documents.ts"
import { Transition, Workflow } from "./metadata.ts"
import { currentScope } from "./run-scope.ts"
import { askInRun, type RequestSecretsArgs } from "./tools.ts"

/** What became of a request, worked out from the store after the answer. */
export interface SecretsRequestResult {
  success: boolean
  outcome: "stored" | "declined" | "expired"
  stored: string[]
  kept: string[]
  missing: string[]
}

/** Asks a person for secrets and ends with what became of it. */
export class SecretsRequestWorkflow extends BaseWorkflow<RequestSecretsArgs, { before: Record<string, number> }> {
  async showForm(_state: unknown, { args }: RunContext<RequestSecretsArgs>): Promise<{ before: Record<string, number> }> {
    const variables = await askInRun(args)
    await this.documentStore.save(SecretRequestDocument, { variables })
    return { before: Object.fromEntries((await findKeys(variables)).map(({ key, version }) => [key, version])) }
  }

  async secretsSubmitted({ before }: { before: Record<string, number> }, input: TransitionInput<{ state?: string } | null>, { args }: RunContext<RequestSecretsArgs>): Promise<void> {
    const now = await findKeys(args.variables)
    const keysWhere = (test: (each: FoundKey) => boolean): string[] => now.filter(test).map(({ key }) => key)
    const outcome = input.status === "expired" ? "expired" : input.data?.state === "declined" || input.data?.state === "cancelled" ? "declined" : "stored"
    const result: SecretsRequestResult = {
      success: outcome === "stored",
      outcome,
      stored: keysWhere(({ key, isThere, version }) => isThere && version > (before[key] ?? 0)),
      kept: keysWhere(({ key, isThere, version }) => isThere && version === (before[key] ?? 0)),
      missing: keysWhere(({ isThere }) => !isThere),
    }
    this.setResult(result)
  }
}

interface FoundKey {
  key: string
  isThere: boolean
  version: number
}

const findKeys = async (variables: readonly { key: string }[]): Promise<FoundKey[]> => {
  const { ctx, run } = currentScope()
  const found: FoundKey[] = []
  for (const { key } of variables) {
    const row = await ctx.storage.one("findSecret", { namespace: run.namespace, name: key })
    if (row !== null) secretTags.assert(ctx.keys.current, row)
    found.push({ key, isThere: isSet(row ?? undefined, nowOf(ctx)), version: row?.number ?? 0 })
  }
  return found
}

Workflow({ name: "secrets_request", title: "Secrets Request" })(SecretsRequestWorkflow)
Transition({ to: "requesting_secrets" })(SecretsRequestWorkflow.prototype, "showForm")
Transition({ from: "requesting_secrets", to: "end", wait: true })(SecretsRequestWorkflow.prototype, "secretsSubmitted")
