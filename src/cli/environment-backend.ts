import { isSecretError } from "../base/errors.ts"
import type { Client } from "../client/create-client.ts"
import type { StoreContext } from "../core/context.ts"
import type { EnvironmentView } from "../core/environments/environment-view.ts"
import type { SyncAnswer } from "../core/environments/sync.ts"

export interface NewEnvironment {
  name: string
  address?: string
  allowsPrivate?: boolean
  keys?: string[]
  restart?: "auto" | "never"
}

export interface SyncRequest {
  keys?: string[]
  mode: "plan" | "apply"
  restart?: "auto" | "never"
}

/** Environments, in the local store or on a server. */
export interface EnvironmentBackend {
  add(workspace: string, environment: NewEnvironment): Promise<EnvironmentView>
  list(workspace: string): Promise<EnvironmentView[]>
  status(workspace: string, name: string): Promise<EnvironmentView>
  remove(workspace: string, name: string, force: boolean): Promise<{ removed: boolean }>
  enroll(workspace: string, name: string): Promise<{ token: string; expiresAt: number }>
  sync(workspace: string, name: string, request: SyncRequest): Promise<SyncAnswer>
}

export const environmentsOfServer = (client: Client): EnvironmentBackend => ({
  add: (workspace, environment) => client.addEnvironment(workspace, environment),
  list: (workspace) => client.listEnvironments(workspace),
  status: (workspace, name) => client.environmentStatus(workspace, name),
  remove: (workspace, name, force) => client.removeEnvironment(workspace, name, { force }),
  enroll: (workspace, name) => client.enrollEnvironment(workspace, name),
  sync: (workspace, name, request) => client.syncEnvironment(workspace, name, request),
})

/** Each use case is loaded when it is asked for. */
export const environmentsOfStore = (ctx: StoreContext): EnvironmentBackend => ({
  add: async (namespace, environment) => (await managing()).addEnvironment(ctx, { namespace, ...environment }),
  list: async (namespace) => (await managing()).listEnvironments(ctx, { namespace }),
  status: async (namespace, name) => (await managing()).environmentStatus(ctx, { namespace, name }),
  remove: async (namespace, name, force) => {
    const { removed } = await (await managing()).removeEnvironment(ctx, { namespace, name, force })
    return removed ? { removed } : removeNow(ctx, namespace, name)
  },
  enroll: async (namespace, name) => {
    const { enrollEnvironment } = await import("../core/environments/enroll.ts")
    const { token, expiresAt } = await enrollEnvironment(ctx, { namespace, name })
    return { token: token.reveal(), expiresAt }
  },
  sync: async (namespace, name, request) => {
    const { syncEnvironment } = await import("../core/environments/sync.ts")
    return syncEnvironment(ctx, { namespace, name, ...request })
  },
})

const managing = () => import("../core/environments/manage-environments.ts")

/** Tries once from here: no server may run. What is left is owed. */
const removeNow = async (ctx: StoreContext, namespace: string, name: string): Promise<{ removed: boolean }> => {
  const { deliverOnce } = await import("../core/environments/sync.ts")
  try {
    return { removed: (await deliverOnce(ctx, namespace, name)).isGone }
  } catch (error) {
    if (isSecretError(error) && error.code === "not_found") return { removed: true } // a server that runs was first
    throw error
  }
}
