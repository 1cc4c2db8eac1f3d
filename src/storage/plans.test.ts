import Database from "better-sqlite3"
import pg from "pg"
import { describe, expect, it } from "vitest"
import { createDatabases } from "../../test/engines.ts"
import { eventRow, secretRow, versionRow } from "../../test/storage-rows.ts"
import type { StatementName } from "../core/ports/statements.ts"
import { openStorage } from "./open-storage.ts"
import { parsePostgresUrl } from "./postgres-url.ts"
import { postgresText, sqliteText } from "./sql.ts"
import { statements } from "./statements/statements.ts"

const NAMES = Object.keys(statements) as StatementName[]

/** What reads a whole table, and why it may. */
const WHOLE: Partial<Record<StatementName, string>> = {
  countByNamespace: "counts every secret, in an index",
  countSecrets: "counts every secret, in an index",
  countVersionsByKey: "counts every version, in an index",
  deleteRootWrapsOfKey: "the table has a row for each key",
  findCurrents: "the table is the list of names that was given",
  lastEventSeq: "the table has one row",
  findNextRunTime: "the table is the list of names that was given",
  lockReadyRuns: "the table is the list of names that was given",
  listAgentRules: "gives the rules of every workspace",
  listRequests: "gives every request",
  listRuns: "gives every run",
  countBoxCodes: "the table is the few that were found",
  countBoxSecrets: "the table is the few that were found",
  countBoxSenders: "the table is the few that were found",
  listBoxCodes: "gives every code",
  listBoxLeftovers: "gives the first few of them all",
  listAllEnvironments: "gives every environment",
  markAllEnvironmentsDue: "changes every environment",
  listKeyVersions: "gives every key version",
  listLinks: "gives every link",
  listRootWraps: "gives every wrap of the root",
  listSessions: "gives every session",
  listTokens: "gives every token",
  listWorkspaces: "gives every workspace",
  listWrapsOfSecrets: "the table is the list of ids that was given",
  lockSecretsById: "the table is the list of ids that was given",
  listSecretsById: "the table is the list of ids that was given",
  raiseEventSeq: "the table has one row",
}

const databaseOf = createDatabases()

/** Most rows in one namespace, of one type, by one principal: statistics that could talk a planner out of an index. */
const fill = async (database: string): Promise<void> => {
  const storage = await openStorage({ database })
  const secrets = Array.from({ length: 3_000 }, (_, i) =>
    secretRow(`n${i}`, {
      namespace: i % 100 === 0 ? "rare" : "default",
      updatedAt: i % 50,
      expiresAt: i % 3 === 0 ? i % 40 : null,
    }),
  )
  await storage.write(async (tx) => {
    await tx.runMany("insertSecret", secrets)
    await tx.runMany(
      "insertVersion",
      secrets.map((secret) => versionRow(secret)),
    )
    await tx.runMany(
      "appendEvent",
      secrets.map(({ id, namespace, name }, i) => eventRow({ secretId: id, namespace, name, createdAt: i % 70 })),
    )
  })
  await storage.close()
}

const sqlitePlans = (path: string): Map<StatementName, string> => {
  const database = new Database(path)
  const plans = NAMES.map((name): [StatementName, string] => {
    const sql = sqliteText(statements[name])
    const params = Object.fromEntries(Array.from(sql.matchAll(/:(\w+)/g), ([, parameter = ""]) => [parameter, null]))
    const steps = database.prepare<[object], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(params)
    return [name, steps.map(({ detail }) => detail).join("\n")]
  })
  database.close()
  return new Map(plans)
}

const postgresPlan = async (client: pg.Client, name: StatementName): Promise<string> => {
  const { text, names } = postgresText(statements[name])
  await client.query(`PREPARE planned AS ${text}`)
  const given = names.length === 0 ? "" : `(${names.map(() => "NULL").join(", ")})`
  const { rows } = await client.query<Record<string, string>>(`EXPLAIN EXECUTE planned${given}`)
  await client.query("DEALLOCATE planned")
  return rows.map((row) => row["QUERY PLAN"]).join("\n")
}

const postgresPlans = async (url: string): Promise<Map<StatementName, string>> => {
  const { client: config } = await parsePostgresUrl(url)
  const client = new pg.Client(config)
  await client.connect()
  await client.query("SET default_transaction_read_only = off")
  await client.query("ANALYZE")
  const plans = new Map<StatementName, string>()
  for (const name of NAMES) plans.set(name, await postgresPlan(client, name))
  await client.end()
  return plans
}

const matching = (plans: Map<StatementName, string>, pattern: RegExp): StatementName[] =>
  NAMES.filter((name) => pattern.test(plans.get(name) ?? ""))

describe("plans in SQLite", () => {
  it("read no whole table but where that is the point, and sort nothing", async () => {
    const database = await databaseOf("sqlite file")
    const path = database.slice("file:".length)
    await (await openStorage({ database })).close()
    const fresh = sqlitePlans(path)
    expect(matching(fresh, /SCAN (?!CONSTANT)/)).toEqual(NAMES.filter((name) => WHOLE[name] !== undefined))
    expect(matching(fresh, /TEMP B-TREE|AUTOMATIC/)).toEqual([])
  })

  it("stay so with many rows and fresh statistics", async () => {
    const database = await databaseOf("sqlite file")
    const path = database.slice("file:".length)
    await fill(database)
    const analysed = new Database(path)
    analysed.exec("ANALYZE")
    analysed.close()
    expect(matching(sqlitePlans(path), /SCAN (?!CONSTANT)/)).toEqual(NAMES.filter((name) => WHOLE[name] !== undefined))
    expect(matching(sqlitePlans(path), /TEMP B-TREE|AUTOMATIC/)).toEqual([])
  })

  it("seek to a cursor by all of its parts", async () => {
    const database = await databaseOf("sqlite file")
    await (await openStorage({ database })).close()
    const plans = sqlitePlans(database.slice("file:".length))
    expect(plans.get("listByUpdatedAsc")).toContain("secrets_by_update (namespace=? AND (updated_at,id)>(?,?))")
    expect(plans.get("listByExpiryDesc")).toContain("secrets_by_expiry (namespace=? AND expires_at>? AND (expires_at,id)<(?,?))")
    expect(plans.get("listByNameAsc")).toContain("secrets_by_name (namespace=? AND name>? AND name<?)")
    expect(plans.get("listEventsByTypeDesc")).toContain(
      "events_by_type (namespace=? AND type=? AND created_at>? AND created_at<?)",
    )
    expect(plans.get("listSecretsUnderKey")).toContain(
      "COVERING INDEX versions_by_key (key_version=? AND (namespace,secret_id)>(?,?))",
    )
  })
})

describe("plans in PostgreSQL", () => {
  it("scan no table and sort nothing, with no rows and with many", async () => {
    const database = await databaseOf("postgres")
    await (await openStorage({ database })).close()
    const fresh = await postgresPlans(database)
    await fill(database)
    for (const plans of [fresh, await postgresPlans(database)]) {
      expect(matching(plans, /Seq Scan/)).toEqual(["lastEventSeq", "raiseEventSeq", "markAllEnvironmentsDue", "listBoxCodes"]) // a sequence has one row and no index
      expect(matching(plans, /Sort|Bitmap|Hash Join|Merge Join/)).toEqual([])
    }
  })
})
