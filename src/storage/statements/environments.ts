import { assignments, columns, insertInto, locking, type StatementTable } from "../sql.ts"

const CHANGING = [
  "address", "allowsPrivate", "keys", "restart", "sealingKey", "signingKey", "facts", "enrolment", "generation", "applied", "sent", "result",
  "error", "isRevoking", "contactAt", "removedAt", "updatedAt", "tag",
]
const SCHEDULE = ["attempts", "dueAt", "claimedBy", "claimedUntil"]
const ENVIRONMENT = ["id", "namespace", "name", "createdAt", "createdBy", ...CHANGING, ...SCHEDULE]

const find = (condition: string): string => `SELECT ${columns(ENVIRONMENT)} FROM environments WHERE ${condition}`

/** What fell due while somebody was at work stays due. */
const EARLIER = "CASE WHEN due_at IS NULL THEN :dueAt WHEN due_at > :dueAt THEN :dueAt ELSE due_at END"

export const environmentStatements = {
  insertEnvironment: `${insertInto("environments", ENVIRONMENT)} ON CONFLICT DO NOTHING`,
  findEnvironment: find("namespace = :namespace AND name = :name"),
  findEnvironmentById: find("id = :id"),
  lockEnvironment: locking(find("id = :id"), "FOR UPDATE"),
  updateEnvironment: `UPDATE environments SET ${assignments(CHANGING)} WHERE id = :id`,
  deleteEnvironment: "DELETE FROM environments WHERE id = :id",
  listEnvironments: `${find("namespace = :namespace")} ORDER BY name`,
  listAllEnvironments: `SELECT ${columns(ENVIRONMENT)} FROM environments ORDER BY id`,
  lockDueEnvironments: locking(`${find("wake_at <= :now")} ORDER BY wake_at LIMIT :limit`, "FOR UPDATE SKIP LOCKED"),
  findNextEnvironmentTime: "SELECT wake_at AS at FROM environments WHERE wake_at IS NOT NULL ORDER BY wake_at LIMIT 1",
  claimEnvironment: "UPDATE environments SET claimed_by = :claimedBy, claimed_until = :claimedUntil, due_at = NULL WHERE id = :id",
  releaseEnvironment: `UPDATE environments SET claimed_by = NULL, claimed_until = NULL, attempts = :attempts, due_at = ${EARLIER} WHERE id = :id`,
  markEnvironmentsDue: `UPDATE environments SET due_at = ${EARLIER} WHERE namespace = :namespace`,
  markEnvironmentDue: `UPDATE environments SET due_at = ${EARLIER} WHERE id = :id`,
  markAllEnvironmentsDue: `UPDATE environments SET due_at = ${EARLIER}`,
  listSecretsWithPolicy: `SELECT ${columns(["id", "namespace", "name", "number", "versionId", "keyVersion", "hasValue", "createdAt", "updatedAt", "expiresAt", "tag", "metadata", "policy"])}
    FROM secrets WHERE namespace = :namespace AND policy IS NOT NULL ORDER BY name`,
} satisfies Partial<StatementTable>
