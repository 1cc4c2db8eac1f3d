import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { authenticateSession } from "../../src/core/access/authenticate-session.ts"
import { authenticateToken } from "../../src/core/access/authenticate-token.ts"
import { createLink } from "../../src/core/access/create-link.ts"
import { createToken } from "../../src/core/access/create-token.ts"
import { redeemLink } from "../../src/core/access/redeem-link.ts"
import { rotate } from "../../src/core/rotate.ts"
import { rotationStatus } from "../../src/core/rotation-status.ts"
import { put } from "../../src/core/put.ts"
import { isSecretStoreError } from "../../src/store/index.ts"
import { openContext, type OpenedContext } from "../../src/store/open-context.ts"
import { openEditor, type DatabaseEditor } from "../database-editor.ts"
import { createDatabases, K } from "../engines.ts"

/** Rows that grant authority or hold keys, edited behind the store's back: each flipped byte is refused. */
const freshDatabase = createDatabases()
const keys = `1:${K(1)},2:${K(2)}`

describe.each(["sqlite file", "postgres"] as const)("keys and grants edited by hand on %s", (engine) => {
  let database: string
  let store: OpenedContext
  let editor: DatabaseEditor

  beforeEach(async () => {
    database = await freshDatabase(engine)
    store = await openContext({ database, keys })
    editor = await openEditor(database)
  })
  afterEach(async () => {
    await editor.close()
    await store.close()
  })

  const outcomeOf = async (work: () => Promise<unknown>): Promise<string> => {
    try {
      await work()
      return "answered"
    } catch (error) {
      return isSecretStoreError(error) ? error.code : String(error)
    }
  }
  /** Flips one bit of each byte of a column in turn. @returns the outcomes that were seen */
  const flipEach = async (table: string, column: string, use: () => Promise<unknown>): Promise<string[]> => {
    const [row] = await editor.rows(`SELECT ${column} FROM ${table}`)
    const whole = Buffer.from(row?.[column] as Uint8Array)
    expect(whole.length).toBeGreaterThan(31)
    const outcomes = new Set<string>()
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
      await editor.run(`UPDATE ${table} SET ${column} = ?`, flipped)
      outcomes.add(await outcomeOf(use))
    }
    await editor.run(`UPDATE ${table} SET ${column} = ?`, whole)
    expect(await outcomeOf(use)).toBe("answered")
    return [...outcomes]
  }
  const openAgain = async (): Promise<void> => (await openContext({ database, keys: `1:${K(1)}` })).close()

  it("a token is refused for any change of its tag, its hash, its grants, its expiry or its revocation", async () => {
    const { token } = await createToken(store.ctx, { kind: "service", name: "t", grants: [{ pattern: "acme", permissions: ["list"] }] })
    const use = () => authenticateToken(store.ctx, token.reveal())
    for (const column of ["tag", "hash"]) expect(await flipEach("tokens", column, use)).toEqual(["unauthorized"])
    const [row] = await editor.rows("SELECT grants, expires_at FROM tokens")
    for (const [column, value] of [["grants", String(row?.["grants"]).replace("acme", "*")], ["expires_at", 9_999_999_999_999], ["kind", "person"], ["owner", "x"]]) {
      const [before] = await editor.rows(`SELECT ${String(column)} AS value FROM tokens`)
      await editor.run(`UPDATE tokens SET ${String(column)} = ?`, value)
      expect([column, await outcomeOf(use)]).toEqual([column, "unauthorized"])
      await editor.run(`UPDATE tokens SET ${String(column)} = ?`, before?.["value"])
    }
  })
  it("a session is refused for any change of its tag or hash, and so is a sign-in link", async () => {
    const { code } = await createLink(store.ctx, {})
    const { cookie, header } = await redeemLink(store.ctx, { code: code.reveal() })
    const use = () => authenticateSession(store.ctx, { cookie: cookie.reveal(), header: header.reveal() })
    for (const column of ["tag", "hash"]) expect(await flipEach("sessions", column, use)).toEqual(["unauthorized"])
    await editor.run("UPDATE links SET used_at = NULL") // to be used once more
    expect(await outcomeOf(() => redeemLink(store.ctx, { code: code.reveal() }))).toBe("unauthorized")
  })
  it("the store does not open over any change of a wrap of its root", async () => {
    await editor.run("DELETE FROM root_wraps WHERE key_version = 2")
    await editor.run("DELETE FROM key_versions WHERE key_version = 2".replace("key_version", "version"))
    await editor.run("UPDATE store SET active_key_version = active_key_version") // the wraps alone are what is changed
    expect(await flipWraps()).toEqual(["invalid_keys"])
  })
  const flipWraps = async (): Promise<string[]> => {
    const [row] = await editor.rows("SELECT wrap FROM root_wraps")
    const whole = Buffer.from(row?.["wrap"] as Uint8Array)
    const outcomes = new Set<string>()
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] as number) ^ 1
      await editor.run("UPDATE root_wraps SET wrap = ?", flipped)
      outcomes.add(await outcomeOf(openAgain))
    }
    return [...outcomes]
  }
  it("the store's own row and the rows of its keys are refused for any change of their tags", async () => {
    const write = () => put(store.ctx, { name: "a", value: "x" })
    expect(await flipEach("store", "tag", write)).toEqual(["decryption_failed"])
    await editor.run("DELETE FROM key_versions WHERE version = 1")
    expect(await flipEach("key_versions", "tag", () => rotationStatus(store.ctx, {}))).toEqual(["decryption_failed"])
  })
  it("the token key that a re-encryption handed on is refused for any change", async () => {
    await rotate(store.ctx, { reencrypt: true })
    const outcomes = await flipEach("store", "token_key", () => openContext({ database, keys }).then((again) => again.close()))
    expect(outcomes).toEqual(["decryption_failed"])
  })
})
