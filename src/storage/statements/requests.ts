import { assignments, columns, insertInto, integer, locking, type StatementTable } from "../sql.ts"

const CHANGING = ["state", "openKey", "settledAt", "outcome", "codeHash", "formHash", "attempts", "tag"]
const REQUEST = [
  "id", "namespace", "kind", "requester", "requesterId", "asked", "body", "createdAt", "expiresAt", "runId", "transition", ...CHANGING,
]
const RULES = ["namespace", "rules", "updatedAt", "tag"]

const find = (condition: string): string => `SELECT ${columns(REQUEST)} FROM requests WHERE ${condition}`

export const requestStatements = {
  insertRequest: `${insertInto("requests", REQUEST)} ON CONFLICT DO NOTHING`,
  findRequest: find("id = :id"),
  lockOpenRequest: locking(find("open_key = :openKey"), "FOR UPDATE"), // of two calls that find one approval, the second waits and finds it spent
  lockRequest: locking(find("id = :id"), "FOR UPDATE"),
  updateRequest: `UPDATE requests SET ${assignments(CHANGING)} WHERE id = :id`,
  listRequestsOfAsked: `${find("asked = :asked AND namespace = :namespace AND created_at < :beforeCreatedAt")}
    AND (${integer("onlyOpen")} = 0 OR state = 'open') ORDER BY created_at DESC LIMIT :limit`,
  listRequests: `SELECT ${columns(REQUEST)} FROM requests ORDER BY id`,
  listOpenRequestsOf: `${find("requester_id = :requesterId AND open_key IS NOT NULL AND expires_at > :now")} ORDER BY expires_at`,
  listOpenRequestsOfRun: find("run_id = :runId AND open_key IS NOT NULL"),
  countOpenRequests: `SELECT count(*) AS count FROM requests
    WHERE requester_id = :requesterId AND open_key IS NOT NULL AND expires_at > :now`,
  deleteRequestsBefore: `DELETE FROM requests WHERE id IN
    (SELECT id FROM requests WHERE expires_at < :cutoff ORDER BY expires_at LIMIT :limit)`,
  findAgentRules: `SELECT ${columns(RULES)} FROM agent_rules WHERE namespace = :namespace`,
  listAgentRules: `SELECT ${columns(RULES)} FROM agent_rules ORDER BY namespace`,
  putAgentRules: `${insertInto("agent_rules", RULES)} ON CONFLICT (namespace) DO UPDATE
    SET rules = excluded.rules, updated_at = excluded.updated_at, tag = excluded.tag`,
  deleteAgentRules: "DELETE FROM agent_rules WHERE namespace = :namespace",
  deleteRequestsOfNamespace: "DELETE FROM requests WHERE namespace = :namespace",
} satisfies Partial<StatementTable>
