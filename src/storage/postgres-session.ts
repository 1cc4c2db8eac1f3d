import type { ClientBase, Pool, QueryResult } from "pg"
import { SecretError } from "../base/errors.ts"
import type { Params, Row, StatementName } from "../core/ports/statements.ts"
import { postgresError } from "./postgres-errors.ts"
import { type PostgresText, postgresText } from "./sql.ts"
import { statements } from "./statements/statements.ts"
import type { Session } from "./transaction.ts"

/** So many statements lie in the pipeline at once: enough to hide the way to the server, few enough to hold in memory. */
const PIPELINED = 256

const INT8 = 20

const texts = new Map(
  (Object.keys(statements) as StatementName[]).map((name): [StatementName, PostgresText] => [
    name,
    postgresText(statements[name]),
  ]),
) as ReadonlyMap<StatementName, PostgresText>

/** What stands where a parser of `pg` would make a string of a 64-bit number. */
export const parseInteger = (text: string): number => {
  const number = Number(text)
  if (Number.isSafeInteger(number)) return number
  throw new SecretError("internal", "The database gave a number that JavaScript cannot hold.")
}

/** @param fallback the parser of `pg` for every other type */
export const typesOf = <Fallback extends (oid: number, format?: "text") => unknown>(
  getTypeParser: Fallback,
): { getTypeParser: Fallback } => ({
  getTypeParser: ((oid: number, format?: "text") => (oid === INT8 ? parseInteger : getTypeParser(oid, format))) as Fallback,
})

const valuesOf = (name: StatementName, names: readonly string[], params: object): unknown[] =>
  names.map((parameter) => {
    const value = (params as Record<string, unknown>)[parameter]
    if (value === undefined) throw new TypeError(`The statement ${name} needs the parameter ${parameter}.`)
    return value
  })

/** Runs a named statement, prepared once for each connection. */
export const query = async (client: ClientBase | Pool, name: StatementName, params: object): Promise<QueryResult> => {
  const { text, names } = texts.get(name) ?? postgresText(statements[name])
  const values = valuesOf(name, names, params)
  try {
    return await client.query({ name, text, values })
  } catch (error) {
    throw postgresError(error)
  }
}

/** One connection as a transaction or a snapshot uses it. Statements that are asked together go out together. */
export class PostgresSession implements Session {
  readonly #client: ClientBase

  constructor(client: ClientBase) {
    this.#client = client
  }

  async one<Name extends StatementName>(name: Name, params: Params<Name>): Promise<Row<Name> | null> {
    const { rows } = await query(this.#client, name, params)
    return (rows[0] as Row<Name> | undefined) ?? null
  }

  async all<Name extends StatementName>(name: Name, params: Params<Name>): Promise<Row<Name>[]> {
    const { rows } = await query(this.#client, name, params)
    return rows as Row<Name>[]
  }

  async run<Name extends StatementName>(name: Name, params: Params<Name>): Promise<number> {
    const { rowCount } = await query(this.#client, name, params)
    return rowCount ?? 0
  }

  async runMany<Name extends StatementName>(name: Name, params: Params<Name>[]): Promise<number[]> {
    return pipelined(params, (one) => this.run(name, one))
  }

  async appendEvents(events: Params<"appendEvent">[]): Promise<number[]> {
    const rows = await pipelined(events, (event) => this.one("appendEvent", event))
    return rows.map((row) => (row as Row<"appendEvent">).seq)
  }
}

const pipelined = async <Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> => {
  const results: Result[] = []
  for (let at = 0; at < items.length; at += PIPELINED) results.push(...(await Promise.all(items.slice(at, at + PIPELINED).map(work))))
  return results
}
