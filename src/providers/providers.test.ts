import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { SecretError } from "../base/errors.ts"
import { contextOf } from "../core/store-context.ts"
import { getMany } from "../core/get-many.ts"
import { resolveReferences } from "../core/references/resolve-references.ts"
import { openStore } from "../store/open-store.ts"
import { BUILT_IN_SCHEMES, createProviderTable } from "./built-in-providers.ts"
import { defineProvider } from "./define-provider.ts"
import { describeProvider } from "./describe-provider.ts"
import { envProvider } from "./env.ts"
import { fileProvider } from "./file.ts"
import { createSottoProvider } from "./sotto.ts"

const VALUE = "s3cr3t-VALUE-9"
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const folder = mkdtempSync(join(tmpdir(), "sotto-providers-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, value: string | Uint8Array = VALUE, mode = 0o600): string => {
  const path = join(folder, name)
  writeFileSync(path, value)
  chmodSync(path, mode)
  return path
}

const fileSetting = { env: { HOME: folder, SOTTO_HOME: join(folder, "home") }, config: { folders: [folder] } }

const problemOf = async (path: string, setting = fileSetting): Promise<[string, unknown]> => {
  const session = await fileProvider.open({ ...setting, signal: new AbortController().signal })
  const [answer] = await session.resolve([fileProvider.parse(path.startsWith("~") ? `file://${path}` : `file://${path}`)])
  if (answer === undefined || !("problem" in answer)) throw new Error("it was read")
  return [answer.problem.code, answer.problem.details.reason]
}

describeProvider({ describe, it }, "env", async () => ({
  provider: envProvider,
  setting: { env: { DEPLOY_TOKEN: VALUE }, config: undefined },
  present: { reference: "env://DEPLOY_TOKEN", value: bytes(VALUE) },
  absent: "env://NOBODY_SET_THIS",
  malformed: "env://no-variable CANARY",
}))

describeProvider({ describe, it }, "file", async () => ({
  provider: fileProvider,
  setting: fileSetting,
  present: { reference: `file://${write("token", Uint8Array.of(0, 255, 10, 13))}`, value: Uint8Array.of(0, 255, 10, 13) },
  absent: `file://${join(folder, "nobody")}`,
  malformed: "file://relative/path",
  unavailable: { setting: { env: { HOME: folder }, config: undefined } },
}))

describeProvider({ describe, it }, "sotto", async () => ({
  provider: createSottoProvider(async () => {
    const store = await openStore({ database: "memory:", keys: `1:${Buffer.alloc(32, 7).toString("base64")}` })
    await store.put({ namespace: "acme", name: "API_KEY", value: VALUE })
    const ctx = contextOf(store)
    return {
      read: async (namespace, secrets) => {
        const { secrets: found } = await getMany(ctx, { namespace, names: [...new Set(secrets.map(({ name }) => name))] })
        return secrets.map(({ name }) => found.find((each) => each.name === name)?.value ?? null)
      },
      close: () => store.close(),
    }
  }),
  setting: { env: {}, config: undefined },
  present: { reference: "sotto://acme/API_KEY", value: bytes(VALUE) },
  absent: "sotto://acme/NOBODY",
  malformed: "sotto://acme",
}))

describe("env", () => {
  it("loom C4: an empty variable is no value", async () => {
    const setting = () => ({ env: { X: "" }, config: undefined })
    const specs = [{ name: "T", reference: "env://X", file: false, required: true }]
    const failure = (await resolveReferences({ specs, providers: createProviderTable(), setting }).catch((error: unknown) => error)) as SecretError
    expect([failure.code, failure.details.reason]).toEqual(["SECRETS_REQUIRED_MISSING", "empty"])
  })

  it("loom D10: its sources are kept from children", () => {
    expect(envProvider.guardedVariables?.([{ name: "SRC" }], { env: {}, config: undefined })).toEqual([{ name: "SRC", isSecret: false }])
  })
})

describe("file", () => {
  it("reads below home with ~/", async () => {
    write("below-home")
    const session = await fileProvider.open({ ...fileSetting, signal: new AbortController().signal })
    const [answer] = await session.resolve([fileProvider.parse("file://~/below-home")])
    expect(answer !== undefined && "value" in answer && answer.value.reveal()).toEqual(Buffer.from(VALUE))
  })

  it("refuses what group or others can read, links, folders, and what is larger than 1 MiB", async () => {
    expect(await problemOf(write("group", VALUE, 0o640))).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "unsafe_file"])
    expect(await problemOf(write("others", VALUE, 0o604))).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "unsafe_file"])
    symlinkSync(write("real"), join(folder, "link"))
    expect(await problemOf(join(folder, "link"))).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "unsafe_file"])
    mkdirSync(join(folder, "sub"))
    expect(await problemOf(join(folder, "sub"))).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "unsafe_file"])
    expect(await problemOf(write("large", new Uint8Array(1024 * 1024 + 1)))).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "too_large"])
  })

  it("tells of a place outside the folders not even whether something is there", async () => {
    const narrow = { ...fileSetting, config: { folders: [join(folder, "narrow")] } }
    mkdirSync(join(folder, "narrow"))
    const outside = [write("there"), join(folder, "not-there"), join(folder, "no-folder/not-there")]
    for (const path of outside) expect(await problemOf(path, narrow)).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "not_allowed"])
    for (const path of ["narrow/a", "narrow/b/c"]) expect(await problemOf(join(folder, path), narrow)).toEqual(["SECRETS_REF_NOT_FOUND", "entry_missing"])
  })

  it("reads nothing outside the folders that the user named, also not through a link, and nothing of Sotto's own", async () => {
    const path = write("outside")
    expect(await problemOf(path, { ...fileSetting, config: { folders: [join(folder, "sub")] } })).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "not_allowed"])
    expect(await problemOf(path, { ...fileSetting, config: undefined as never })).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "not_allowed"])
    symlinkSync(folder, join(folder, "sub", "up"))
    const through = { ...fileSetting, config: { folders: [join(folder, "sub")] } }
    expect(await problemOf(join(folder, "sub/up/outside"), through)).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "not_allowed"])
    mkdirSync(join(folder, "home"))
    write("home/sotto.db")
    expect(await problemOf(join(folder, "home/sotto.db"))).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "not_allowed"])
    mkdirSync(join(folder, ".config/sotto"), { recursive: true })
    write(".config/sotto/keyring")
    expect(await problemOf(join(folder, ".config/sotto/keyring"))).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "not_allowed"])
  })
})

describe("sotto", () => {
  const ask = async (read: () => Promise<readonly (string | SecretError | null)[]>) => {
    const provider = createSottoProvider(async () => ({ read, close: async () => undefined }))
    const session = await provider.open({ env: {}, config: undefined, signal: new AbortController().signal })
    return (await session.resolve([provider.parse("sotto://acme/A"), provider.parse("sotto://acme/B@2")])).map((answer) =>
      "value" in answer ? new TextDecoder().decode(answer.value.reveal()) : answer.problem.details.reason)
  }

  it("gives each secret its own answer", async () => {
    expect(await ask(async () => [VALUE, new SecretError("decryption_failed", VALUE)])).toEqual([VALUE, "decryption_failed"])
    expect(await ask(async () => [null, new SecretError("expired")])).toEqual(["entry_missing", "expired"])
    expect(await ask(async () => [])).toEqual(["entry_missing", "entry_missing"])
  })

  it.each([["unauthorized", "auth_failed"], ["forbidden", "auth_failed"], ["server_unreachable", "unreachable"], ["internal", "failed"], ["not_found", "entry_missing"]] as const)(
    "says of %s that it is %s",
    async (code, reason) => {
      expect(await ask(() => Promise.reject(new SecretError(code, VALUE)))).toEqual([reason, reason])
    },
  )

  it("loom E13: shows nothing of what the store says, also when it cannot be opened", async () => {
    const provider = createSottoProvider(() => Promise.reject(new Error(VALUE)))
    const error = await provider.open({ env: {}, config: undefined, signal: new AbortController().signal }).then(() => null, (reason: SecretError) => reason)
    expect(error).toMatchObject({ code: "SECRETS_PROVIDER_UNAVAILABLE", details: { reason: "failed" } })
    expect(error?.message).not.toContain(VALUE)
  })

  it("keeps what opens the store from children", () => {
    const names = createSottoProvider(() => Promise.reject(new Error())).guardedVariables?.([], { env: {}, config: undefined }).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(["SOTTO_TOKEN", "SOTTO_KEYS", "SOTTO_KEYS_FILE", "SECRET_STORE_KEYS"]))
  })
})

describe("the table of providers", () => {
  it("knows its schemes and no others, whatever an object's prototype has", async () => {
    const table = createProviderTable()
    expect((await table("env"))?.scheme).toBe("env")
    for (const scheme of ["vault", "constructor", "__proto__", "toString"]) expect(await table(scheme)).toBeNull()
    expect(BUILT_IN_SCHEMES).toContain("file")
  })

  it("loads a module of one's own, which cannot take the place of a built-in one", async () => {
    const path = join(folder, "my-provider.mjs")
    writeFileSync(path, `export const provider = { scheme: "myvault", parse: (text) => text, open: async () => ({ calls: 0, resolve: async () => [], close: async () => {} }) }`)
    expect((await createProviderTable({}, { myvault: path })("myvault"))?.scheme).toBe("myvault")
    expect(await createProviderTable({}, { env: path })("env")).toBe(envProvider)
    await expect(createProviderTable({}, { other: path })("other")).rejects.toThrow(/exports no provider of that scheme/)
    await expect(createProviderTable({}, { gone: join(folder, "gone.mjs") })("gone")).rejects.toThrow(/cannot be loaded/)
  })

  it("a scheme is written as schemes are", () => {
    expect(() => defineProvider({ ...envProvider, scheme: "My://" })).toThrow(/lower case/)
  })
})
