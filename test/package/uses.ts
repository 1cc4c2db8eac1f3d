/**
 * One use of each published subpath, as a program that has `load(subpath)` and `assert` at hand.
 * It runs once as an ES module and once as CommonJS.
 */
export const USES: Readonly<Record<string, string>> = {
  "sotto": `
    const { defineKeys, isSecretStoreError, openStore } = await load("sotto")
    const keys = defineKeys({ 1: Buffer.alloc(32, 7).toString("base64") })
    const store = await openStore({ database: "memory:", keys })
    await store.put({ name: "API_KEY", value: "from a stranger" })
    assert.equal((await store.getOrThrow({ name: "API_KEY" })).value, "from a stranger")
    const failure = await store.getOrThrow({ name: "NOTHING" }).catch((error) => error)
    assert.ok(isSecretStoreError(failure))
    assert.equal(failure.code, "not_found")
    await store.close()`,
  "sotto/server": "",
  "sotto/client": "",
}
