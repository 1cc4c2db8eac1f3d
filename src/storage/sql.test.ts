import { describe, expect, it } from "vitest"
import type { StatementName } from "../core/ports/statements.ts"
import { needsTransaction, postgresText, sqliteText } from "./sql.ts"
import { isWriting, statements } from "./statements/statements.ts"

const TEXTS = Object.entries(statements) as [StatementName, (typeof statements)[StatementName]][]

describe("the text of a statement", () => {
  it("shows SQLite no bare parameter, for which it would plan anew at each run", () => {
    expect(sqliteText("SELECT :a, x FROM t WHERE b = :bC LIMIT :a")).toBe("SELECT +:a, x FROM t WHERE b = +:bC LIMIT +:a")
    expect(TEXTS.filter(([, text]) => /[^+]:\w/.test(sqliteText(text)))).toEqual([])
  })

  it("numbers its parameters for PostgreSQL, each name once", () => {
    expect(postgresText("SELECT :a, x FROM t WHERE b = :bC LIMIT :a")).toEqual({
      text: "SELECT $1, x FROM t WHERE b = $2 LIMIT $1",
      names: ["a", "bC"],
    })
    expect(TEXTS.filter(([, text]) => /:\w/.test(postgresText(text).text))).toEqual([])
  })

  it("tells what writes or locks from what only reads", () => {
    expect(TEXTS.filter(([name, text]) => isWriting(name) !== needsTransaction(text)).map(([name]) => name)).toEqual([])
  })
})
