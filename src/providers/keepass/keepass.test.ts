import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { SecretError } from "../../base/errors.ts"
import { checkReferences, resolveReferences } from "../../core/references/resolve-references.ts"
import { describeProvider } from "../describe-provider.ts"
import { createField, listFields, updateField } from "./edit-kdbx.ts"
import { assertBearable } from "./kdbx-header.ts"
import { unlock } from "./kdbx.ts"
import { databaseOf, knownDatabases, type KeepassConfig } from "./keepass-location.ts"
import { keepassProvider } from "./keepass-provider.ts"
import { changeVaultKeys, createVault, editVault } from "./keepass-vault.ts"

const FIXTURES = join(import.meta.dirname, "../../../test/fixtures/keepass")
const fixture = (name: string): string => join(FIXTURES, name)
const VALUE = "s3cr3t-VALUE-9"
const PASSWORD = "fixture-password"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sotto-keepass-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const ENV = {
  SOTTO_KEEPASS_DB_LOCAL_PATH: fixture("kdbx4-argon2id.kdbx"),
  SOTTO_KEEPASS_DB_LOCAL_PASSWORD_ENV: "MP",
  MP: PASSWORD,
}

interface Asked {
  env?: Record<string, string>
  config?: KeepassConfig
  required?: boolean
}

const resolving = (references: readonly string[], { env = ENV, config, required = true }: Asked = {}) => ({
  specs: references.map((reference, i) => ({ name: `S${i}`, reference, file: true, required })),
  providers: async () => keepassProvider,
  setting: () => ({ env, config }),
})

const valuesOf = async (references: readonly string[], asked?: Asked): Promise<string[]> =>
  (await resolveReferences(resolving(references, asked))).secrets.map(({ value }) => new TextDecoder().decode(value.reveal()))

const failureOf = async (reference: string, asked?: Asked): Promise<SecretError> =>
  resolveReferences(resolving([reference], asked)).then(() => { throw new Error("it resolved") }, (error: SecretError) => error)

const at = (path: string, more: Record<string, string> = {}): Record<string, string> => ({ ...ENV, SOTTO_KEEPASS_DB_LOCAL_PATH: path, ...more })

describeProvider({ describe, it }, "keepass", async () => ({
  provider: keepassProvider,
  setting: { env: ENV, config: undefined },
  present: { reference: "keepass://local#services/loom/deploy:password", value: new TextEncoder().encode(VALUE) },
  absent: "keepass://local#nobody/here:password",
  malformed: "keepass://CANARY",
  unavailable: { setting: { env: { ...ENV, MP: "hunter2" }, config: undefined }, credentials: ["hunter2"] },
}))

describe("keepass", () => {
  it.each([
    ["kdbx3-password.kdbx", {}],
    ["kdbx3-both.kdbx", { SOTTO_KEEPASS_DB_LOCAL_KEYFILE_ENV: "KF", KF: fixture("key.bin") }],
    ["kdbx4-argon2id.kdbx", {}],
    ["kdbx4-argon2d-both.kdbx", { SOTTO_KEEPASS_DB_LOCAL_KEYFILE_ENV: "KF", KF: fixture("key.bin") }],
  ])("loom C11: reads %s", async (name, more) => {
    expect(await valuesOf(["keepass://local#services/loom/deploy:password", "keepass://local#services/loom/deploy:username"], { env: at(fixture(name), more) })).toEqual([VALUE, "ci"])
  })

  it("loom C11: reads a database that a key file alone opens", async () => {
    const env = { SOTTO_KEEPASS_DB_LOCAL_PATH: fixture("kdbx3-keyfile.kdbx"), SOTTO_KEEPASS_DB_LOCAL_KEYFILE_ENV: "KF", KF: fixture("key.bin") }
    expect(await valuesOf(["keepass://local#deploy:password"], { env })).toEqual([VALUE])
  })

  it("loom C8: finds an entry by the end of its path, in whole segments, and a whole path before an end", async () => {
    expect(await valuesOf(["keepass://local#loom/deploy:password", "keepass://local#web/deploy:password", "keepass://local#db:password"])).toEqual([VALUE, "another", "root-db"])
    expect((await failureOf("keepass://local#eploy:password")).details.reason).toBe("entry_missing")
    expect((await failureOf("keepass://local#LOOM/deploy:password")).details.reason).toBe("entry_missing")
  })

  it("loom C9: refuses what means two entries, also where it may be missing", async () => {
    for (const required of [true, false]) {
      const error = await failureOf("keepass://local#deploy:password", { required })
      expect([error.code, error.details.reason]).toEqual(["SECRETS_REF_INVALID", "ambiguous_entry"])
    }
  })

  it("loom C10: finds standard fields by their usual names and others by their own, byte for byte", async () => {
    const entry = "keepass://local#services/loom/deploy"
    const token = 'tök-\u{1f600} "quoted" \\ back\nsecond line\n'
    expect(await valuesOf([`${entry}:username`, `${entry}:UserName`, `${entry}:PASSWORD`, `${entry}:token`, `${entry}:Token`, `${entry}:title`])).toEqual(["ci", "ci", VALUE, token, token, "deploy"])
  })

  it("loom C7: says of what is not there whether entry or field is missing; what may be missing is left out", async () => {
    for (const [reference, reason] of [["keepass://local#nobody:password", "entry_missing"], ["keepass://local#services/loom/deploy:nobody", "field_missing"]] as const) {
      const error = await failureOf(reference)
      expect([error.code, error.details.reason]).toEqual(["SECRETS_REF_NOT_FOUND", reason])
      expect((await resolveReferences(resolving([reference], { required: false }))).skipped).toMatchObject([{ reason }])
    }
  })

  it("loom C5: without a database it says what to set; what may be missing is left out", async () => {
    const error = await failureOf("keepass://team/app#a:b", { env: {} })
    expect([error.code, error.details.reason, error.help]).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", "not_configured", expect.stringContaining("SOTTO_KEEPASS_DB_TEAM_APP_PATH")])
    expect(await checkReferences(resolving(["keepass://team/app#a:b"], { env: {}, required: false }))).toMatchObject([{ state: "skipped", code: "SECRETS_PROVIDER_UNAVAILABLE" }])
  })

  it.each<[string, string, Record<string, string>]>([
    ["a variable that is not set", "unset", { SOTTO_KEEPASS_DB_LOCAL_PASSWORD_ENV: "NOWHERE" }],
    ["an empty password", "unset", { MP: "" }],
    ["a wrong password", "auth_failed", { MP: "hunter2" }],
    ["a key file that it does not have", "auth_failed", { SOTTO_KEEPASS_DB_LOCAL_KEYFILE_ENV: "KF", KF: fixture("key.bin") }],
    ["a key file that is not there", "unreadable", { SOTTO_KEEPASS_DB_LOCAL_KEYFILE_ENV: "KF", KF: "/nowhere/CANARY" }],
    ["a database that is not there", "unreadable", { SOTTO_KEEPASS_DB_LOCAL_PATH: "/nowhere/CANARY.kdbx" }],
    ["a folder", "unreadable", { SOTTO_KEEPASS_DB_LOCAL_PATH: FIXTURES }],
    ["a file of another kind", "unsupported", { SOTTO_KEEPASS_DB_LOCAL_PATH: fixture("README.md") }],
  ])("loom C6: %s is told as %s, without password, value or path of an entry", async (_what, reason, more) => {
    const error = await failureOf("keepass://local#services/loom/deploy:password", { env: { ...ENV, ...more } })
    expect([error.code, error.details.reason]).toEqual(["SECRETS_PROVIDER_UNAVAILABLE", reason])
    expect(error.message + String(error.help) + JSON.stringify(error) + String(error.stack)).not.toMatch(/hunter2|fixture-password|CANARY|deploy/)
  })

  it.each(["kdbx3-password.kdbx", "kdbx4-argon2id.kdbx"])("loom C6: %s cut off anywhere, or with a byte changed, is refused and never hangs", async (name) => {
    const whole = readFileSync(fixture(name))
    for (let length = 0; length < whole.length; length += 131) await expect(unlock(whole.subarray(0, length), { password: PASSWORD, keyFile: null })).rejects.toMatchObject({ code: "SECRETS_PROVIDER_UNAVAILABLE" })
    for (let place = 12; place < whole.length; place += 157) {
      const changed = Uint8Array.from(whole)
      changed[place] = (changed[place] as number) ^ 0x41
      const outcome: unknown = await unlock(changed, { password: PASSWORD, keyFile: null }).then(listFields, (error: SecretError) => error.code)
      // a header of KDBX 3 is authenticated by nothing but what it opens; what opens is whole
      expect(outcome === "SECRETS_PROVIDER_UNAVAILABLE" || Array.isArray(outcome)).toBe(true)
    }
  }, 60_000)

  it("unlocks each database once for all that is asked of it", async () => {
    const references = ["keepass://local#services/loom/deploy:password", "keepass://local#services/loom/deploy:token", "keepass://other#services/loom/deploy:password"]
    const env = { ...ENV, SOTTO_KEEPASS_DB_OTHER_PATH: fixture("kdbx3-password.kdbx"), SOTTO_KEEPASS_DB_OTHER_PASSWORD_ENV: "MP" }
    expect((await resolveReferences(resolving(references, { env }))).calls).toEqual({ keepass: 2 })
  })

  it("loom D10: keeps the variable of the password from children and has it masked; that of a key file's path too", () => {
    const env = { ...ENV, SOTTO_KEEPASS_DB_LOCAL_KEYFILE_ENV: "KF" }
    const references = [keepassProvider.parse("keepass://local#a:b")]
    expect(keepassProvider.guardedVariables?.(references, { env, config: undefined })).toEqual([{ name: "MP", isSecret: true }, { name: "KF", isSecret: false }])
  })
})

describe("where a database lies", () => {
  it("loom B10: an empty variable does not hide what a file of settings says", () => {
    const config = { aliases: { "team/app": { path: "/a.kdbx", passwordEnv: "P" } } }
    expect(databaseOf("team/app", config, { LOOM_KEEPASS_DB_TEAM_APP_PATH: "", SOTTO_KEEPASS_DB_TEAM_APP_PATH: "" })).toEqual({ key: "TEAM_APP", path: "/a.kdbx", passwordEnv: "P" })
    expect(databaseOf("team/app", config, { LOOM_KEEPASS_DB_TEAM_APP_PATH: "b.kdbx", SOTTO_KEEPASS_DB_TEAM_APP_PASSWORD_ENV: "Q" })).toEqual({ key: "TEAM_APP", path: "b.kdbx", passwordEnv: "Q" })
    expect(databaseOf("team/app", {}, { LOOM_KEEPASS_DB_TEAM_APP_PATH: "b.kdbx", SOTTO_KEEPASS_DB_TEAM_APP_PATH: "c.kdbx" }).path).toBe("c.kdbx")
  })

  it("loom B11: the longest part of an alias that is configured is meant", () => {
    const env: Record<string, string> = { LOOM_KEEPASS_DB_LOCAL_PATH: "local.kdbx" }
    expect(databaseOf("local/main", {}, env)).toEqual({ key: "LOCAL", path: "local.kdbx" })
    expect(databaseOf("local/main", {}, { ...env, LOOM_KEEPASS_DB_LOCAL_MAIN_PATH: "main.kdbx" })).toEqual({ key: "LOCAL_MAIN", path: "main.kdbx" })
  })

  it("is listed from files of settings and from variables, each once", () => {
    const config = { aliases: { "team/app": { path: "/a.kdbx" }, nowhere: {} } }
    expect(knownDatabases(config, { SOTTO_KEEPASS_DB_TEAM_APP_PATH: "/b.kdbx", LOOM_KEEPASS_DB_X_PATH: "x" })).toEqual([{ alias: "X", path: "x" }, { alias: "team/app", path: "/b.kdbx" }])
  })
})

describe("what a database may cost", () => {
  const header = (fields: readonly [number, Uint8Array][], version: 3 | 4): Uint8Array => {
    const parts = fields.map(([id, data]) => {
      const head = new DataView(new ArrayBuffer(version === 3 ? 3 : 5))
      head.setUint8(0, id)
      if (version === 3) head.setUint16(1, data.length, true)
      else head.setUint32(1, data.length, true)
      return Buffer.concat([new Uint8Array(head.buffer), data])
    })
    const start = Buffer.from([0x03, 0xd9, 0xa2, 0x9a, 0x67, 0xfb, 0x4b, 0xb5, 0, 0, version, 0])
    return Buffer.concat([start, ...parts, new Uint8Array(9)])
  }
  const uint64 = (value: bigint): Uint8Array => new Uint8Array(new BigUint64Array([value]).buffer)
  const dictionary = (name: string, type: number, value: Uint8Array): Uint8Array =>
    Buffer.concat([Buffer.from([0, 1, type]), new Uint8Array(new Uint32Array([name.length]).buffer), Buffer.from(name), new Uint8Array(new Uint32Array([value.length]).buffer), value, Uint8Array.of(0)])

  it.each<[string, Uint8Array]>([
    ["rounds of version 3", header([[6, uint64(1n << 40n)]], 3)],
    ["rounds of version 4", header([[11, dictionary("R", 5, uint64(1n << 40n))]], 4)],
    ["memory", header([[11, dictionary("M", 5, uint64(1n << 34n))]], 4)],
    ["lanes", header([[11, dictionary("P", 4, new Uint8Array(new Uint32Array([1_000_000]).buffer))]], 4)],
  ])("is bounded before anything is derived: %s", (_what, bytes) => {
    expect(() => assertBearable(bytes)).toThrow(/asks for more work or memory/)
  })
})

describe("a database of one's own", () => {
  const path = (): string => join(folder, "own.kdbx")
  const keys = { password: "one", keyFile: null }
  const open = async (password = "one") => unlock(readFileSync(path()), { password, keyFile: null })

  it("loom F1, F3: is made once, with mode 600, and written over only when that is said", async () => {
    await createVault(path(), keys, { name: "own", isForced: false })
    const before = readFileSync(path())
    await expect(createVault(path(), keys, { name: "own", isForced: false })).rejects.toMatchObject({ code: "already_exists" })
    expect(readFileSync(path())).toEqual(before)
    await createVault(path(), { password: "two", keyFile: null }, { name: "own", isForced: true })
    await expect(open()).rejects.toMatchObject({ details: { reason: "auth_failed" } })
    expect(listFields(await open("two"))).toEqual([])
  })

  it("takes fields, keeps the old value in the history, and hides them in other programs", async () => {
    await createVault(path(), keys, { name: "own", isForced: false })
    await editVault(path(), keys, (database) => createField(database, "a/b", "password", VALUE))
    await editVault(path(), keys, (database) => createField(database, "a/b", "token", "t"))
    expect(listFields(await open())).toEqual([{ item: "a/b", field: "Password" }, { item: "a/b", field: "token" }])
    for (const [edit, code] of [[createField, "already_exists"], [updateField, null]] as const)
      expect(await editVault(path(), keys, (database) => edit(database, "a/b", "password", "second")).then(() => null, (error: SecretError) => error.code)).toBe(code)
    const [group] = (await open()).groups[0]?.groups.filter(({ name }) => name === "a") ?? []
    const [entry] = group?.entries ?? []
    expect([entry?.fields.get("Password"), entry?.history.map((old) => old.fields.get("Password"))].flat().map((value) => (typeof value === "object" ? value.getText() : value))).toEqual(["second", VALUE])
    for (const [item, field] of [["nobody", "password"], ["a/b", "nobody"]] as const)
      await expect(editVault(path(), keys, (database) => updateField(database, item, field, "x"))).rejects.toMatchObject({ code: "not_found" })
  })

  it("takes other keys, and opens with the old ones no longer", async () => {
    await createVault(path(), keys, { name: "own", isForced: false })
    await changeVaultKeys(path(), keys, { password: "two", keyFile: null })
    await expect(open()).rejects.toMatchObject({ details: { reason: "auth_failed" } })
    expect(listFields(await open("two"))).toEqual([])
  })

  it("is not changed where somebody else wrote it meanwhile, where it is a link, or where the edit fails", async () => {
    await createVault(path(), keys, { name: "own", isForced: false })
    const other = readFileSync(fixture("kdbx4-argon2id.kdbx"))
    await expect(editVault(path(), keys, async () => writeFileSync(path(), other))).rejects.toMatchObject({ code: "version_conflict" })
    expect(readFileSync(path())).toEqual(other)
    symlinkSync(path(), join(folder, "link.kdbx"))
    for (const work of [editVault(join(folder, "link.kdbx"), keys, async () => undefined), createVault(join(folder, "link.kdbx"), keys, { name: "x", isForced: true })])
      await expect(work).rejects.toMatchObject({ code: "unsafe_file" })
  })
})
