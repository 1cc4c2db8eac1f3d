import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { opCommands } from "../../src/cli/op-commands.ts"
import { createOptions } from "../../src/cli/options.ts"
import type { Call, CommandRun } from "../../src/cli/command.ts"
import { FAKE_TOKEN, fakeField, fakeOp, fakeVault } from "../providers/fake-op.ts"
import { openSotto, type Sotto } from "./sotto.ts"

const VALUE = "s3cr3t-VALUE-9"

interface State {
  name: string
  scheme: string
  state: string
  reason?: string
}

describe("sotto secrets check", () => {
  let sotto: Sotto
  beforeAll(async () => {
    sotto = await openSotto()
    await sotto.run(["set", "API_KEY", "-w", "acme", "--stdin"], { input: VALUE })
    await sotto.run(["set", "OTHER", "-w", "acme", "--stdin"], { input: "first" })
    await sotto.run(["set", "OTHER", "-w", "acme", "--stdin"], { input: "second" })
  })
  afterAll(() => sotto.close())

  const refs = (...references: string[]): string[] => references.flatMap((each) => ["-e", each])

  const check = async (args: readonly string[], env: Record<string, string> = {}) => {
    const { stdout, stderr, code } = await sotto.run(["secrets", "check", "--json", ...args], { env })
    expect(stdout + stderr).not.toMatch(/VALUE|second/)
    return { code, stderr, states: stdout === "" ? [] : (JSON.parse(stdout) as State[]).map(({ name, state, reason }) => [name, state, reason].filter(Boolean).join(" ")) }
  }

  it("loom C1: resolves from the environment and the store, and shows names and states only", async () => {
    const { code, states } = await check(refs("A=env://SRC", "B=sotto://acme/API_KEY", "C=sotto://acme/OTHER@1", "D=sotto://acme/OTHER"), { SRC: VALUE })
    expect([code, states]).toEqual([0, ["A resolved", "B resolved", "C resolved", "D resolved"]])
  })

  it("loom C2, C3, C4: says unset, empty, missing, and what may be missing", async () => {
    const { code, states } = await check(refs("A=env://UNSET", "B=env://EMPTY", "C?=env://UNSET", "D=sotto://acme/NOBODY", "E=sotto://acme/API_KEY@7", "F=sotto://nowhere/X", "G=env://SRC"), { SRC: VALUE, EMPTY: "" })
    expect([code, states]).toEqual([1, ["A failed unset", "B failed empty", "C skipped unset", "D failed entry_missing", "E failed entry_missing", "F failed entry_missing", "G resolved"]])
  })

  it("asks nobody where a reference is malformed, and repeats nothing of it", async () => {
    const { code, states, stderr } = await check(refs("A=sotto://acme/API_KEY", "B=vault://hunter2/x", "C=env://hunter2-x"))
    expect([code, states]).toEqual([1, ["A not asked", "B failed unknown_scheme", "C failed malformed"]])
    expect(stderr).not.toContain("hunter2")
    const events = await sotto.json<{ page: unknown[] } | unknown[]>(["events", "-w", "acme", "--type", "read"])
    expect(JSON.stringify(events)).not.toContain("hunter2")
  })

  it("leaves the event of a read for each secret, as get does", async () => {
    const reads = async (): Promise<number> => (await sotto.run(["events", "-w", "acme", "--type", "read"])).stdout.split("\n").filter((line) => line.includes("read")).length
    const before = await reads()
    await check(refs("A=sotto://acme/API_KEY", "B=sotto://acme/OTHER"))
    expect(await reads()).toBe(before + 2)
  })

  it("works through a server, and says who did not let it in", async () => {
    const { client, url } = await sotto.serve()
    expect((await check(refs("A=sotto://acme/API_KEY", "B=sotto://acme/OTHER", "C=sotto://acme/OTHER@1"), client)).states).toEqual(["A resolved", "B resolved", "C resolved"])
    expect((await check(refs("A=sotto://acme/API_KEY", "B?=sotto://acme/NOBODY"), client)).states).toEqual(["A resolved", "B skipped entry_missing"])
    expect((await check(refs("A=sotto://acme/API_KEY"), { SOTTO_URL: url, SOTTO_TOKEN: "nonsense" })).states).toEqual(["A failed auth_failed"])
    expect((await check(refs("A=sotto://acme/API_KEY", "B=env://SRC"), { SOTTO_URL: "http://127.0.0.1:1", SOTTO_TOKEN: "nonsense", SRC: "x" })).states).toEqual(["A failed unreachable", "B resolved"])
  })

  it("loom C12: says that 1Password has no token, or a bad one, without asking it", async () => {
    expect(await check(refs("A=op://V/i/f"))).toMatchObject({ code: 1, states: ["A failed not_configured"], stderr: expect.stringContaining("OP_SERVICE_ACCOUNT_TOKEN is not set") as string })
    expect((await check(refs("A=op://V/i/f"), { OP_SERVICE_ACCOUNT_TOKEN: `ops_${VALUE}` })).states).toEqual(["A failed auth_failed"])
    expect((await check(["--strict", ...refs("A?=op://V/i/f")])).states).toEqual(["A failed not_configured"])
  })

  it("reads files of the user's folders, and modules of their own", async () => {
    const home = sotto.env.HOME as string
    await mkdir(join(home, "keys"), { recursive: true })
    await mkdir(join(home, ".sotto"), { recursive: true })
    await writeFile(join(home, "keys", "token"), VALUE, { mode: 0o600 })
    await writeFile(join(home, ".sotto", "config.yml"), "providers: { file: { folders: [~/keys] }, modules: { mine: mine.mjs } }\n", { mode: 0o600 })
    const answer = `({ value: { reveal: () => new TextEncoder().encode("${VALUE}") } })`
    await writeFile(join(home, ".sotto", "mine.mjs"), `export const provider = { scheme: "mine", parse: (text) => text, open: async () => ({ calls: 1, resolve: async (all) => all.map(() => ${answer}), close: async () => {} }) }`)
    const { states } = await check(refs("A=file://~/keys/token", "B=file:///etc/passwd", "C=mine://anything"))
    expect(states).toEqual(["A resolved", "B failed not_allowed", "C resolved"])
  })

  it("keeps to the patterns that are allowed", async () => {
    const { code, stderr } = await check([...refs("A=env://SRC"), "--allow", "op://CI/*"], { SRC: VALUE })
    expect([code, stderr]).toEqual([11, expect.stringContaining("references of A")])
    expect((await check(refs("A=env://SRC"), { SRC: VALUE, SOTTO_ALLOW: "env://*" })).code).toBe(0)
  })
})

describe("sotto provider op", () => {
  const printed = async (command: CommandRun, options: Record<string, string>, env: Record<string, string> = {}): Promise<string> => {
    let text = ""
    const screen = { isJson: false, isTerminal: { stdin: false, stdout: false, stderr: false }, write: (data: string) => void (text += data), show: (_data: unknown, asText: () => string) => void (text += `${asText()}\n`) }
    const call = { env: { HOME: "/nonexistent", OP_SERVICE_ACCOUNT_TOKEN: FAKE_TOKEN, ...env }, args: [], options: createOptions(new Map(Object.entries(options))), screen } as unknown as Call
    await command(call)
    return text
  }

  it("loom F8: prints vaults, items and what was changed, and no value", async () => {
    const fake = fakeOp([fakeVault("Engineering", { "services/loom/other": [fakeField("token", VALUE)] })])
    const { vaultList, itemList, itemCreate, itemUpdate } = opCommands(fake.connect)
    const place = { vault: "Engineering", "item-path": "services/loom/deploy", field: "token", "value-from-env": "SRC" }
    expect(await printed(vaultList, {})).toBe("name=Engineering id=vltengineering\n")
    expect(await printed(itemCreate, place, { SRC: VALUE })).toBe("item field created: vault=Engineering item=services/loom/deploy field=token\n")
    expect(await printed(itemUpdate, place, { SRC: "second" })).toBe("item field updated: vault=Engineering item=services/loom/deploy field=token\n")
    expect(await printed(itemList, { vault: "Engineering" })).toBe("services/loom/other  token\nservices/loom/deploy  token\n")
    expect(fake.vaults[0]?.items[1]?.fields[0]?.value).toBe("second")
  })

  it("loom F7: changes nothing for a variable that is not set or empty, or an option that is missing", async () => {
    const fake = fakeOp([fakeVault("Engineering", {})])
    const { itemCreate } = opCommands(fake.connect)
    const place = { vault: "Engineering", "item-path": "a", field: "b", "value-from-env": "UNSET" }
    await expect(printed(itemCreate, place)).rejects.toMatchObject({ code: "invalid_argument" })
    await expect(printed(itemCreate, place, { UNSET: "" })).rejects.toMatchObject({ code: "invalid_argument" })
    await expect(printed(itemCreate, { vault: "Engineering", field: "b" }, {})).rejects.toMatchObject({ code: "invalid_argument" })
    expect([fake.calls, fake.tokens]).toEqual([[], []])
  })

  it("passes on nothing of what the SDK says", async () => {
    const { itemList } = opCommands(() => Promise.reject(new Error(FAKE_TOKEN)))
    await expect(printed(itemList, { vault: "V" })).rejects.toMatchObject({ code: "SECRETS_PROVIDER_UNAVAILABLE", message: expect.not.stringContaining("CANARY") as string })
  })
})
