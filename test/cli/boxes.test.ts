import { spawn as spawnTerminal } from "@lydell/node-pty"
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createOriginalClient, type OriginalClient } from "../boxes/original-client.ts"
import { openSotto, type Ran, type Sotto } from "./sotto.ts"

let sotto: Sotto
let url: string
let server: Record<string, string>

beforeAll(async () => {
  sotto = await openSotto()
  server = { SOTTO_HOME: join(sotto.folder, "server"), SOTTO_KEYS_FILE: join(sotto.folder, "server", "keyring") }
  const served = await sotto.serve({ ...server, SOTTO_BOXES: "on", SOTTO_LOG_LEVEL: "error" })
  url = `${served.url}/boxes`
  Object.assign(sotto.env, { SOTTO_BOXES_URL: url })
}, 60_000)
afterAll(() => sotto.close())

const as = (who: string) => ({ SOTTO_BOX_FILE: join(sotto.folder, who) })
const run = (who: string, args: string[], input = "", env: Record<string, string> = {}): Promise<Ran> => sotto.run(["box", ...args], { input, env: { ...as(who), ...env } })
const ok = async (who: string, args: string[], input = "", env: Record<string, string> = {}): Promise<string> => {
  const ran = await run(who, args, input, env)
  expect(ran).toMatchObject({ code: 0 })
  return ran.stdout
}
const newCode = async (): Promise<string> => (await sotto.run(["box", "invite"], { env: server })).stdout.trim()
const open = async (who: string): Promise<string> => (await ok(who, ["init", "--code"], `${await newCode()}\n`)).trim()

describe("a box from the command line", () => {
  it("is opened with a code and with none else where nobody may open one anonymously", async () => {
    const refused = await run("eve", ["init"])
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining("the server opens boxes with a code alone") })
    const guessed = await run("eve", ["init", "--code"], "ab".repeat(32))
    expect(guessed).toMatchObject({ code: 4, stderr: expect.stringContaining("the code is wrong, used or expired") })
    const code = await newCode()
    expect(await ok("eve", ["init", "--code"], code)).toMatch(/^[0-9a-f]{64}\n$/)
    expect(await run("mallory", ["init", "--code"], code)).toMatchObject({ code: 4 })
    expect(await run("eve", ["init", "--code"], code)).toMatchObject({ code: 5, stderr: expect.stringContaining("you have a box already") })
  })

  it("keeps its key in a file for its holder alone, and refuses one that others can open", async () => {
    await open("guarded")
    const { SOTTO_BOX_FILE: path } = as("guarded")
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const { secretKeyHex } = JSON.parse(await readFile(path, "utf8")) as { secretKeyHex: string }
    const shown = await Promise.all([["id"], ["list"], ["id", "--json"]].map((args) => run("guarded", args)))
    for (const { stdout, stderr } of shown) expect(stdout + stderr).not.toContain(secretKeyHex)
    await chmod(path, 0o644)
    expect(await run("guarded", ["list"])).toMatchObject({ code: 7, stderr: expect.stringContaining("can be opened by others") })
  })

  it("gives back bytes as they were, and prints nothing in an agent's shell", async () => {
    await open("exact")
    const value = ' "123"\r\n\u00e9\u0000 end\n'
    await ok("exact", ["put", "text", "--stdin"], value)
    expect(await ok("exact", ["get", "text"])).toBe(value)
    expect(await run("exact", ["get", "text"], "", { CLAUDECODE: "1" })).toMatchObject({ code: 10, stdout: "" })
    expect(await run("exact", ["get", "none"])).toMatchObject({ code: 3, stderr: 'error: there is no secret "none" there\n' })
    expect(JSON.parse(await ok("exact", ["get", "text", "--json"]))).toMatchObject({ name: "text", value, freshness: "newest" })
  })

  it("is read by reference, by alias and by me, in a command and in a job file", async () => {
    const [alice, bob] = [await open("alice"), await open("bob")]
    await ok("bob", ["accept", alice, "--as", "alice"])
    await ok("alice", ["put", "db", "--stdin"], "s3cr3t-of-alice")
    await ok("alice", ["share", bob, "db"])
    await ok("bob", ["put", "own", "--stdin"], "s3cr3t-of-bob")
    const script = 'test "$A" = s3cr3t-of-alice && test "$B" = s3cr3t-of-bob && echo "right: $A $B"'
    const ran = await sotto.run(["run", "-e", "A=box://alice/db", "-e", "B=box://me/own", "--", "sh", "-c", script], { env: as("bob") })
    expect(ran).toMatchObject({ code: 0, stdout: "right: [REDACTED:SECRET_A] [REDACTED:SECRET_B]\n" })
    const job = `version: v1\nstages: [one]\ndefault: { target: linux }\njob: { stage: one, script: [${JSON.stringify(script)}], secrets: { A: { ref: "box://alice/db", file: false }, B: { ref: "box://me/own", file: false } } }\n`
    await mkdir(join(sotto.folder, "work", ".sotto"))
    await writeFile(join(sotto.folder, "work", ".sotto", "jobs.yml"), job)
    const jobs = await sotto.run(["jobs", "run", "--stream"], { env: { ...as("bob"), SOTTO_TRUST: "1" } })
    expect(jobs).toMatchObject({ code: 0 })
    expect(jobs.stdout + jobs.stderr).toContain("right: [REDACTED:SECRET_A] [REDACTED:SECRET_B]")
    const checked = await sotto.run(["secrets", "check", "-e", "A=box://alice/gone", "-e", "B=box://nobody/x"], { env: as("bob") })
    expect(checked.stdout.split("\n").filter((line) => line.includes("entry_missing"))).toHaveLength(2)
    const malformed = await sotto.run(["run", "-e", "A=box://alice", "--", "true"], { env: as("bob") })
    expect(malformed).toMatchObject({ code: 125, stderr: expect.stringContaining("box://SENDER/NAME") })
    const without = await sotto.run(["run", "-e", "A=box://me/x", "--", "true"], { env: as("nobody") })
    expect(without).toMatchObject({ code: 125, stderr: expect.stringContaining("sotto box init") })
  })

  it("leaves to people what gives the key or a value away, and whose values are believed", async () => {
    const [nina, oscar] = [await open("nina"), await open("oscar")]
    await ok("nina", ["put", "db", "--stdin"], "s3cr3t-of-nina")
    await ok("oscar", ["accept", nina])
    const agent = { CLAUDECODE: "1", SOTTO_BOX_PASSPHRASE: "of the agent" }
    for (const args of [["export"], ["share", oscar, "db"], ["accept", oscar, "--as", "boss"], ["verify", oscar, "--matches"]])
      expect(await run("nina", args, "", agent)).toMatchObject({ code: 10, stdout: "" })
    expect(await run("oscar", ["get", "db", "--from", nina])).toMatchObject({ code: 3 })
    expect(await run("nina", ["verify", oscar], "", agent)).toMatchObject({ code: 0 })
  })

  it("believes nothing that others could have written for it to remember", async () => {
    await open("pat")
    await ok("pat", ["put", "db", "--stdin"], "s3cr3t")
    const state = `${as("pat").SOTTO_BOX_FILE}-state`
    expect((await stat(state)).mode & 0o777).toBe(0o700)
    await chmod(state, 0o777)
    for (const args of [["get", "db"], ["put", "db", "--generate"]]) expect(await run("pat", args)).toMatchObject({ code: 7, stdout: "", stderr: expect.stringContaining("can be written by others") })
    await chmod(state, 0o700)
    expect(await ok("pat", ["get", "db"])).toBe("s3cr3t")
  })

  it("shows on a terminal, and does not do, what a server or a sender writes there", async () => {
    const hostile = createServer((_request, response) => void response.end(JSON.stringify({ error: "\u001b[2J\u009b2J\u202e" })))
    await new Promise<void>((resolve) => hostile.listen(0, "127.0.0.1", resolve))
    const refused = await run("quinn", ["init", "--server", `http://127.0.0.1:${(hostile.address() as AddressInfo).port}`])
    hostile.close()
    expect(refused.stderr).toContain("the server says: \\u{1b}[2J\\u{9b}2J\\u{202e}")
    const [quinn, rob] = [await open("quinn"), await open("rob")]
    await ok("quinn", ["accept", rob, "--as", "rob"])
    await ok("rob", ["put", "note", "--stdin"], "one\n\u001b]0;two\u0007")
    await ok("rob", ["share", quinn, "note"])
    let printed = ""
    const terminal = spawnTerminal(process.execPath, [sotto.main, "box", "get", "note", "--from", "rob"], { cwd: sotto.folder, env: { ...sotto.env, ...as("quinn") } })
    terminal.onData((data) => void (printed += data))
    await new Promise((resolve) => terminal.onExit(resolve))
    expect(printed).toContain("one\r\n\\u{1b}]0;two\\u{7}")
    expect(await ok("quinn", ["get", "note", "--from", "rob"])).toBe("one\n\u001b]0;two\u0007")
  })

  it("tells of an alias what it cannot be, and does not give one away", async () => {
    const [carol, dave] = [await open("carol"), await open("dave")]
    for (const alias of ["a/b", "me", "__proto__", carol, "", " ", "al\u200bice", "\u001b[2J", "\u202eecila"]) expect(await run("dave", ["accept", carol, "--as", alias])).toMatchObject({ code: 2 })
    await ok("dave", ["accept", carol, "--as", "carol"])
    expect(await run("dave", ["accept", dave, "--as", "carol"])).toMatchObject({ code: 5 })
    expect(await ok("dave", ["id", "carol"])).toBe(`${carol}\n`)
    expect(await run("dave", ["share", "constructor", "x"])).toMatchObject({ code: 3, stderr: expect.stringContaining("nobody is known as constructor") })
  })

  it("shows both people one safety number, and remembers who compared it", async () => {
    const [erin, frank] = [await open("erin"), await open("frank")]
    expect(await ok("erin", ["verify", frank])).toBe(await ok("frank", ["verify", erin]))
    await ok("erin", ["accept", frank, "--as", "frank"])
    await ok("erin", ["verify", "frank", "--matches"])
    expect(JSON.parse(await ok("erin", ["id", "--json"]))).toMatchObject({ people: { frank: { id: frank, verifiedAt: expect.any(Number) } } })
  })

  it("moves to another machine by an export that only its passphrase opens", async () => {
    const id = await open("grace")
    await ok("grace", ["put", "kept", "--stdin"], "still here")
    const sealed = await ok("grace", ["export"], "", { SOTTO_BOX_PASSPHRASE: "correct horse" })
    const file = join(sotto.folder, "grace.export")
    await writeFile(file, sealed)
    expect(await run("heidi", ["init", "--import", file], "", { SOTTO_BOX_PASSPHRASE: "wrong horse" })).toMatchObject({ code: expect.not.stringMatching("0") })
    expect(await run("heidi", ["list"])).toMatchObject({ code: 3 })
    expect((await ok("heidi", ["init", "--import", file], "", { SOTTO_BOX_PASSPHRASE: "correct horse" })).trim()).toBe(id)
    expect(await ok("heidi", ["get", "kept"])).toBe("still here")
    expect(await run("grace", ["export"])).toMatchObject({ code: 2, stderr: expect.stringContaining("SOTTO_BOX_PASSPHRASE") })
  })

  it("takes no value without a signature unless its holder said so", async () => {
    const ivan = await open("ivan")
    const judy: OriginalClient = createOriginalClient({ serverURL: url, authCode: await newCode() })
    await judy.keysReady
    await judy.ready
    await ok("ivan", ["accept", judy.id as string, "--as", "judy"])
    await judy.shareSecretTo(ivan, "old", "from the original")
    expect(await run("ivan", ["get", "old", "--from", "judy"])).toMatchObject({ code: 14, stdout: "" })
    await ok("ivan", ["accept", "judy", "--unsigned"])
    expect(await ok("ivan", ["get", "old", "--from", "judy"])).toBe("from the original")
    await ok("ivan", ["revoke", "judy"])
    await ok("ivan", ["accept", "judy"])
    await judy.shareSecretTo(ivan, "old", "from the original")
    expect(await run("ivan", ["get", "old", "--from", "judy"])).toMatchObject({ code: 14, stdout: "" })
  })
})

describe("sotto box init", () => {
  it("says that nothing answers, leaves no box behind, and goes on where it was stopped", async () => {
    const nowhere = await run("kate", ["init", "--server", "http://127.0.0.1:1/boxes"])
    expect(nowhere).toMatchObject({ code: 9 })
    expect(await run("kate", ["list"])).toMatchObject({ code: 3, stderr: expect.stringContaining("sotto box init") })
    expect(await run("kate", ["init"])).toMatchObject({ code: 4 }) // the key is made, and no code was given
    const before = JSON.parse(await readFile(as("kate").SOTTO_BOX_FILE, "utf8")) as { secretKeyHex: string }
    await ok("kate", ["init", "--code"], await newCode())
    expect(JSON.parse(await readFile(as("kate").SOTTO_BOX_FILE, "utf8"))).toMatchObject({ secretKeyHex: before.secretKeyHex, isOpen: true })
  })

  it("goes on nowhere else than where it began: a code is told to no server that was not meant", async () => {
    expect(await run("mia", ["init"])).toMatchObject({ code: 4 })
    const code = await newCode()
    expect(await run("mia", ["init", "--server", "https://right.example.com/boxes", "--code"], code)).toMatchObject({ code: 5, stderr: expect.stringContaining(url) })
    expect(await run("mia", ["init", "--import", "some.export", "--code"], code)).toMatchObject({ code: 5 })
    await ok("mia", ["init", "--server", `${url}/`, "--code"], code)
  })

  it("takes a code from the environment, and says nothing of it", async () => {
    const code = await newCode()
    const ran = await run("leo", ["init"], "", { SOTTO_BOX_CODE: code })
    expect(ran.code).toBe(0)
    expect(ran.stdout + ran.stderr).not.toContain(code)
  })
})
