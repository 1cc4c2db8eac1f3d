import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { ConflictException, HttpException, NotFoundException } from "@nestjs/common"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { isSecretError, type SecretError } from "../../src/base/errors.ts"
import { GetSecretKeysTool, RequestSecretsTask, SecretEntity, SecretService, SecretsHost, SecretsModule, SecretsRequestWorkflow, SyncSecretsTool, WorkflowModule, WorkflowService, type Caller } from "../../src/nestjs/index.ts"
import { openStore } from "../../src/store/open-store.ts"
import { grant, RING } from "../open-test-context.ts"
import { moduleOf, openNestApp, type Adapter, type NestApp } from "./open-nest-app.ts"

const VALUE = "canary-of-a-nest-app"
const everything = (): Caller => ({ id: "alice", grants: [grant("*", "list", "reveal", "write", "request")] })

const causeOf = async (work: Promise<unknown>): Promise<SecretError | undefined> => {
  const error = await work.catch((thrown: unknown) => thrown)
  const cause = (error as { cause?: unknown }).cause
  return isSecretError(cause) ? cause : undefined
}

describe.each(["express", "fastify"] as const)("the modules on %s", (adapter: Adapter) => {
  const open: NestApp[] = []
  const started = async (imports: NonNullable<Parameters<typeof moduleOf>[0]["imports"]>): Promise<NestApp> => {
    const app = await openNestApp(adapter, { imports })
    open.push(app)
    return app
  }
  let home: string
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "sotto-nest-"))
    for (const [name, value] of Object.entries({ SOTTO_HOME: home, SOTTO_KEYS: RING })) vi.stubEnv(name, value)
  })
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close()
    vi.unstubAllEnvs()
    rmSync(home, { recursive: true, force: true })
  })

  it("bare, opens the store that the environment names, and lets nobody in", async () => {
    const { app, call } = await started([SecretsModule])
    const service = app.get(SecretService)
    await service.create("default", { key: "TOKEN", value: VALUE })
    expect((await service.findAllByWorkspace("default")).map(({ key, value }) => [key, value])).toEqual([["TOKEN", VALUE]])
    for (const [method, path] of [["GET", "/workspaces/default/secrets"], ["PUT", "/workspaces/default/secrets/upsert"], ["GET", "/workspaces/default/secrets/TOKEN/value"], ["GET", "/workspaces/default/requests"]] as const)
      expect(await call(method, path)).toMatchObject({ status: 401, body: { code: "unauthorized" } })
  })

  it("forRoot gives its options to every module that imports it bare, with one controller among them", async () => {
    const feature = moduleOf({ imports: [SecretsModule] })
    const { call, app } = await started([feature, SecretsModule.forRoot({ database: "memory:", keys: RING, authorize: everything }), WorkflowModule])
    expect((await call("POST", "/workspaces/w/secrets", { body: { key: "A", value: VALUE } })).status).toBe(201)
    expect((await app.get(SecretService).findAllByWorkspace("w")).length).toBe(1)
    expect(app.get(SecretsHost).options.database).toBe("memory:")
  })

  it("forRootAsync waits for what it injects", async () => {
    class Settings {
      readonly keys = RING
    }
    const settings = moduleOf({ providers: [Settings], exports: [Settings] })
    const { call } = await started([
      SecretsModule.forRootAsync({
        imports: [settings],
        inject: [Settings],
        useFactory: async ({ keys }: Settings) => ({ database: "memory:", keys, authorize: everything }),
      }),
    ])
    await call("PUT", "/workspaces/w/secrets/upsert", { body: { key: "A", value: VALUE } })
    expect((await call("GET", "/workspaces/w/secrets/A/value")).body).toMatchObject({ value: VALUE })
  })

  it("forFeature({ enabled: false }) switches all of it off: no store, no route, no tool", async () => {
    const { call, app } = await started([SecretsModule.forRoot({ database: `file:${join(home, "off.db")}`, keys: RING, authorize: everything }), SecretsModule.forFeature({ enabled: false }), WorkflowModule])
    for (const path of ["/workspaces/w/secrets", "/workspaces/w/requests", "/workflows/run_x"]) expect(await call("GET", path)).toMatchObject({ status: 404, body: { code: "not_found" } })
    expect((await causeOf(app.get(SecretService).findAllByWorkspace("w")))?.code).toBe("not_supported")
    await expect(app.get(GetSecretKeysTool).call()).rejects.toMatchObject({ code: "not_supported" })
    await expect(app.get(SyncSecretsTool).call({})).rejects.toMatchObject({ code: "not_supported" })
    await expect(app.get(RequestSecretsTask).complete({})).rejects.toMatchObject({ code: "not_supported" })
    expect(() => app.get(WorkflowService).start("secrets_request")).toThrow(expect.objectContaining({ code: "not_supported" }) as Error)
    expect((await import("node:fs")).existsSync(join(home, "off.db"))).toBe(false)
  })

  it("forFeature() is on", async () => {
    const { call } = await started([SecretsModule.forRoot({ database: "memory:", keys: RING, authorize: everything }), SecretsModule.forFeature()])
    expect((await call("POST", "/workspaces/w/secrets", { body: { key: "A", value: VALUE } })).status).toBe(201)
  })

  it("leaves an app that cannot open its store unstarted, with a clear error and no value", async () => {
    const failure = await openNestApp(adapter, { imports: [SecretsModule.forRoot({ database: "memory:" })] }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: "invalid_argument" })
  })

  it("refuses everybody where authorize answers something else than a caller, and answers what it throws", async () => {
    let answer: () => unknown = () => ({})
    const { call } = await started([SecretsModule.forRoot({ database: "memory:", keys: RING, authorize: () => answer() as Caller })])
    const status = async (given: () => unknown): Promise<number> => {
      answer = given
      return (await call("GET", "/workspaces/w/secrets")).status
    }
    expect(await status(() => ({}))).toBe(500)
    expect(await status(() => ({ id: "", grants: [] }))).toBe(500)
    expect(await status(() => undefined)).toBe(401)
    expect(await status(() => { throw new HttpException("blocked", 418) })).toBe(418)
    expect(await status(() => { throw new Error(VALUE) })).toBe(500)
    expect((await call("GET", "/workspaces/w/secrets")).text).not.toContain(VALUE)
  })

  it("asks and is answered over HTTP, and a run of the app goes on", async () => {
    let caller: Caller = everything()
    const { call, app } = await started([SecretsModule.forRoot({ database: "memory:", keys: RING, authorize: () => caller, formsUrl: "https://secrets.example/" }), WorkflowModule])
    await app.get(SecretService).create("w", { key: "OTHER", value: VALUE })
    const { body: begun } = await call("POST", "/workspaces/w/workflows", { body: { name: "secrets_request", args: { variables: [{ key: "TOKEN" }] } } })
    const id = (begun as { workflowId: string }).workflowId
    await app.get(WorkflowService).idle()
    const { body: asked } = await call("GET", "/workspaces/w/requests")
    const [request] = asked as { requestId: string; url: string }[]
    expect(request?.url).toBe(`https://secrets.example/r/${request?.requestId ?? ""}`)
    caller = { ...everything(), id: "bob" }
    expect((await call("POST", `/requests/${request?.requestId ?? ""}/answer`, { body: { values: { TOKEN: VALUE } } })).status).toBe(404)
    expect((await call("GET", `/workflows/${id}`)).status).toBe(404)
    caller = everything()
    expect(await call("POST", `/requests/${request?.requestId ?? ""}/answer`, { body: { values: { TOKEN: VALUE } } })).toMatchObject({ status: 200, body: { stored: ["TOKEN"] } })
    await vi.waitFor(async () => expect((await call("GET", `/workflows/${id}`)).body).toMatchObject({ status: "completed", result: { outcome: "stored", stored: ["TOKEN"] } }))
    expect((await call("GET", `/workflows/${id}/documents`)).text).not.toContain(VALUE)
    expect(app.get(SecretsRequestWorkflow)).toBeInstanceOf(SecretsRequestWorkflow)
  })
})

describe("SecretService", () => {
  let nest: NestApp
  let service: SecretService
  beforeEach(async () => {
    const store = await openStore({ database: "memory:", keys: RING })
    nest = await openNestApp("fastify", { imports: [SecretsModule.forRoot({ store })] })
    service = nest.app.get(SecretService)
  })
  afterEach(() => nest.close())

  it("creates, updates, upserts, lists and deletes by id", async () => {
    const a = await service.create("w", { key: "B", value: "1" })
    expect(a).toBeInstanceOf(SecretEntity)
    expect(a).toMatchObject({ key: "B", value: "1", workspaceId: "w", createdAt: expect.any(Date) as Date })
    expect(await service.update(a.id, "w", { value: "2" })).toMatchObject({ id: a.id, value: "2", createdAt: a.createdAt })
    expect(await service.update(a.id, "w", {})).toMatchObject({ id: a.id, value: "2" })
    expect(await service.update(a.id, "w", { value: "" })).toMatchObject({ value: "" })
    expect(await service.upsert("w", { key: "B", value: "3" })).toMatchObject({ id: a.id, value: "3" })
    await service.upsert("w", { key: "A", value: "4" })
    await service.create("other", { key: "C", value: "5" })
    expect((await service.findAllByWorkspace("w")).map(({ key, value }) => key + value)).toEqual(["A4", "B3"])
    await service.delete(a.id, "w")
    expect((await service.findAllByWorkspace("w")).map(({ key }) => key)).toEqual(["A"])
  })

  it("lists more than a page", async () => {
    const store = nest.app.get(SecretsHost).options.store as Awaited<ReturnType<typeof openStore>>
    await store.putMany({ namespace: "w", secrets: Array.from({ length: 250 }, (_, at) => ({ name: `K${at}`, value: String(at) })) })
    const all = await service.findAllByWorkspace("w")
    expect(all.length).toBe(250)
    expect(all.every(({ key, value }) => key === `K${value}`)).toBe(true)
  })

  it("throws what Nest answers rightly, with the error itself as its cause", async () => {
    const { id } = await service.create("w", { key: "A", value: VALUE })
    await expect(service.create("w", { key: "A", value: VALUE })).rejects.toMatchObject({ status: 409 })
    await expect(service.update(id, "other", { value: "x" })).rejects.toBeInstanceOf(NotFoundException)
    await expect(service.delete("00000000-0000-7000-8000-000000000000", "w")).rejects.toThrow("Secret with ID 00000000-0000-7000-8000-000000000000 not found")
    expect((await causeOf(service.create("w", { key: "A", value: VALUE })))?.code).toBe("already_exists")
    expect(new ConflictException().getStatus()).toBe(409)
  })

  it("loopstack A25: throws without a workspace, whatever stands for none, and gives nobody else's", async () => {
    await service.create("w", { key: "A", value: VALUE })
    for (const none of [undefined, null, ""] as unknown as string[]) {
      const calls = [service.findAllByWorkspace(none), service.create(none, { key: "B", value: "x" }), service.upsert(none, { key: "B", value: "x" }), service.update("A", none, { value: "x" }), service.delete("A", none)]
      for (const call of calls) expect((await causeOf(call))?.code).toBe("invalid_argument")
    }
    expect((await service.findAllByWorkspace("w")).length).toBe(1)
  })

  it("loopstack A28: shows a value of an entity to code alone", async () => {
    const entity = await service.create("w", { key: "A", value: VALUE })
    expect(entity.value).toBe(VALUE)
    for (const printed of [JSON.stringify(entity), JSON.stringify([entity]), inspect(entity), inspect({ deep: [entity] })]) {
      expect(printed).toContain("[REDACTED:SECRET_A]")
      expect(printed).not.toContain(VALUE)
    }
    expect(Object.keys(entity)).toEqual(["id", "key", "workspaceId", "createdAt", "updatedAt"]) // what serializers of apps copy
  })
})
