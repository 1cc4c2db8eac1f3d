import { columns, type StatementTable } from "../sql.ts"
import { SECRET } from "./secrets.ts"
import { VERSION } from "./versions.ts"

export const backupStatements = {
  dumpSecrets: `SELECT ${columns(SECRET)} FROM secrets WHERE id > :afterId ORDER BY id LIMIT :limit`,
  dumpVersions: `SELECT ${columns(VERSION)} FROM versions
    WHERE (secret_id, number) > (:afterSecretId, :afterNumber) ORDER BY secret_id, number LIMIT :limit`,
  countSecrets: "SELECT count(*) AS count FROM secrets",
} satisfies Partial<StatementTable>
