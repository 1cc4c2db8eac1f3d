import type { StatementName } from "../../core/ports/statements.ts"
import type { StatementTable } from "../sql.ts"
import { accessStatements } from "./access.ts"
import { backupStatements } from "./backup.ts"
import { boxStatements } from "./boxes.ts"
import { environmentStatements } from "./environments.ts"
import { eventStatements } from "./events.ts"
import { requestStatements } from "./requests.ts"
import { runStatements } from "./runs.ts"
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
  ...requestStatements,
  ...runStatements,
  ...environmentStatements,
  ...boxStatements,
  ...upkeepStatements,
  ...backupStatements,
}

const READING = /^(?:find|list|read|count|dump|last)/

/** Whether a statement writes or locks: outside a transaction it would be a mistake. A test holds the names to their texts. */
export const isWriting = (name: StatementName): boolean => !READING.test(name)
