import { isSecretError, SecretError } from "../../base/errors.ts"
import { migrationSql } from "../../storage/migrate.ts"
import { migrations } from "../../storage/migrations.ts"
import { openStorage } from "../../storage/open-storage.ts"
import { readStoreSettings } from "../../store/settings.ts"
import type { Call } from "../command.ts"
import { assertLocal } from "../open-backend.ts"
import { count } from "../table.ts"

export const migrateStore = async (call: Call): Promise<void> => {
  assertLocal(call, "migrate")
  const { options, screen, env } = call
  if (options.flag("print") === options.flag("apply")) throw new SecretError("invalid_argument", "say --print or --apply")
  const { database } = readStoreSettings(env)
  const pending = await countPending(database)
  if (options.flag("apply")) await (await openStorage({ database })).close()
  if (screen.isJson) screen.json({ pending, ...(options.flag("apply") ? { applied: pending } : { sql: await scriptOf(database, pending) }) })
  else if (pending === 0) screen.note("The database has this program's schema already")
  else if (options.flag("print")) screen.write(await scriptOf(database, pending))
  else screen.note(`Applied ${count(pending, "migration")}`)
}

/** Looks without changing anything; a database that is not there lacks everything. */
const countPending = async (database: string): Promise<number> => {
  try {
    await (await openStorage({ database, migrate: false })).close()
    return 0
  } catch (error) {
    if (isSecretError(error) && error.code === "schema_outdated") return error.details.pending as number
    throw error
  }
}

const scriptOf = async (database: string, pending: number): Promise<string> => {
  if (pending === 0) return ""
  const steps = migrations.slice(-pending)
  if (!/^postgres(ql)?:/i.test(database)) return migrationSql("sqlite", undefined, steps)
  const { parsePostgresUrl } = await import("../../storage/postgres-url.ts")
  return migrationSql("postgres", (await parsePostgresUrl(database)).schema, steps)
}
