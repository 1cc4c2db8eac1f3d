import { describeStorage } from "../../test/conformance/storage.ts"
import { createDatabases } from "../../test/engines.ts"

const databaseOf = createDatabases()

describeStorage("PostgreSQL", () => databaseOf("postgres"), { sharing: true, rowLocks: true })
