import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createToolsOver } from "../../src/agent/create-tools.ts"
import { environmentStatus } from "../../src/core/environments/manage-environments.ts"
import { setPolicy, showPolicy } from "../../src/core/policy/set-policy.ts"
import type { PolicyInput } from "../../src/core/policy/policy-shape.ts"
import { put } from "../../src/core/put.ts"
import { answerRequest } from "../../src/core/requests/answer-request.ts"
import { openEnrolled, openTestStore, type TestSandbox, type TestStore } from "./open-sandbox.ts"

const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"
const OTHER = "another_CANARY_of_the_sandbox_77"
const SH = "/bin/sh"
const MASKED = "[REDACTED:SECRET_A_KEY]"

describe("commands of agents in a sandbox", () => {
  let here: TestStore
  let one: TestSandbox
  let transcript: string[]

  const policy = (name: string, exec: PolicyInput["exec"], approval: PolicyInput["approval"] = "never") =>
    setPolicy(here.alice, { name, policy: { sync: ["sandbox"], exec: exec ?? [], approval } })
  const anyShell = [{ program: SH, args: ["-c", "*"], network: "host" as const, environment: "sandbox" }]

  const call = async (name: string, args: object) => {
    const { call: made } = createToolsOver(here.alice, { agent: { id: "agent-1", name: "Claude" }, holdMs: 0 })
    const answer = await made(name, args)
    transcript.push(JSON.stringify(answer))
    return answer as { isError?: boolean; code?: string; message?: string; data?: Record<string, unknown> }
  }
  const run = (script: string, more: object = {}) => call("run_with_secrets", { command: [SH, "-c", script], secrets: ["A_KEY"], environment: "sandbox", ...more })

  beforeEach(async () => {
    transcript = []
    here = await openTestStore()
    one = await openEnrolled(here)
    await put(here.alice, { name: "A_KEY", value: CANARY })
    await put(here.alice, { name: "B_KEY", value: OTHER })
    await policy("A_KEY", anyShell)
    await policy("B_KEY", [])
    await here.sync()
  })
  afterEach(async () => {
    await one.close()
    await here.close()
    const seen = transcript.join("\n")
    if (seen.includes(CANARY) || seen.includes(OTHER)) throw new Error("a value stood in what the model saw")
  })

  it("loopstack C17: the value is in the command's environment there, and masked in what comes back", async () => {
    const { data } = await run('echo "$A_KEY"; echo ${#A_KEY}')
    expect(data).toMatchObject({ status: "done", exitCode: 0, stdout: `${MASKED}\n${CANARY.length}\n` })
    expect((await run("env")).data?.stdout).toContain(`A_KEY=${MASKED}`)
    expect((await run("env")).data?.stdout).not.toContain("B_KEY")
  })

  it("agents 43: cat, grep and glob find no value: all that was delivered there is masked, also what the command was not given", async () => {
    const file = join(one.folder, "app")
    for (const script of [`cat ${file}/*`, `grep -r . ${file}`, `cat ${file}/env | base64`, `rev ${file}/env`, `cat ${file}/env | od -An -c | tr -d ' \\n'`]) {
      await policy("A_KEY", anyShell) // so many hits suspend its use
      const { data } = await run(script)
      expect([script, data?.status]).toEqual([script, "done"])
      expect(data?.stdout).not.toContain(CANARY)
      expect(data?.stdout).not.toContain(OTHER)
    }
    await policy("A_KEY", anyShell)
    expect((await run(`cat ${file}/env`)).data?.stdout).toContain("[REDACTED:SECRET_B_KEY]")
  })

  it("agents 43: a command that reads the daemon's own keys shows none of them", async () => {
    const identity = JSON.parse(readFileSync(join(one.stateFolder, "identity.json"), "utf8")) as { sealing: string; signing: string }
    for (const script of [`cat ${one.stateFolder}/*.json`, `base64 -w0 ${one.stateFolder}/identity.json`]) {
      const { data } = await run(script)
      expect(data).toMatchObject({ status: "done", exitCode: 0 })
      expect(data?.stdout).toContain("[REDACTED:SECRET_SOTTO_DAEMON_KEY_1]")
      for (const key of [identity.sealing, identity.signing]) expect(JSON.stringify(data)).not.toContain(key)
    }
  })

  it("runs no command that the policy does not allow in that very sandbox", async () => {
    await policy("A_KEY", [{ program: "/bin/echo", args: ["*"], network: "host" as const, environment: "sandbox" }])
    expect(await run("echo x")).toMatchObject({ isError: true, code: "forbidden" })
    expect(await call("run_with_secrets", { command: ["/bin/echo", "x"], secrets: ["A_KEY"] })).toMatchObject({ isError: true, code: "forbidden" })
    expect(await call("run_with_secrets", { command: ["/bin/echo", "x"], secrets: ["A_KEY"], environment: "elsewhere" })).toMatchObject({ isError: true, code: "forbidden" })
    expect(await call("run_with_secrets", { command: ["/bin/echo", "x"], secrets: ["A_KEY", "B_KEY"], environment: "sandbox" })).toMatchObject({ isError: true, code: "forbidden" })
    expect((await call("run_with_secrets", { command: ["/bin/echo", "x"], secrets: ["A_KEY"], environment: "sandbox" })).data).toMatchObject({ stdout: "x\n" })
  })

  it("asks the person first, who reads where it runs", async () => {
    await policy("A_KEY", anyShell, "every-use")
    const { data } = await run("echo asked")
    expect(data).toMatchObject({ status: "pending" })
    await answerRequest(here.alice, { requestId: data?.requestId as string, values: {}, allow: [] })
    const { getRequest } = await import("../../src/core/requests/read-requests.ts")
    expect((await getRequest(here.alice, { requestId: data?.requestId as string })).call).toContain("in the sandbox sandbox")
    expect((await run("echo asked")).data).toMatchObject({ status: "done", stdout: "asked\n" })
  })

  it("passes stdin and the working folder, renames variables, ends what takes too long, and cuts what is too much", async () => {
    expect((await run("cat; pwd", { stdin: "from stdin\n", cwd: "/tmp" })).data).toMatchObject({ stdout: "from stdin\n/tmp\n" })
    expect((await run('echo "$TOKEN"', { secrets: { TOKEN: "A_KEY" } })).data).toMatchObject({ stdout: `${MASKED}\n` })
    expect((await run("sleep 60", { timeoutMs: 200 })).data).toMatchObject({ status: "done", timedOut: true })
    const much = (await run("yes | head -c 3000000")).data
    expect(much).toMatchObject({ truncated: { stdout: true } })
    expect(String(much?.stdout).length).toBeLessThanOrEqual(1_048_576)
  })

  it("says what stands in the way, and runs nothing: no program, a key that is not delivered there, a daemon that runs no commands", async () => {
    await policy("A_KEY", [...anyShell, { program: "/no/such/program", args: [], network: "host" as const, environment: "sandbox" }])
    expect(await call("run_with_secrets", { command: ["/no/such/program"], secrets: ["A_KEY"], environment: "sandbox" })).toMatchObject({ isError: true })
    await put(here.alice, { name: "C_KEY", value: "never delivered there" })
    await policy("C_KEY", anyShell)
    const answer = await run("echo x", { secrets: ["C_KEY"] })
    expect(answer).toMatchObject({ isError: true, code: "not_supported" })
    expect(answer.message).toContain("was not delivered there")
  })

  it("is suspended as a command here is, where its value stands in results too often", async () => {
    for (let i = 0; i < 5; i++) await run('echo "$A_KEY $A_KEY"') // each command counts once: a sandbox could say anything
    expect((await showPolicy(here.alice, { name: "A_KEY" })).policy).toHaveProperty("suspendedAt")
    expect(await run("echo x")).toMatchObject({ isError: true, code: "forbidden" })
    expect(await here.sync("sandbox", { mode: "plan" })).toMatchObject({ removed: ["A_KEY"] })
  })

  it("sync_secrets: names alone, what people allow alone, and a format that is not the sandbox's is refused", async () => {
    await put(here.alice, { name: "A_KEY", value: `${CANARY}_2` })
    expect((await call("sync_secrets", { target: "sandbox", mode: "plan" })).data).toEqual({
      target: "sandbox", generation: 1, mode: "plan", added: [], updated: ["A_KEY"], removed: [], unchanged: 1, restarted: false, warnings: [],
    })
    expect(await call("sync_secrets", { target: "sandbox", restart: "never" })).toMatchObject({ isError: true, code: "forbidden" })
    expect((await call("sync_secrets", { target: "sandbox" })).data).toMatchObject({ mode: "apply", updated: ["A_KEY"], restarted: true })
    expect(await call("sync_secrets", { target: "sandbox", format: "json" })).toMatchObject({ isError: true, code: "not_supported" })
    await put(here.alice, { name: "UNMEANT", value: CANARY })
    expect(await call("sync_secrets", { target: "sandbox", keys: ["UNMEANT"] })).toMatchObject({ isError: true, code: "forbidden" })
    expect(await call("sync_secrets", { target: "nowhere" })).toMatchObject({ isError: true, code: "not_found" })
    for (const bad of [{}, { target: "../x" }, { target: "sandbox", keys: "A_KEY" }, { target: "sandbox", force: true }]) expect(await call("sync_secrets", bad)).toMatchObject({ isError: true, code: "invalid_argument" })
    expect(await environmentStatus(here.alice, { name: "sandbox" })).toMatchObject({ state: "synced" })
  })
})
