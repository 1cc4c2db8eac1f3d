import { assignments, columns, idGiven, insertInto, perEngine, type StatementTable } from "../sql.ts"

const HEAD = ["secretId", "number", "id", "namespace", "keyVersion", "hasValue", "createdAt", "createdBy", "tag"]
const WRAP = [...HEAD, "wrap"]
export const VERSION = [...WRAP, "sealed"]

const SAME_WRAP = "WHERE secret_id = :secretId AND number = :number AND wrap = :oldWrap"

const ofSecret = (names: string[]): string =>
  `SELECT ${columns(names)} FROM versions WHERE secret_id = :secretId ORDER BY number DESC`

export const versionStatements = {
  insertVersion: insertInto("versions", VERSION),
  findVersion: `SELECT ${columns(VERSION)} FROM versions WHERE secret_id = :secretId AND number = :number`,
  findLatestNumber: "SELECT coalesce(max(number), 0) AS number FROM versions WHERE secret_id = :secretId",
  listVersions: ofSecret(HEAD),
  listWrapsOfSecrets: perEngine(
    (dialect) => `SELECT ${columns(WRAP)} FROM versions WHERE ${idGiven("secret_id", dialect)} ORDER BY secret_id, number`,
  ),
  pruneVersions: "DELETE FROM versions WHERE secret_id = :secretId AND number <= :upTo",
  deleteVersions: "DELETE FROM versions WHERE secret_id = :secretId",
  listSecretsUnderKey: `SELECT DISTINCT namespace, secret_id AS "secretId" FROM versions
    WHERE key_version = :keyVersion AND (namespace, secret_id) > (:afterNamespace, :afterSecretId)
    ORDER BY namespace, secret_id LIMIT :limit`,
  listAllSecrets: `SELECT namespace, id AS "secretId" FROM secrets
    WHERE (namespace, id) > (:afterNamespace, :afterSecretId) ORDER BY namespace, id LIMIT :limit`,
  rewrapVersion: `UPDATE versions SET ${assignments(["keyVersion", "tag", "wrap"])} ${SAME_WRAP}`,
  reencryptVersion: `UPDATE versions SET ${assignments(["keyVersion", "tag", "wrap", "sealed"])} ${SAME_WRAP}`,
} satisfies Partial<StatementTable>
