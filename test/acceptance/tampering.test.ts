import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { defineKeys, isSecretStoreError, openStore, type SecretStore } from "../../src/store/index.ts"
import { openEditor, type DatabaseEditor } from "../database-editor.ts"
import { createDatabases, createTestClock, K } from "../engines.ts"

/** Somebody edits the database behind the store's back: every edit is refused, before anything is answered from it. */
const freshDatabase = createDatabases()
const firstPage = { paginationOpts: { numItems: 100, cursor: null } }

describe.each(["sqlite file", "postgres"] as const)("a database edited by hand on %s", (engine) => {
  const clock = createTestClock()
  let store: SecretStore
  let editor: DatabaseEditor

  beforeEach(async () => {
    const database = await freshDatabase(engine)
    store = await openStore({ database, keys: defineKeys({ 1: K(1), 2: K(2) }), clock })
    editor = await openEditor(database)
    await store.put({ name: "a", value: "old-value" })
    await store.put({ name: "a", value: "new-value", metadata: { k: 1 }, ttlMs: 1_000_000 })
    await store.put({ namespace: "other", name: "b", value: "b-value" })
  })
  afterEach(async () => {
    await editor.close()
    await store.close()
  })

  const refusalOf = async (work: () => Promise<unknown>): Promise<string> => {
    try {
      return `answered ${JSON.stringify(await work())}`
    } catch (error) {
      return isSecretStoreError(error) ? error.code : String(error)
    }
  }
  const readAll = {
    secrets: [() => store.get({ name: "a" }), () => store.list(firstPage), () => store.versions({ name: "a" })],
    versions: [() => store.get({ name: "a" }), () => store.versions({ name: "a" })],
  }
  const where = { secrets: "name = 'a'", versions: "number = 2" }
  const expectRefused = async (table: "secrets" | "versions", reads: readonly (() => Promise<unknown>)[] = readAll[table]) => {
    for (const read of reads) expect(await refusalOf(read)).toBe("decryption_failed")
  }

  it("convex B12: the cryptographic columns of an older version, put into the current one, are refused", async () => {
    const [old] = await editor.rows("SELECT * FROM versions WHERE number = 1 AND namespace = 'default'")
    await editor.run("UPDATE versions SET sealed = ?, wrap = ? WHERE number = 2", old?.sealed, old?.wrap)
    expect(await refusalOf(() => store.get({ name: "a" }))).toBe("decryption_failed")
    await editor.run("UPDATE versions SET id = ?, tag = ? WHERE number = 2", old?.id, old?.tag)
    expect(await refusalOf(() => store.get({ name: "a" }))).toBe("decryption_failed")
  })
  it("a secret pointed back to an older version is refused", async () => {
    const [old] = await editor.rows("SELECT * FROM versions WHERE number = 1 AND namespace = 'default'")
    await editor.run("UPDATE secrets SET number = 1, version_id = ? WHERE name = 'a'", old?.id)
    await expectRefused("secrets")
  })
  it("a secret's own older row, put back whole with its tag, is refused while the newer version is there", async () => {
    const [newer] = await editor.rows("SELECT * FROM secrets WHERE name = 'a'")
    await store.put({ name: "a", value: "newest-value" })
    const columns = Object.keys(newer ?? {})
    const set = columns.map((column) => `${column} = ?`).join(", ")
    await editor.run(`UPDATE secrets SET ${set} WHERE name = 'a'`, ...columns.map((column) => newer?.[column]))
    expect(await refusalOf(() => store.get({ name: "a" }))).toBe("decryption_failed")
    expect(await refusalOf(() => store.put({ name: "a", value: "x" }))).toBe("decryption_failed")
    expect(await refusalOf(() => store.getMany({ names: ["a"] }))).toBe("decryption_failed")
  })
  it("convex B13: an edited expiry is refused before any question of expiry is answered from it", async () => {
    for (const expiresAt of [clock() + 9_000_000, clock() - 1, null]) {
      await editor.run("UPDATE secrets SET expires_at = ? WHERE name = 'a'", expiresAt)
      await expectRefused("secrets")
    }
    await editor.run("UPDATE secrets SET expires_at = 1 WHERE name = 'a'")
    expect(await store.cleanupSecrets({ retentionMs: 1 })).toEqual({ deleted: 0, isDone: true })
  })
  it("a row renamed or moved to another workspace is refused", async () => {
    await editor.run("UPDATE secrets SET name = 'renamed' WHERE name = 'a'")
    expect(await refusalOf(() => store.get({ name: "renamed" }))).toBe("decryption_failed")
    await editor.run("UPDATE secrets SET name = 'a', namespace = 'other' WHERE name = 'renamed'")
    expect(await refusalOf(() => store.get({ namespace: "other", name: "a" }))).toBe("decryption_failed")
    expect(await refusalOf(() => store.list({ namespace: "other", ...firstPage }))).toBe("decryption_failed")
  })
  it("edited metadata, times and flags are refused", async () => {
    const edits: [string, unknown][] = [
      ["metadata", '{"k":2}'],
      ["metadata", null],
      ["created_at", 5],
      ["updated_at", 5],
      ["key_version", 1],
      ["has_value", 0],
      ["number", 3],
    ]
    for (const [column, value] of edits) {
      const [before] = await editor.rows("SELECT * FROM secrets WHERE name = 'a'")
      await editor.run(`UPDATE secrets SET ${column} = ? WHERE name = 'a'`, value)
      expect([column, ...(await Promise.all([refusalOf(() => store.list(firstPage)), refusalOf(() => store.versions({ name: "a" }))]))]).toEqual(
        [column, "decryption_failed", "decryption_failed"],
      )
      expect(await refusalOf(() => store.get({ name: "a" }))).toBe("decryption_failed")
      await editor.run(`UPDATE secrets SET ${column} = ? WHERE name = 'a'`, before?.[column])
    }
    expect(await store.get({ name: "a" })).toMatchObject({ value: "new-value" })
  })
  it("edited columns of a version are refused", async () => {
    for (const [column, value] of [["created_at", 5], ["created_by", "{}"], ["has_value", 0], ["key_version", 1], ["namespace", "other"]]) {
      const [before] = await editor.rows("SELECT * FROM versions WHERE number = 2")
      await editor.run(`UPDATE versions SET ${column} = ? WHERE number = 2`, value)
      expect([column, await refusalOf(() => store.get({ name: "a" })), await refusalOf(() => store.versions({ name: "a" }))]).toEqual([
        column,
        "decryption_failed",
        "decryption_failed",
      ])
      await editor.run(`UPDATE versions SET ${column} = ? WHERE number = 2`, before?.[column as string])
    }
  })
  it.each([
    ["secrets", "tag"],
    ["secrets", "version_id"],
    ["versions", "sealed"],
    ["versions", "wrap"],
    ["versions", "tag"],
    ["versions", "id"],
  ] as const)("every flipped byte of %s.%s is refused", async (table, column) => {
    const [row] = await editor.rows(`SELECT ${column} FROM ${table} WHERE ${where[table]}`)
    const whole = Buffer.from(row?.[column] as Uint8Array)
    const reads = column === "sealed" || column === "wrap" ? [() => store.get({ name: "a" })] : readAll[table]
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
      await editor.run(`UPDATE ${table} SET ${column} = ? WHERE ${where[table]}`, flipped)
      for (const read of reads)
        expect(`byte ${at}: ${await refusalOf(read)}`).toBe(`byte ${at}: decryption_failed`)
    }
    await editor.run(`UPDATE ${table} SET ${column} = ? WHERE ${where[table]}`, whole)
    expect(await store.get({ name: "a" })).toMatchObject({ value: "new-value" })
  })
  it("rows of one secret put in the place of another's are refused", async () => {
    const [b] = await editor.rows("SELECT * FROM versions WHERE namespace = 'other'")
    await editor.run("UPDATE versions SET sealed = ?, wrap = ?, id = ?, tag = ? WHERE number = 2", b?.sealed, b?.wrap, b?.id, b?.tag)
    expect(await refusalOf(() => store.get({ name: "a" }))).toBe("decryption_failed")
  })
  it("a store row with another active key version or generation is refused when the store opens", async () => {
    for (const edit of ["active_key_version = 1", "generation = 0", "generation = 2", "created_at = 1"]) {
      const [before] = await editor.rows("SELECT * FROM store")
      await editor.run(`UPDATE store SET ${edit}`)
      expect(await refusalOf(() => store.put({ name: "new", value: "x" }))).not.toMatch(/^answered/)
      await editor.run("UPDATE store SET active_key_version = ?, generation = ?, created_at = ?", before?.active_key_version, before?.generation, before?.created_at)
    }
    expect(await store.put({ name: "new", value: "x" })).toMatchObject({ isNew: true })
  })
})
