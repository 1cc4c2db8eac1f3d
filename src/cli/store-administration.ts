import type { StoreContext } from "../core/context.ts"
import type { KeyringAdministration } from "../store/keyring-administration.ts"
import type { Backend, NewToken, RotateRequest } from "./backend.ts"

type Administration = Pick<
  Backend,
  | "listWorkspaces"
  | "createWorkspace"
  | "deleteWorkspace"
  | "keyringStatus"
  | "addKey"
  | "retireKey"
  | "rotate"
  | "cleanup"
  | "listTokens"
  | "createToken"
  | "revokeToken"
>

/** What concerns the store as a whole. */
export const storeAdministration = (ctx: StoreContext, keyring: KeyringAdministration): Administration => ({
  ...workspacesOf(ctx),
  ...tokensOf(ctx),
  keyringStatus: async () => {
    const { rotationStatus } = await import("../core/rotation-status.ts")
    return rotationStatus(ctx, {})
  },
  addKey: () => keyring.addKey(),
  retireKey: (version) => keyring.retireKey(version),
  rotate: async (request: RotateRequest) => {
    const { rotate } = await import("../core/rotate.ts")
    return rotate(ctx, request)
  },
  cleanup: async ({ secretsMs, eventsMs }) => {
    const { cleanupEvents, cleanupSecrets } = await import("../core/cleanup.ts")
    const secrets = await cleanupSecrets(ctx, secretsMs === undefined ? {} : { retentionMs: secretsMs })
    const events = await cleanupEvents(ctx, eventsMs === undefined ? {} : { retentionMs: eventsMs })
    return { secrets, events }
  },
})

const workspacesOf = (ctx: StoreContext): Pick<Administration, "listWorkspaces" | "createWorkspace" | "deleteWorkspace"> => ({
  listWorkspaces: async () => {
    const { listWorkspaces } = await import("../core/access/list-workspaces.ts")
    return (await listWorkspaces(ctx, {})).map(({ id }) => id)
  },
  createWorkspace: async (id) => {
    const { createWorkspace } = await import("../core/access/create-workspace.ts")
    await createWorkspace(ctx, { namespace: id })
  },
  deleteWorkspace: async (id) => {
    const { deleteWorkspace } = await import("../core/access/delete-workspace.ts")
    await deleteWorkspace(ctx, { namespace: id })
  },
})

const tokensOf = (ctx: StoreContext): Pick<Administration, "listTokens" | "createToken" | "revokeToken"> => ({
  listTokens: async () => {
    const { listTokens } = await import("../core/access/list-tokens.ts")
    return listTokens(ctx, {})
  },
  createToken: async (wanted: NewToken) => {
    const { createToken } = await import("../core/access/create-token.ts")
    const { token, ...facts } = await createToken(ctx, {
      ...wanted,
      grants: wanted.grants.map(({ pattern, permissions }) => ({ pattern, permissions: [...permissions] })),
    })
    return { facts, token: token.reveal() }
  },
  revokeToken: async (id) => {
    const { revokeToken } = await import("../core/access/revoke-token.ts")
    return revokeToken(ctx, { id })
  },
})
