import type { StoreContext } from "../core/context.ts"
import { SecretError } from "../base/errors.ts"
import { assertKeysCurrent, nowOf } from "../core/context.ts"
import { listAgentKeys } from "../core/policy/list-agent-keys.ts"
import { requestRowFor } from "../core/requests/create-request.ts"
import { REQUEST_LIMITS } from "../core/requests/request-limits.ts"
import { openRequest } from "../core/requests/request-row.ts"
import { CreateRequestArgs } from "../core/requests/request-shapes.ts"
import { parseArgs } from "../core/use-case.ts"
import { Tool } from "./metadata.ts"
import { currentScope } from "./run-scope.ts"

/** What a tool gives inside: data, an error, or a run that has to end first. */
export interface ToolEnvelope<Data = unknown, Meta = unknown> {
  type?: string
  data?: Data
  error?: string
  metadata?: Meta
  pending?: { workflowId: string }
}

export interface ToolResult<Data = unknown> {
  data: Data
  metadata: unknown
  type?: string
}

export interface ToolCallOptions {
  /** The transition of the calling run that hears of a pending call's end. */
  callback?: { transition: string; metadata?: unknown }
}

/** The class that tools extend. */
export abstract class BaseTool<Args = unknown, Data = unknown> {
  abstract handle(args: Args, options: ToolCallOptions): Promise<ToolEnvelope<Data>>

  /** Of a call that was pending, once its run has ended. */
  async complete(envelope: unknown): Promise<ToolEnvelope> {
    return { data: (envelope as { data?: unknown }).data ?? envelope }
  }

  /** @throws Error where the call fails, or is pending: only a loop that hears of its end can make it */
  async call(args?: Args, options: ToolCallOptions = {}): Promise<ToolResult<Data>> {
    const { data, error, metadata, pending, type } = await this.handle((args ?? {}) as Args, options)
    if (error !== undefined) throw new SecretError("invalid_argument", error)
    if (pending !== undefined) throw new SecretError("not_supported", "the tool returned pending; observe pending calls through the agent's tool loop")
    return { data: data as Data, metadata: metadata ?? null, ...(type !== undefined && { type }) }
  }
}

export type GetSecretKeysResult = { key: string; hasValue: boolean }[]
export interface RequestSecretsArgs {
  variables: { key: string; description?: string; optional?: boolean }[]
  reason?: string
}
export interface RequestSecretsResult {
  variables: { key: string }[]
}

/** Keys of the run's workspace and whether each is set: `[{ key, hasValue }]`. */
export class GetSecretKeysTool extends BaseTool<object, GetSecretKeysResult> {
  async handle(): Promise<ToolEnvelope<GetSecretKeysResult>> {
    const { ctx, run } = currentScope()
    return { data: await allKeys(ctx, run.namespace) }
  }
}

const allKeys = async (ctx: StoreContext, namespace: string): Promise<GetSecretKeysResult> => {
  const keys: GetSecretKeysResult = []
  for (let cursor: string | undefined; ; ) {
    const page = await listAgentKeys(ctx, { namespace, ...(cursor !== undefined && { cursor }) })
    keys.push(...page.keys.map(({ key, hasValue }) => ({ key, hasValue })))
    if (page.nextCursor === undefined) return keys
    cursor = page.nextCursor
  }
}

/** Asks for secrets: the answer to the form resumes the wait that follows the present transition. Gives the keys that are asked for. */
export class RequestSecretsTool extends BaseTool<RequestSecretsArgs, RequestSecretsResult> {
  async handle(args: RequestSecretsArgs): Promise<ToolEnvelope<RequestSecretsResult>> {
    return { data: { variables: await askInRun(args) } }
  }
}

/** What is asked for, as it may be. @throws SecretError `invalid_argument` */
export const checkRequest = (args: unknown) => {
  const { namespace: _theRuns, ...asked } = parseArgs(CreateRequestArgs(), { ...(args as object), namespace: currentScope().run.namespace })
  return asked as RequestSecretsArgs & typeof asked
}

/** Registers the request with the present transition. @throws SecretError `invalid_argument`, `forbidden` */
export const askInRun = async (args: unknown): Promise<{ key: string }[]> => {
  const { ctx, run, draft, nextWaits } = currentScope()
  const asked = checkRequest(args)
  const wait = nextWaits[0]
  if (wait === undefined) throw new SecretError("invalid_argument", "no transition waits at the place that this one leads to, so nobody would hear of the answer")
  draft.writes.push(async (tx) => {
    await assertKeysCurrent(tx, ctx.keys.current)
    await openRequest(ctx, tx, await requestRowFor(ctx, tx, { ...asked, namespace: run.namespace, runId: run.id, transition: wait.id }))
  })
  draft.dueAt = nowOf(ctx) + (asked.ttlMs ?? REQUEST_LIMITS.ttlDefaultMs)
  const keys = [...new Set(asked.variables.map(({ key }) => key))]
  return keys.map((key) => ({ key }))
}

Tool({ name: "get_secret_keys", description: "Lists the secret keys of the workspace, and whether each is set. Never a value." })(GetSecretKeysTool)
Tool({ name: "request_secrets", description: "Asks the user for secrets through a secure form. It must be the only tool call of a response." })(RequestSecretsTool)
