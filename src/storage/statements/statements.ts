import type { StatementName } from "../../core/ports/statements.ts"
import { needsTransaction, type StatementTable } from "../sql.ts"
import { accessStatements } from "./access.ts"
import { backupStatements } from "./backup.ts"
import { eventStatements } from "./events.ts"
import { secretStatements } from "./secrets.ts"
import { storeStatements } from "./store.ts"
import { upkeepStatements } from "./upkeep.ts"
import { versionStatements } from "./versions.ts"

/** The SQL of every statement that the use cases know: one text for both engines wherever that is possible. */
export const statements: StatementTable = {
  ...storeStatements,
  ...secretStatements,
  ...versionStatements,
  ...eventStatements,
  ...accessStatements,
  ...upkeepStatements,
  ...backupStatements,
}

/** The statements that write or lock: outside a transaction they would be a mistake. */
export const writing: ReadonlySet<StatementName> = new Set(
  (Object.keys(statements) as StatementName[]).filter((name) => needsTransaction(statements[name])),
)
