/**
 * One use of each published subpath, as a program that has `load(subpath)` and `assert` at hand.
 * It runs once as an ES module and once as CommonJS.
 */
export const USES: Readonly<Record<string, string>> = {
  "sotto": `
    const { defineKeys, isSecretStoreError, openStore } = await load("sotto")
    const key = (byte) => Buffer.alloc(32, byte).toString("base64")
    const store = await openStore({ database: "file:stranger.db", keys: defineKeys({ 1: key(1) }) })
    await store.put({ name: "API_KEY", value: "from a stranger" })
    assert.equal((await store.getOrThrow({ name: "API_KEY" })).value, "from a stranger")
    const failure = await store.getOrThrow({ name: "NOTHING" }).catch((error) => error)
    assert.ok(isSecretStoreError(failure))
    assert.equal(failure.code, "not_found")
    await store.close()
    const rotating = await openStore({ database: "file:stranger.db", keys: defineKeys({ 1: key(1), 2: key(2) }) })
    assert.deepEqual(await rotating.rotate(), { rotated: 1, skipped: 0, remaining: 0, isDone: true })
    await rotating.close()
    ;(await import("node:fs")).rmSync("stranger.db")`,
  "sotto/server": "",
  "sotto/client": "",
}
