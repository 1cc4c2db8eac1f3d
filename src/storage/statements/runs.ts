import { assignments, columns, type Dialect, insertInto, locking, perEngine, type StatementTable } from "../sql.ts"

const CHANGING = [
  "place", "status", "state", "result", "error", "version", "isReady", "claimedBy", "claimedUntil", "dueAt", "updatedAt", "tag",
]
const RUN = ["id", "namespace", "actor", "actorId", "name", "args", "parentId", "callback", "callbackMeta", "createdAt", ...CHANGING]
const DOCUMENT = ["id", "runId", "number", "name", "key", "place", "transition", "content", "isCurrent", "createdAt"]
const MESSAGE = ["id", "runId", "transition", "input", "createdAt", "tag"]

const find = (condition: string): string => `SELECT ${columns(RUN)} FROM runs WHERE ${condition}`

const nameGiven = ({ engine }: Dialect): string =>
  engine === "sqlite"
    ? "name IN (SELECT value FROM json_each(:names))"
    : "name = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(:names AS jsonb))))"

export const runStatements = {
  insertRun: insertInto("runs", RUN),
  findRun: find("id = :id"),
  lockRun: locking(find("id = :id"), "FOR UPDATE"),
  updateRun: `UPDATE runs SET ${assignments(CHANGING)} WHERE id = :id`,
  lockReadyRuns: perEngine((dialect) => `${find(`wake_at <= :now AND ${nameGiven(dialect)}`)} ORDER BY wake_at LIMIT :limit${dialect.engine === "postgres" ? " FOR UPDATE SKIP LOCKED" : ""}`),
  findNextRunTime: perEngine((dialect) => `SELECT wake_at AS at FROM runs WHERE wake_at IS NOT NULL AND ${nameGiven(dialect)} ORDER BY wake_at LIMIT 1`),
  listRunsOfParent: `${find("parent_id = :parentId")} ORDER BY id`,
  listRuns: `SELECT ${columns(RUN)} FROM runs ORDER BY id`,
  insertRunDocument: insertInto("run_documents", DOCUMENT),
  listRunDocuments: `SELECT ${columns(DOCUMENT)} FROM run_documents WHERE run_id = :runId ORDER BY number`,
  retireRunDocument: "UPDATE run_documents SET is_current = 0 WHERE run_id = :runId AND key = :key AND is_current = 1",
  insertRunMessage: `${insertInto("run_messages", MESSAGE)} ON CONFLICT (id) DO NOTHING`,
  listRunMessages: `SELECT ${columns(MESSAGE)} FROM run_messages WHERE run_id = :runId ORDER BY created_at, id`,
  updateRunMessage: "UPDATE run_messages SET tag = :tag WHERE id = :id",
  deleteRunMessage: "DELETE FROM run_messages WHERE id = :id",
  deleteRunMessages: "DELETE FROM run_messages WHERE run_id = :runId",
  deleteMessagesOfNamespace: "DELETE FROM run_messages WHERE run_id IN (SELECT id FROM runs WHERE namespace = :namespace)",
  deleteDocumentsOfNamespace: "DELETE FROM run_documents WHERE run_id IN (SELECT id FROM runs WHERE namespace = :namespace)",
  deleteRunsOfNamespace: "DELETE FROM runs WHERE namespace = :namespace",
} satisfies Partial<StatementTable>
