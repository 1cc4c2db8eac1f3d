import { assignments, columns, insertInto, locking, type StatementTable } from "../sql.ts"

const WORKSPACE = ["id", "createdAt", "createdBy"]
const TOKEN = [
  "id", "kind", "owner", "name", "hash", "grants", "createdAt", "createdBy", "expiresAt", "revokedAt", "lastUsedAt", "tag",
]
const SESSION = ["id", "actor", "hash", "createdAt", "expiresAt", "tag"]
const LINK = ["id", "actor", "hash", "createdAt", "expiresAt", "usedAt", "attempts", "tag"]

const find = (table: string, names: string[]): string => `SELECT ${columns(names)} FROM ${table} WHERE id = :id`
const list = (table: string, names: string[]): string => `SELECT ${columns(names)} FROM ${table} ORDER BY id`
const update = (table: string, names: string[]): string => `UPDATE ${table} SET ${assignments(names)} WHERE id = :id`

export const accessStatements = {
  insertWorkspace: `${insertInto("workspaces", WORKSPACE)} ON CONFLICT (id) DO NOTHING`,
  findWorkspace: find("workspaces", WORKSPACE),
  listWorkspaces: list("workspaces", WORKSPACE),
  deleteWorkspace: "DELETE FROM workspaces WHERE id = :id",
  insertToken: insertInto("tokens", TOKEN),
  findToken: find("tokens", TOKEN),
  lockToken: locking(find("tokens", TOKEN), "FOR UPDATE"),
  listTokens: list("tokens", TOKEN),
  updateToken: update("tokens", ["revokedAt", "lastUsedAt", "tag"]),
  insertSession: insertInto("sessions", SESSION),
  findSession: find("sessions", SESSION),
  listSessions: list("sessions", SESSION),
  updateSession: update("sessions", ["tag"]),
  deleteSession: "DELETE FROM sessions WHERE id = :id",
  deleteSessionsBefore: "DELETE FROM sessions WHERE expires_at < :cutoff",
  insertLink: insertInto("links", LINK),
  lockLink: locking(find("links", LINK), "FOR UPDATE"),
  listLinks: list("links", LINK),
  updateLink: update("links", ["usedAt", "attempts", "tag"]),
  deleteLink: "DELETE FROM links WHERE id = :id",
  deleteLinksBefore: "DELETE FROM links WHERE expires_at < :cutoff",
} satisfies Partial<StatementTable>
