import { describe, expect, it } from "vitest"
import { FAKE_TOKEN, fakeField, fakeOp, fakeVault, type FakeOp } from "../../../test/providers/fake-op.ts"
import type { SecretError } from "../../base/errors.ts"
import { resolveReferences } from "../../core/references/resolve-references.ts"
import { createProviderTable } from "../built-in-providers.ts"
import { describeProvider } from "../describe-provider.ts"
import { connectOp } from "./connect-op.ts"
import type { ConnectOp } from "./op-client.ts"
import { createOpField, listOpFields, listOpVaults, updateOpField } from "./op-items.ts"
import { createOpProvider } from "./op-provider.ts"

const VALUE = "s3cr3t-VALUE-9"

const platform = (): FakeOp =>
  fakeOp([
    fakeVault("Platform", {
      "services/loom/deploy": [fakeField("token", VALUE), fakeField("user", "ci")],
      "db/staging": [fakeField("password", "of the title")],
      db: [fakeField("password", "plain"), fakeField("password", "of the section", { id: "s1", sectionId: "staging" }), fakeField("url", "u", { sectionId: "prod" })],
      twin: [fakeField("a", "1")],
      Umlaut: [fakeField("Schlüssel", "x")],
    }),
    fakeVault("Büro", { "a-b": [fakeField("key", "in a vault with another letter")] }),
    fakeVault("Twins", { same: [fakeField("k", "1")], Same: [fakeField("k", "2")] }),
  ])

const ENV = { OP_SERVICE_ACCOUNT_TOKEN: FAKE_TOKEN }

interface Asked {
  env?: Record<string, string>
  config?: unknown
  required?: boolean
  limits?: { providerMs: number; totalMs: number }
}

const resolve = (connect: ConnectOp, references: string[], { env = ENV, config, required = true, limits }: Asked = {}) =>
  resolveReferences({
    specs: references.map((reference, at) => ({ name: `S${at}`, reference, file: true, required })),
    providers: async (scheme) => (scheme === "op" ? createOpProvider(connect) : null),
    setting: () => ({ env, config }),
    ...(limits && { limits }),
  })

const valuesOf = async (fake: FakeOp, references: string[], asked?: Asked): Promise<string[]> =>
  (await resolve(fake.connect, references, asked)).secrets.map(({ value }) => new TextDecoder().decode(value.reveal()))

const failureOf = async (connect: ConnectOp, references: string[], asked?: Asked): Promise<SecretError> =>
  resolve(connect, references, asked).then(() => { throw new Error("it resolved") }, (error: SecretError) => error)

describeProvider({ describe, it }, "op", async () => ({
  provider: createOpProvider(platform().connect),
  setting: { env: ENV, config: undefined },
  present: { reference: "op://Platform/services/loom/deploy/token", value: new TextEncoder().encode(VALUE) },
  absent: "op://Platform/nobody/token",
  malformed: "op://Platform/CANARY",
  unavailable: { setting: { env: { LOOM_OP_TOKEN: "" }, config: { serviceAccountTokenEnv: "LOOM_OP_TOKEN" } } },
}))

describeProvider({ describe, it }, "op that does not answer", async () => ({
  provider: createOpProvider(async (token) => ({ ...(await platform().connect(token)), secrets: { resolveAll: async (references) => (token === FAKE_TOKEN ? (await platform().connect(token)).secrets.resolveAll(references) : Promise.reject(new Error(token))) } })),
  setting: { env: ENV, config: undefined },
  present: { reference: "op://Platform/twin/a", value: new TextEncoder().encode("1") },
  absent: "op://Platform/twin/nobody",
  malformed: "op://Platform/CANARY",
  unavailable: { setting: { env: { OP_SERVICE_ACCOUNT_TOKEN: "ops_hunter2" }, config: undefined }, credentials: ["ops_hunter2"] },
}))

describe("op", () => {
  it("loom C13: finds an item whose title has slashes", async () => {
    expect(await valuesOf(platform(), ["op://Platform/services/loom/deploy/token"])).toEqual([VALUE])
  })

  it("asks once for all that 1Password's own references can say", async () => {
    const fake = platform()
    expect(await valuesOf(fake, ["op://Platform/twin/a", "op://Platform/db/url", "op://Platform/twin/a"])).toEqual(["1", "u", "1"])
    expect(fake.calls).toEqual(["resolveAll"])
  })

  it("lists each vault once for the others, and still asks once for the values", async () => {
    const fake = platform()
    const references = ["op://Platform/services/loom/deploy/token", "op://Platform/services/loom/deploy/user", "op://Büro/a-b/key", "op://Platform/twin/a"]
    const { secrets, calls } = await resolve(fake.connect, references)
    expect(secrets).toHaveLength(4)
    expect(fake.calls.toSorted()).toEqual(["items.list", "items.list", "resolveAll", "vaults.list"])
    expect(calls).toEqual({ op: 4 })
  })

  it("reads four parts as a title with a slash, and where there is none as an item and its section", async () => {
    const fake = platform()
    expect(await valuesOf(fake, ["op://Platform/db/staging/password", "op://Platform/db/prod/url"])).toEqual(["of the title", "u"])
    const items = fake.vaults[0]?.items ?? []
    items.splice(items.findIndex(({ title }) => title === "db/staging"), 1)
    expect(await valuesOf(fake, ["op://Platform/db/staging/password"])).toEqual(["of the section"])
  })

  it("takes ids for names", async () => {
    expect(await valuesOf(platform(), ["op://vltplatform/itm3vltplatform/id-a"])).toEqual(["1"])
  })

  it.each([
    ["op://Platform/nobody/f", "SECRETS_REF_NOT_FOUND", "entry_missing"],
    ["op://Nowhere/twin/a", "SECRETS_REF_NOT_FOUND", "entry_missing"],
    ["op://Nowhere/a/b/c/d", "SECRETS_REF_NOT_FOUND", "entry_missing"],
    ["op://Platform/a/b/c/d", "SECRETS_REF_NOT_FOUND", "entry_missing"],
    ["op://Platform/twin/nobody", "SECRETS_REF_NOT_FOUND", "field_missing"],
    ["op://Platform/db/nowhere/url", "SECRETS_REF_NOT_FOUND", "field_missing"],
    ["op://Twins/same/k", "SECRETS_REF_INVALID", "ambiguous_entry"],
    ["op://Platform/db/password", "SECRETS_REF_INVALID", "ambiguous_entry"],
    ["op://Platform/Umlaut/Schlüssel", "SECRETS_REF_INVALID", "malformed"],
  ])("says of %s that it is %s (%s), and repeats nothing of it", async (reference, code, reason) => {
    const error = await failureOf(platform().connect, [reference])
    expect([error.code, error.details.reason]).toEqual([code, reason])
    expect(error.message + String(error.help) + JSON.stringify(error)).not.toContain(reference.slice(5))
  })

  it.each([{}, { OP_SERVICE_ACCOUNT_TOKEN: "" }, { OP_SERVICE_ACCOUNT_TOKEN: "  " }])("loom C12: without a token (%j) nothing is started", async (env) => {
    const fake = platform()
    const error = await failureOf(fake.connect, ["op://Platform/twin/a"], { env })
    expect([error.code, error.details.reason]).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "not_configured"])
    expect(error.message).toContain("OP_SERVICE_ACCOUNT_TOKEN is not set")
    expect([fake.tokens, fake.calls]).toEqual([[], []])
  })

  it("loom C14: takes the token from the variable that the settings name, and from no other", async () => {
    const config = { serviceAccountTokenEnv: "LOOM_OP_TOKEN" }
    const fake = platform()
    expect(await valuesOf(fake, ["op://Platform/twin/a"], { env: { LOOM_OP_TOKEN: "ops_other" }, config })).toEqual(["1"])
    expect(fake.tokens).toEqual(["ops_other"])
    expect((await failureOf(fake.connect, ["op://Platform/twin/a"], { config })).message).toContain("LOOM_OP_TOKEN is not set")
  })

  it("keeps both variables of a token from children, as credentials", () => {
    const guarded = createOpProvider(platform().connect).guardedVariables?.([], { env: {}, config: { serviceAccountTokenEnv: "LOOM_OP_TOKEN" } })
    expect(guarded).toEqual([{ name: "LOOM_OP_TOKEN", isSecret: true }, { name: "OP_SERVICE_ACCOUNT_TOKEN", isSecret: true }])
  })

  it("loom C15: does not wait for 1Password longer than the time it has", async () => {
    const hanging: ConnectOp = async (token) => ({ ...(await platform().connect(token)), secrets: { resolveAll: () => new Promise(() => undefined) } })
    const error = await failureOf(hanging, ["op://Platform/twin/a"], { limits: { providerMs: 20, totalMs: 20 } })
    expect([error.code, error.details.reason]).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "timeout"])
  })

  class RateLimitExceededError extends Error {}
  class AuthExpiredError extends Error {}

  it.each([
    [new RateLimitExceededError(FAKE_TOKEN), "rate_limited"],
    [new AuthExpiredError(FAKE_TOKEN), "auth_failed"],
    [new Error(`invalid service account token ${FAKE_TOKEN}`), "auth_failed"],
    [new Error(`data did not match any variant ${VALUE} ${FAKE_TOKEN}`), "service_error"],
    [`a text with ${FAKE_TOKEN}`, "service_error"],
  ])("loom E13: turns what the SDK throws into words of its own: %#", async (thrown, reason) => {
    const broken: ConnectOp = async (token) => ({ ...(await platform().connect(token)), secrets: { resolveAll: () => Promise.reject(thrown) } })
    const error = await failureOf(broken, ["op://Platform/twin/a"])
    expect([error.code, error.details.reason]).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", reason])
    expect(error.message + String(error.help) + JSON.stringify(error) + String(error.stack) + String(error.cause)).not.toMatch(/CANARY|VALUE/)
  })

  it("gives an optional secret no value where 1Password cannot be had, with a warning", async () => {
    expect(await resolve(platform().connect, ["op://Platform/twin/a"], { env: {}, required: false })).toMatchObject({
      secrets: [],
      skipped: [{ name: "S0", scheme: "op", code: "SECRETS_PROVIDER_UNAVAILABLE", reason: "not_configured" }],
    })
  })
})

describe("the package @1password/sdk", () => {
  it.each(["ops_CANARY", "CANARY", `ops_${btoa(JSON.stringify({ signInAddress: "CANARY" }))}`])("refuses a malformed token without a request: %s", async (token) => {
    const error = await connectOp(token).then(() => { throw new Error("it connected") }, (reason: SecretError) => reason)
    expect([error.code, error.details.reason]).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "auth_failed"])
    expect(error.message + JSON.stringify(error) + String(error.cause)).not.toContain("CANARY")
  })

  it("is behind the table of providers", async () => {
    const setting = () => ({ env: { OP_SERVICE_ACCOUNT_TOKEN: "ops_CANARY" }, config: {} })
    const specs = [{ name: "A", reference: "op://v/i/f", file: true, required: true }]
    await expect(resolveReferences({ specs, providers: createProviderTable(), setting })).rejects.toMatchObject({ code: "SECRETS_PROVIDER_UNAVAILABLE", details: { reason: "auth_failed" } })
  })
})

describe("items of 1Password", () => {
  it("loom F8: are made, listed by name, and updated", async () => {
    const fake = platform()
    const client = await fake.connect(FAKE_TOKEN)
    expect((await listOpVaults(client))[0]).toEqual({ id: "vltplatform", title: "Platform" })
    await createOpField(client, { vault: "Platform", item: "services/new", field: "token" }, VALUE)
    await createOpField(client, { vault: "Platform", item: "services/new", field: "user" }, "ci")
    expect((await listOpFields(client, "Platform")).filter(({ item }) => item === "services/new")).toEqual([
      { item: "services/new", field: "token" },
      { item: "services/new", field: "user" },
    ])
    await updateOpField(client, { vault: "Platform", item: "services/new", field: "token" }, "second")
    expect(await valuesOf(fake, ["op://Platform/services/new/token", "op://Platform/services/new/user"])).toEqual(["second", "ci"])
  })

  it.each([
    ["create", { vault: "Platform", item: "twin", field: "a" }, "already_exists"],
    ["create", { vault: "Nowhere", item: "twin", field: "b" }, "not_found"],
    ["update", { vault: "Platform", item: "nobody", field: "a" }, "not_found"],
    ["update", { vault: "Platform", item: "twin", field: "nobody" }, "not_found"],
    ["update", { vault: "Platform", item: "db", field: "password" }, "invalid_argument"],
  ] as const)("are left alone where a %s of %j cannot be meant: %s", async (verb, place, code) => {
    const fake = platform()
    const before = structuredClone(fake.vaults)
    const change = verb === "create" ? createOpField : updateOpField
    await expect(change(await fake.connect(FAKE_TOKEN), place, VALUE)).rejects.toMatchObject({ code, message: expect.not.stringContaining(VALUE) as string })
    expect(fake.vaults).toEqual(before)
  })
})
