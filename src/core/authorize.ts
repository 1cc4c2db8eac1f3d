import { SecretError } from "../base/errors.ts"
import type { Actor, Permission } from "./principal.ts"

/** A pattern is a workspace id, a prefix that ends in `*`, or `*` alone. */
export const coversWorkspace = (pattern: string, workspace: string): boolean =>
  pattern.endsWith("*") ? workspace.startsWith(pattern.slice(0, -1)) : pattern === workspace

type Standing = "allowed" | "forbidden" | "outside"

const standingOf = (actor: Pick<Actor, "grants">, permission: Permission, workspace: string): Standing => {
  let standing: Standing = "outside"
  for (const { pattern, permissions } of actor.grants) {
    if (permissions.length === 0 || !coversWorkspace(pattern, workspace)) continue
    if (permissions.includes(permission)) return "allowed"
    standing = "forbidden"
  }
  return standing
}

export const isAllowed = (actor: Pick<Actor, "grants">, permission: Permission, workspace: string): boolean =>
  standingOf(actor, permission, workspace) === "allowed"

/**
 * Stands before every look-up. @throws SecretError `not_found` for a workspace outside every pattern of the actor, which is
 * also the answer for one that does not exist; `forbidden` inside a pattern without the permission
 */
export const authorize = (actor: Actor, permission: Permission, workspace: string): void => {
  const standing = standingOf(actor, permission, workspace)
  if (standing === "outside") throw workspaceNotFound(workspace)
  if (standing === "forbidden")
    throw new SecretError("forbidden", `this needs the permission "${permission}"`, { details: { permission } })
}

export const isAllowedOnStore = (actor: Actor, permission: Permission): boolean =>
  actor.grants.some((grant) => grant.pattern === "*" && grant.permissions.includes(permission))

/** For what looks over all workspaces and shows those that are allowed. @throws SecretError `forbidden` */
export const assertHoldsSomewhere = (actor: Actor, permission: Permission): void => {
  if (!actor.grants.some((grant) => grant.permissions.includes(permission)))
    throw new SecretError("forbidden", `this needs the permission "${permission}"`, { details: { permission } })
}

/** For what concerns the whole store. @throws SecretError `forbidden` */
export const authorizeStore = (actor: Actor, permission: Permission): void => {
  if (!isAllowedOnStore(actor, permission))
    throw new SecretError("forbidden", `this needs the permission "${permission}" on all workspaces`, { details: { permission } })
}

export const workspaceNotFound = (workspace: string): SecretError =>
  new SecretError("not_found", `Workspace with ID ${workspace} not found`, { details: { workspace } })
