import type { Client } from "../client/create-client.ts"
import type { StoreContext } from "../core/context.ts"
import type { AgentRules } from "../core/policy/agent-rules.ts"
import type { PolicyInput } from "../core/policy/policy-shape.ts"
import type { PolicyView } from "../core/policy/set-policy.ts"
import type { AnsweredRequest } from "../core/requests/answer-request.ts"
import type { CreatedRequest } from "../core/requests/create-request.ts"
import type { RequestView } from "../core/requests/request-view.ts"

export interface Asked {
  keys: readonly { key: string; optional: boolean }[]
  reason?: string
  replace: boolean
  ttlMs?: number
}

export interface RequestAnswer {
  values: Record<string, string>
  skip: string[]
  allow: number[]
}

export interface PolicyChange {
  http?: PolicyInput["http"] extends (infer Rule)[] | undefined ? Rule : never
  exec?: PolicyInput["exec"] extends (infer Rule)[] | undefined ? Rule : never
  /** An environment that it is delivered to. */
  sync?: string
  approval?: "every-use" | "session" | "never"
  expiresAt?: number | null
}

interface SecretRef {
  workspace: string
  name: string
}

/** Where the form is, while it is open and a server shows it. */
type WithUrl<View> = View & { url?: string }

/** Requests and policies, in the local store or on a server. */
export interface RequestBackend {
  create(workspace: string, asked: Asked): Promise<WithUrl<CreatedRequest>>
  get(id: string): Promise<WithUrl<RequestView>>
  list(workspace: string, all: boolean): Promise<WithUrl<RequestView>[]>
  answer(id: string, answer: RequestAnswer): Promise<AnsweredRequest>
  decline(id: string): Promise<RequestView>
  cancel(id: string): Promise<RequestView>
  code(id: string): Promise<{ code: string; expiresAt: number }>
  showPolicy(ref: SecretRef): Promise<PolicyView>
  clearPolicy(ref: SecretRef): Promise<PolicyView>
  allow(ref: SecretRef, change: PolicyChange): Promise<PolicyView>
  rules(workspace: string): Promise<AgentRules>
  setRules(workspace: string, rules: AgentRules): Promise<AgentRules>
}

const variablesOf = ({ keys, reason, replace, ttlMs }: Asked) => ({
  variables: keys.map(({ key, optional }) => ({ key, ...(optional && { optional }) })),
  ...(reason !== undefined && { reason }),
  ...(replace && { replace }),
  ...(ttlMs !== undefined && { ttlMs }),
})

export const requestsOfServer = (client: Client): RequestBackend => ({
  create: (workspace, asked) => client.createRequest(workspace, variablesOf(asked)) as Promise<WithUrl<CreatedRequest>>,
  get: (id) => client.getRequest(id) as Promise<WithUrl<RequestView>>,
  list: (workspace, all) => client.listRequests(workspace, { all }) as Promise<WithUrl<RequestView>[]>,
  answer: (id, answer) => client.answerRequest(id, answer) as Promise<AnsweredRequest>,
  decline: (id) => client.declineRequest(id) as Promise<RequestView>,
  cancel: (id) => client.cancelRequest(id) as Promise<RequestView>,
  code: (id) => client.createPairingCode(id),
  showPolicy: ({ workspace, name }) => client.showPolicy(workspace, name) as Promise<PolicyView>,
  clearPolicy: ({ workspace, name }) => client.setPolicy(workspace, name, { policy: null }) as Promise<PolicyView>,
  allow: ({ workspace, name }, change) => client.allowUse(workspace, name, change) as Promise<PolicyView>,
  rules: (workspace) => client.agentRules(workspace),
  setRules: (workspace, rules) => client.setAgentRules(workspace, rules),
})

/** Each use case is loaded when it is asked for. */
export const requestsOfStore = (ctx: StoreContext, agent: string | null): RequestBackend => ({
  ...askingOf(ctx, agent),
  ...answeringOf(ctx),
  ...policiesOf(ctx),
})

/** @param agent whose shell this is: what it asks is asked by an agent, and answered by the local user */
const askingOf = (ctx: StoreContext, agent: string | null): Pick<RequestBackend, "create" | "get" | "list" | "cancel"> => ({
  create: async (workspace, asked) => {
    const { createRequest } = await import("../core/requests/create-request.ts")
    return createRequest(await asking(ctx, agent, workspace), { namespace: workspace, ...variablesOf(asked) })
  },
  get: async (requestId) => {
    const { getRequest } = await import("../core/requests/read-requests.ts")
    return getRequest(await asking(ctx, agent, ""), { requestId })
  },
  list: async (workspace, all) => {
    const { listRequests } = await import("../core/requests/read-requests.ts")
    return listRequests(ctx, { namespace: workspace, all })
  },
  cancel: async (requestId) => {
    const { cancelRequest } = await import("../core/requests/close-request.ts")
    return cancelRequest(ctx, { requestId })
  },
})

const asking = async (ctx: StoreContext, agent: string | null, workspace: string): Promise<StoreContext> => {
  if (agent === null) return ctx
  const { agentFor } = await import("../core/agent-actor.ts")
  return { ...ctx, actor: agentFor(ctx.actor, { id: "shell", name: `${agent} in a shell`, workspace }) }
}

const answeringOf = (ctx: StoreContext): Pick<RequestBackend, "answer" | "decline" | "code"> => ({
  answer: async (requestId, answer) => {
    const { answerRequest } = await import("../core/requests/answer-request.ts")
    return answerRequest(ctx, { requestId, ...answer })
  },
  decline: async (requestId) => {
    const { declineRequest } = await import("../core/requests/close-request.ts")
    return declineRequest(ctx, { requestId })
  },
  code: async (requestId) => {
    const { createPairingCode } = await import("../core/requests/pairing-code.ts")
    const { code, expiresAt } = await createPairingCode(ctx, { requestId })
    return { code: code.reveal(), expiresAt }
  },
})

const policiesOf = (ctx: StoreContext): Pick<RequestBackend, "showPolicy" | "clearPolicy" | "allow" | "rules" | "setRules"> => ({
  showPolicy: async ({ workspace, name }) => {
    const { showPolicy } = await import("../core/policy/set-policy.ts")
    return showPolicy(ctx, { namespace: workspace, name })
  },
  clearPolicy: async ({ workspace, name }) => {
    const { setPolicy } = await import("../core/policy/set-policy.ts")
    return setPolicy(ctx, { namespace: workspace, name, policy: null })
  },
  allow: async ({ workspace, name }, change) => {
    const { allowUse } = await import("../core/policy/set-policy.ts")
    return allowUse(ctx, { namespace: workspace, name, ...change })
  },
  rules: async (workspace) => {
    const { agentRules } = await import("../core/policy/agent-rules.ts")
    return agentRules(ctx, { namespace: workspace })
  },
  setRules: async (workspace, rules) => {
    const { setAgentRules } = await import("../core/policy/agent-rules.ts")
    return setAgentRules(ctx, { namespace: workspace, rules })
  },
})
