import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { allowUse, setPolicy } from "../../src/core/policy/set-policy.ts"
import type { PolicyInput } from "../../src/core/policy/policy-shape.ts"
import { put } from "../../src/core/put.ts"
import { answerRequest } from "../../src/core/requests/answer-request.ts"
import { declineRequest } from "../../src/core/requests/close-request.ts"
import { getRequest } from "../../src/core/requests/read-requests.ts"
import { canIsolate } from "../runner/can-isolate.ts"
import { CANARY, openTestAgent, type TestAgent } from "./open-test-agent.ts"

const NODE = process.execPath
const CAN_ISOLATE = canIsolate()

describe("run_with_secrets", () => {
  let agent: TestAgent
  let folder: string

  beforeEach(async () => {
    agent = await openTestAgent()
    folder = mkdtempSync(join(tmpdir(), "sotto-agent-"))
    await put(agent.alice, { name: "KEY", value: CANARY })
    await allow([{ program: NODE, args: ["..."], network: "host" }, { program: "/usr/bin/env", args: [], network: "host" }, { program: "/bin/sh", args: ["-c", "*"], network: "host" }])
  })
  afterEach(async () => {
    await agent.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const allow = (exec: NonNullable<PolicyInput["exec"]>, approval: PolicyInput["approval"] = "never") =>
    setPolicy(agent.alice, { name: "KEY", policy: { exec, approval } })
  const run = (command: string[], more: object = {}) => agent.call("run_with_secrets", { command, secrets: ["KEY"], ...more })
  const script = (source: string): string[] => [NODE, "-e", source]

  it("agents 19: masks what the environment prints, by whatever program", async () => {
    expect((await run(["/usr/bin/env"])).data?.stdout).toContain("KEY=[REDACTED:SECRET_KEY]")
    expect((await run(["/bin/sh", "-c", "echo $KEY"])).data?.stdout).toBe("[REDACTED:SECRET_KEY]\n")
    const { data } = await run(script("console.log(process.env.KEY); throw new Error('with ' + process.env.KEY)"))
    expect(data).toMatchObject({ status: "done", exitCode: 1, stdout: "[REDACTED:SECRET_KEY]\n" })
    expect(data?.stderr).toContain("with [REDACTED:SECRET_KEY]")
    expect(data).not.toHaveProperty("masked")
  })

  it.each([
    ["base64", "Buffer.from(k).toString('base64')"],
    ["base64 at the second offset", "Buffer.from('x' + k + 'y').toString('base64')"],
    ["base64url at the third offset", "Buffer.from('xy' + k).toString('base64url')"],
    ["hex", "Buffer.from(k).toString('hex')"],
    ["a URL", "encodeURIComponent('/' + k)"],
    ["JSON within JSON", "JSON.stringify(JSON.stringify({ k }))"],
    ["a Basic header", "'Basic ' + Buffer.from('user:' + k).toString('base64')"],
    ["reversed", "[...k].reverse().join('')"],
  ])("agents 20: masks a value as %s", async (_name, expression) => {
    await put(agent.alice, { name: "KEY", value: `${CANARY}"\\/+ é` })
    const { data } = await run(script(`const k = process.env.KEY; process.stdout.write(${expression})`))
    expect(data?.stdout).toContain("[REDACTED:SECRET_KEY]")
    expect(data?.stdout).not.toMatch(/CANARY|YRANAC|Q0FOQVJZ|0NBTkFSW|DQU5BUl|43414e415259/i)
  })

  it("agents 20: masks a value that comes in single bytes", async () => {
    const { data } = await run(script("const k = process.env.KEY + '\\n'; let i = 0; const next = () => i < k.length && process.stdout.write(k[i++], () => setImmediate(next)); next()"))
    expect(data?.stdout).toBe("[REDACTED:SECRET_KEY]\n")
  })

  it("agents 21: promises nothing of compressed, shifted or spaced values, and says so", () => {
    const guide = readFileSync(join(import.meta.dirname, "..", "..", "docs", "guide", "redaction.md"), "utf8")
    for (const word of ["gzip", "ROT13", "spaced"]) expect(guide).toContain(word)
  })

  it("agents 22: puts no value into any argument, and nothing of its own surroundings into the environment", async () => {
    process.env.SOTTO_TEST_SURROUNDINGS = "not for the child"
    const source = "const fs = require('fs'); console.log(JSON.stringify({ env: Object.keys(process.env).sort(), argv: fs.readFileSync('/proc/self/cmdline', 'utf8').includes(process.env.KEY), parent: fs.readFileSync('/proc/' + process.ppid + '/cmdline', 'utf8').includes(process.env.KEY) }))"
    const { data } = await run(script(source))
    delete process.env.SOTTO_TEST_SURROUNDINGS
    const seen = JSON.parse(data?.stdout as string) as { env: string[]; argv: boolean; parent: boolean }
    expect(seen).toMatchObject({ argv: false, parent: false })
    expect(seen.env).toContain("KEY")
    expect(seen.env.filter((name) => !["KEY", "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SOTTO_COMMAND"].includes(name))).toEqual([])
  })

  it("agents 24: ends what takes too long, with what it started, and shows nothing of a value that was cut", async () => {
    const source = `const { spawn } = require('child_process'); process.on('SIGTERM', () => {}); const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { stdio: 'ignore' }); process.stdout.write(child.pid + '\\n' + process.env.KEY.slice(0, 20)); setInterval(() => {}, 1000)`
    const { data } = await run(script(source), { timeoutMs: 1_500 })
    expect(data).toMatchObject({ timedOut: true, exitCode: null, signal: "SIGKILL" })
    expect(data?.stdout).not.toContain("sk_live")
    const pid = Number(/\d+/.exec(data?.stdout as string)?.[0])
    expect(isAlive(pid)).toBe(false)
  })

  it("agents 25: cuts long output after it was masked, and does not show what is no text", async () => {
    const long = await run(script("process.stdout.write('x'.repeat(1024 * 1024 - 10) + process.env.KEY + 'y'.repeat(100))"))
    expect(long.data).toMatchObject({ truncated: { stdout: true, stderr: false } })
    expect(long.data?.stdout).toMatch(/x\[REDACTED:$/)
    const binary = await run(script("process.stdout.write(Buffer.from([0, 255, 1, 2]))"))
    expect(binary.data).toMatchObject({ stdout: "", binaryBytes: { stdout: 4 } })
  })

  it("agents 26: gives out no value under twelve bytes", async () => {
    await put(agent.alice, { name: "KEY", value: "elevenbytes" })
    expect(await run(["/usr/bin/env"])).toMatchObject({ isError: true, code: "forbidden" })
  })

  it("runs nothing that the policy does not name: another program, other arguments, a shell by name", async () => {
    await allow([{ program: "/usr/bin/env", args: ["-u", "*"] }])
    for (const command of [["/usr/bin/printenv"], ["/usr/bin/env"], ["/usr/bin/env", "-u", "X", "sh"], ["env"], ["/usr/bin/../bin/env", "-u", "X"], ["/bin/sh", "-c", "env"]])
      expect(await run(command)).toMatchObject({ isError: true, code: "forbidden" })
  })

  it("refuses a program that others can change", async () => {
    const program = join(folder, "tool")
    writeFileSync(program, "#!/bin/sh\necho hello\n", { mode: 0o777 })
    chmodSync(program, 0o777)
    await allow([{ program, network: "host" }])
    expect(await run([program])).toMatchObject({ isError: true, code: "unsafe_file" })
    chmodSync(program, 0o755)
    expect((await run([program])).data?.stdout).toBe("hello\n")
  })

  it("refuses a program, or a link to one, in a folder where others can put another in its place", async () => {
    const open = join(folder, "open")
    mkdirSync(open)
    chmodSync(open, 0o777)
    writeFileSync(join(open, "tool"), "#!/bin/sh\necho hello\n", { mode: 0o755 })
    symlinkSync("/usr/bin/env", join(open, "link"))
    symlinkSync(join(open, "tool"), join(folder, "outside"))
    const programs = [join(open, "tool"), join(open, "link"), join(folder, "outside")]
    await allow(programs.map((program) => ({ program, network: "host" })))
    for (const program of programs) expect(await run([program])).toMatchObject({ isError: true, code: "unsafe_file" })
    chmodSync(open, 0o1777)
    for (const program of programs) expect((await run([program])).data).toMatchObject({ exitCode: 0 })
  })

  it("refuses variables that command programs, and keys that are none", async () => {
    expect(await agent.call("run_with_secrets", { command: ["/usr/bin/env"], secrets: { NODE_OPTIONS: "KEY" } })).toMatchObject({ isError: true, code: "invalid_argument" })
    expect(await agent.call("run_with_secrets", { command: ["/usr/bin/env"], secrets: [] })).toMatchObject({ isError: true })
    expect((await agent.call("run_with_secrets", { command: ["/usr/bin/env"], secrets: { OTHER: "KEY" } })).data?.stdout).toContain("OTHER=[REDACTED:SECRET_KEY]")
  })

  it("hands over text on stdin, and runs where it is told to", async () => {
    const { data } = await run(["/bin/sh", "-c", "cat; pwd"], { stdin: "typed\n", cwd: folder })
    expect(data?.stdout).toBe(`typed\n${folder}\n`)
    expect(await run(["/usr/bin/env"], { cwd: join(folder, "none") })).toMatchObject({ isError: true, code: "invalid_argument" })
  })

  it.runIf(CAN_ISOLATE)("keeps a command without network from this machine, and lets one with it through", async () => {
    const server = createServer((socket) => socket.end("reached"))
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    const source = `require('net').connect(${port}, '127.0.0.1').on('data', (d) => console.log(String(d))).on('error', (e) => console.log(e.code))`
    await allow([{ program: NODE, args: ["..."] }])
    const kept = await run(script(source))
    await allow([{ program: NODE, args: ["..."], network: "host" }])
    const let_ = await run(script(source))
    server.close()
    expect(let_.data?.stdout).toBe("reached\n")
    expect(kept.data?.stdout).toMatch(/^(ENETUNREACH|ECONNREFUSED|EADDRNOTAVAIL)\n$/)
  })

  it("asks the person at every use, shows them the whole command, and runs it once", async () => {
    await allow([{ program: "/bin/sh", args: ["-c", "*"], network: "host" }], "every-use")
    const command = ["/bin/sh", "-c", "echo ran"]
    const asked = await run(command)
    expect(asked.data).toMatchObject({ status: "pending", requestId: expect.any(String) as string })
    const requestId = asked.data?.requestId as string
    expect((await getRequest(agent.alice, { requestId })).call).toBe('/bin/sh -c "echo ran"')
    await answerRequest(agent.alice, { requestId })
    expect((await run(["/bin/sh", "-c", "echo other"])).data).toMatchObject({ status: "pending" })
    expect((await run(command)).data).toMatchObject({ status: "done", stdout: "ran\n" })
    const again = await run(command)
    expect(again.data).toMatchObject({ status: "pending" })
    await declineRequest(agent.alice, { requestId: again.data?.requestId as string })
    expect((await agent.call("get_secret_request", { requestId: again.data?.requestId as string })).data).toMatchObject({ status: "declined" })
  })

  it("hides nothing of a call from the person who allows it, and asks for none that is too long to judge", async () => {
    await allow([{ program: "/bin/sh", args: ["..."], network: "host" }], "every-use")
    const command = ["/bin/sh", "-c", "cat; echo \u202e\u001b[2J", "two words"]
    const asked = await agent.call("run_with_secrets", { command, secrets: { OTHER: "KEY" }, stdin: "rm -rf /\n", cwd: folder })
    const shown = (await getRequest(agent.alice, { requestId: asked.data?.requestId as string })).call
    expect(shown).toBe(`/bin/sh -c "cat; echo \\u{202e}\\u001b[2J" "two words"   with KEY as OTHER   in ${folder}   with this on stdin: "rm -rf /\\n"`)
    expect(await run(["/bin/sh", "-c", "x".repeat(4_000)])).toMatchObject({ isError: true, code: "invalid_argument" })
    await allow([{ program: "/bin/sh", args: ["..."], network: "host" }], "session")
    const session = await run(["/bin/sh", "-c", "true"])
    expect(await getRequest(agent.alice, { requestId: session.data?.requestId as string })).toMatchObject({ scope: "session" })
  })

  it("shows a call that looks like another one as what it is: no invisible characters, no folder that reads like input", async () => {
    await allow([{ program: "/bin/sh", args: ["..."], network: "host" }], "every-use")
    const shown = async (command: string[], more: object = {}): Promise<string | undefined> =>
      (await getRequest(agent.alice, { requestId: (await run(command, more)).data?.requestId as string })).call
    const hidden = ["\u200b", "\u00ad", "\u2060", "\u{e0041}", "\ufe0f", "\u3164", "\u2800", "\u00a0"]
    const text = `x${hidden.join("x")}`
    const told = `x${hidden.map((character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`).join("x")}`
    expect(await shown(["/bin/sh", text])).toBe(`/bin/sh "${told}"`)
    expect(await shown(["/bin/sh"], { stdin: text, cwd: `/${text}` })).toBe(`/bin/sh   in "/${told}"   with this on stdin: "${told}"`)
    expect(await shown(["/bin/sh"], { cwd: "/tmp   with this on stdin: true" })).toBe('/bin/sh   in "/tmp   with this on stdin: true"')
    expect(await shown(["/bin/sh"], { stdin: "\\u{a}" })).not.toBe(await shown(["/bin/sh"], { stdin: "\n" }))
  })

  it("refuses what no system can start, in words of its own: no argument comes into a log", async () => {
    expect(await run([NODE, "an\0argument"])).toMatchObject({ isError: true, code: "invalid_argument" })
    expect(await run([NODE], { cwd: "/tmp\0" })).toMatchObject({ isError: true, code: "invalid_argument" })
    expect(await run([NODE, ...Array.from({ length: 255 }, () => "\u20ac".repeat(8_192))])).toMatchObject({ isError: true, code: "command_not_started" })
    expect(await run([NODE, "x"], { cwd: "x".repeat(4_096) })).toMatchObject({ isError: true, code: "invalid_argument" })
    expect(agent.failures).toEqual([])
  })

  it.runIf(CAN_ISOLATE)("leaves nothing running that holds the value, whatever session it has put itself into", async () => {
    const stay = "setInterval(() => {}, 1000)"
    const source = `const child = require('child_process').spawn(process.execPath, ['-e', '${stay}'], { stdio: 'ignore', detached: true }); child.unref(); console.log(child.pid)`
    for (const network of ["host", "none"] as const) {
      await allow([{ program: NODE, args: ["..."], network }])
      const { data } = await run(script(source))
      const pid = Number(data?.stdout)
      expect(pid).toBeGreaterThan(1)
      expect(isAlive(pid)).toBe(false)
    }
  })

  it("suspends a secret whose value keeps standing in results, and tells the model no more than that", async () => {
    for (let i = 0; i < 4; i++) expect((await run(["/bin/sh", "-c", "echo $KEY"])).data?.warnings).toHaveLength(1)
    const last = await run(["/bin/sh", "-c", "echo $KEY"])
    expect(JSON.stringify(last.data?.warnings)).toContain("can no longer be used")
    expect(await run(["/bin/sh", "-c", "echo $KEY"])).toMatchObject({ isError: true, code: "forbidden" })
    await allowUse(agent.alice, { name: "KEY" })
    expect((await run(["/bin/sh", "-c", "echo hello"])).data?.stdout).toBe("hello\n")
  })

  it("suspends it also where guesses are hidden in what is no text, and at the cut", async () => {
    for (let i = 0; i < 3; i++) await run(script(`process.stdout.write("\\0" + process.env.KEY)`))
    for (let i = 0; i < 2; i++) await run(script(`process.stdout.write("x".repeat(1024 * 1024 - 3) + process.env.KEY)`))
    expect(await run(script("1"))).toMatchObject({ isError: true, code: "forbidden" })
  })

  it("puts a value into no variable that makes a file's name of it, whatever the agent asks", async () => {
    const answer = await run(script("1"), { secrets: { NODE_V8_COVERAGE: "KEY" }, cwd: folder })
    expect(answer).toMatchObject({ isError: true, code: "invalid_argument" })
    expect(readdirSync(folder)).toEqual([])
  })

  it("agents 48: a failure inside is told by a reference, and repeats nothing", async () => {
    const broken = { ...agent.alice, runCommand: async () => { throw new Error(CANARY) } }
    const { createToolsOver } = await import("../../src/agent/create-tools.ts")
    const failures: [string, unknown][] = []
    const tools = createToolsOver(broken, { onFailure: (reference, error) => void failures.push([reference, error]) })
    await allow([{ program: "/usr/bin/env", network: "host" }])
    const answer = await tools.call("run_with_secrets", { command: ["/usr/bin/env"], secrets: ["KEY"] })
    expect(answer).toEqual({ isError: true, code: "internal", message: `internal: the tool failed (reference ${failures[0]?.[0]})` })
  })

  it("loopstack B30: a value that a command reads from a file is masked before anybody sees it", async () => {
    writeFileSync(join(folder, ".env"), `KEY=${CANARY}\n`)
    expect((await run(["/bin/sh", "-c", `cat ${folder}/.env`])).data?.stdout).toBe("KEY=[REDACTED:SECRET_KEY]\n")
  })
})

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")
  } catch {
    return false
  }
}
