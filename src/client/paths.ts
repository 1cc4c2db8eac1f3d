import type { RouteName, Routes } from "../api/routes.ts"

/** The contract's own words, checked by the compiler, so that a client loads none of its schemas. */
type Paths = { readonly [Name in RouteName]: `${Routes[Name]["method"]} ${Routes[Name]["path"]}` }

export const PATHS: Paths = {
  openApi: "GET /openapi.json",
  health: "GET /healthz",
  readiness: "GET /readyz",
  listSecrets: "GET /workspaces/:w/secrets",
  createSecret: "POST /workspaces/:w/secrets",
  upsertSecret: "PUT /workspaces/:w/secrets/upsert",
  putSecrets: "PUT /workspaces/:w/secrets",
  revealSecrets: "POST /workspaces/:w/secrets/reveal",
  updateSecret: "PUT /workspaces/:w/secrets/:ref",
  removeSecret: "DELETE /workspaces/:w/secrets/:ref",
  revealSecret: "GET /workspaces/:w/secrets/:ref/value",
  listVersions: "GET /workspaces/:w/secrets/:ref/versions",
  rollbackSecret: "POST /workspaces/:w/secrets/:ref/rollback",
  listWorkspaces: "GET /workspaces",
  createWorkspace: "POST /workspaces",
  deleteWorkspace: "DELETE /workspaces/:w",
  listEvents: "GET /workspaces/:w/events",
  listStoreEvents: "GET /events",
  streamEvents: "GET /events/stream",
  keyringStatus: "GET /keyring",
  addKey: "POST /keyring/keys",
  retireKey: "POST /keyring/keys/:version/retire",
  startRotation: "POST /keyring/rotation",
  rotationProgress: "GET /keyring/rotation",
  cleanUp: "POST /keyring/cleanup",
  listTokens: "GET /tokens",
  createToken: "POST /tokens",
  revokeToken: "DELETE /tokens/:id",
  me: "GET /me",
  createLink: "POST /links",
  signIn: "POST /session",
  signOut: "DELETE /session",
  listSessions: "GET /sessions",
  endSession: "DELETE /sessions/:id",
}

/** Those that stand at the root instead of below `/api/v1`. */
export const AT_ROOT: readonly RouteName[] = ["health", "readiness"]
