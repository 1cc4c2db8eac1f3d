import Database from "better-sqlite3"
import pg from "pg"
import { describe, expect, it } from "vitest"
import { freshPostgresUrl } from "./database.ts"

const schemaOf = (url: string): string => new URL(url).searchParams.get("schema") ?? ""

const query = async (url: string, text: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

describe("the test databases", () => {
  it("gives every caller a schema of its own on one real PostgreSQL", async () => {
    const [one, other] = await Promise.all([freshPostgresUrl(), freshPostgresUrl()])
    expect(schemaOf(one)).toMatch(/^test_[0-9a-f]{32}$/)
    expect(schemaOf(one)).not.toBe(schemaOf(other))
    expect(new URL(one).host).toBe(new URL(other).host)
  })

  it("runs a PostgreSQL that many connections can use at once", async () => {
    const url = await freshPostgresUrl()
    expect(await query(url, "select current_setting('max_connections')::int >= 100 as many")).toEqual([{ many: true }])
  })

  it("loads better-sqlite3 in a worker", () => {
    const database = new Database(":memory:")
    expect(database.prepare("select 1 as one").get()).toEqual({ one: 1 })
    database.close()
  })
})
