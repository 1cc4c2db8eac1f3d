import { describeStorage } from "../../test/conformance/storage.ts"
import { createDatabases } from "../../test/engines.ts"

const databaseOf = createDatabases()

describeStorage("SQLite in memory", () => databaseOf("sqlite memory"), {
  sharing: "a database in memory belongs to the one connection that made it",
  rowLocks: "SQLite has one writer at a time: its transactions hold the whole database",
})

describeStorage("SQLite in a file", () => databaseOf("sqlite file"), {
  sharing: true,
  rowLocks: "SQLite has one writer at a time: its transactions hold the whole database",
})
