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
  "sotto/server": `
    const { createServer, listen, readServerSettings } = await load("sotto/server")
    assert.equal(readServerSettings({ SOTTO_PORT: "0" }).port, 0)
    assert.throws(() => readServerSettings({ SOTTO_ADMIN_TOKEN: "short" }), (error) => error.code === "invalid_argument")
    const { openStore } = await load("sotto")
    const store = await openStore({ database: "memory:", keys: "1:" + Buffer.alloc(32, 1).toString("base64") })
    const server = createServer({ store, settings: { port: 0, log: { level: "silent" } } })
    const { url, close } = await listen(server, { port: 0 })
    assert.deepEqual(await (await fetch(url + "/healthz")).json(), { status: "ok" })
    assert.equal((await fetch(url + "/api/v1/me")).status, 401)
    assert.equal((await (await fetch(url + "/api/v1/openapi.json")).json()).openapi, "3.1.0")
    await close()
    await store.close()`,
  "sotto/client": `
    const { createClient, SecretError } = await load("sotto/client")
    assert.throws(() => createClient({ url: "http://example.com" }), (error) => error instanceof SecretError)
    const failure = await createClient({ url: "http://127.0.0.1:1" }).me().catch((error) => error)
    assert.equal(failure.code, "server_unreachable")`,
  "sotto/boxes": `
    const { createClient, exportKey, importKey, safetyNumber, SecretError } = await load("sotto/boxes")
    const client = createClient({ serverURL: "http://127.0.0.1:1" })
    const failure = await client.setSecret("API_KEY", "from a stranger").catch((error) => error)
    assert.ok(failure instanceof SecretError)
    assert.equal(failure.code, "server_unreachable")
    const key = await importKey(await exportKey(client, "a passphrase"), "a passphrase")
    assert.equal(key.publicKeyHex, client.id)
    assert.equal(safetyNumber(client.id, key.publicKeyHex).length, 71)`,
  "sotto/redact": `
    const { createRedactor } = await load("sotto/redact")
    const redactor = createRedactor([{ name: "API_KEY", value: "from a stranger" }])
    assert.equal(redactor.redact("it is from a stranger"), "it is [REDACTED:SECRET_API_KEY]")
    const masked = new Blob(["from a ", "stranger"]).stream().pipeThrough(redactor.transform())
    assert.equal(await new Response(masked).text(), "[REDACTED:SECRET_API_KEY]")
    redactor.dispose()
    assert.throws(() => redactor.redact("from a stranger"), TypeError)`,
  "sotto/runner": `
    const { runWithSecrets } = await load("sotto/runner")
    const { PassThrough } = await import("node:stream")
    const stdout = new PassThrough()
    const secrets = [{ name: "API_KEY", value: "from a stranger" }, { name: "CERT", value: "of a stranger", file: true }]
    const script = "process.stdout.write(process.env.API_KEY + ' ' + require('fs').readFileSync(process.env.CERT, 'utf8'))"
    const end = await runWithSecrets({ command: process.execPath, args: ["-e", script], secrets, stdout })
    assert.equal(end.exitCode, 0)
    assert.equal(String(stdout.read()), "[REDACTED:SECRET_API_KEY] [REDACTED:SECRET_CERT]")
    const failure = await runWithSecrets({ command: "no-such-command", secrets }).catch((error) => error)
    assert.equal(failure.code, "command_not_started")`,
  "sotto/agent": `
    const { createTools, toolSchemas } = await load("sotto/agent")
    const { openStore } = await load("sotto")
    const store = await openStore({ database: "memory:", keys: "1:" + Buffer.alloc(32, 1).toString("base64") })
    await store.put({ name: "API_KEY", value: "from a stranger" })
    const { tools, dispatch } = createTools({ store, agent: { id: "a", name: "an agent" } })
    assert.ok(toolSchemas(tools).every(({ parameters }) => parameters.type === "object"))
    const [listed] = await dispatch([{ id: "1", name: "get_secret_keys", args: "{}" }])
    assert.equal(JSON.parse(listed.content).keys[0].key, "API_KEY")
    assert.ok(!listed.content.includes("from a stranger"))
    const [alone] = await dispatch([{ id: "1", name: "request_secrets", args: { variables: [{ key: "B" }] } }, { id: "2", name: "get_secret_keys", args: {} }])
    assert.ok(alone.isError && alone.content.includes("only tool call"))
    await store.close()`,
  "sotto/workflow": `
    const { BaseWorkflow, createWorkflows, Transition, Workflow } = await load("sotto/workflow")
    class HelloWorkflow extends BaseWorkflow { async greet(_state, { args }) { this.setResult({ hello: args.name }) } }
    Workflow()(HelloWorkflow)
    Transition({ to: "end" })(HelloWorkflow.prototype, "greet")
    const { openStore } = await load("sotto")
    const store = await openStore({ database: "memory:", keys: "1:" + Buffer.alloc(32, 1).toString("base64") })
    const workflows = createWorkflows({ store, workflows: [HelloWorkflow] })
    const { workflowId } = await workflows.start("hello", { name: "stranger" })
    await workflows.idle()
    assert.deepEqual((await workflows.status(workflowId)).result, { hello: "stranger" })
    await workflows.close()
    await store.close()`,
  "sotto/providers": `
    const { defineProvider, describeProvider, Redacted } = await load("sotto/providers")
    const provider = defineProvider({
      scheme: "shelf",
      parse: (text) => {
        if (!/^shelf:\\/\\/[a-z]{1,12}$/.test(text)) throw new SecretError("SECRETS_REF_INVALID", "a reference is shelf:// and a word")
        return text.slice(8)
      },
      open: async () => ({
        calls: 0,
        resolve: async (names) => names.map((name) => name === "a"
          ? { value: new Redacted(new TextEncoder().encode("books"), "A") }
          : { problem: new SecretError("SECRETS_REF_NOT_FOUND", "there is nothing", { details: { reason: "entry_missing" } }) }),
        close: async () => {},
      }),
    })
    const { SecretError } = await load("sotto/providers")
    const tests = []
    const prepare = async () => ({ provider, setting: { env: {} }, present: { reference: "shelf://a", value: new TextEncoder().encode("books") }, absent: "shelf://bbb", malformed: "shelf://" + "c".repeat(30) })
    describeProvider({ describe: (_, body) => body(), it: (_, body) => tests.push(body) }, "shelf", prepare)
    assert.ok(tests.length > 3)
    for (const each of tests) await each()`,
  "sotto/nestjs": `
    const { SecretEntity, SecretsModule, SecretWriteSchema, WorkflowModule } = await load("sotto/nestjs")
    const { NestFactory } = await load("@nestjs/core")
    const { Module } = await load("@nestjs/common")
    await load("reflect-metadata")
    class AppModule {}
    const keys = "1:" + Buffer.alloc(32, 1).toString("base64")
    Module({ imports: [SecretsModule.forRoot({ database: "memory:", keys }), WorkflowModule] })(AppModule)
    const app = await NestFactory.create(AppModule, { logger: ["error"] })
    await app.listen(0, "127.0.0.1")
    assert.equal((await fetch((await app.getUrl()) + "/api/v1/workspaces/default/secrets")).status, 401)
    assert.ok(SecretWriteSchema.safeParse({ key: "A", value: "from a stranger" }).success)
    assert.equal(new SecretEntity().value, undefined)
    await app.close()`,
}
