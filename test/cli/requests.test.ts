import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { openSotto, type Ran } from "./sotto.ts"

const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"
const sotto = await openSotto()
afterAll(() => sotto.close())

const AGENT = { CLAUDECODE: "1" }

/** A command at a real pseudo-terminal; each answer is typed once its question stands there. */
const atTerminal = async (args: readonly string[], answers: readonly [question: string, answer: string][], env: Record<string, string> = {}): Promise<Ran> => {
  const { spawn: spawnPty } = await import("@lydell/node-pty")
  const pty = spawnPty(process.execPath, [sotto.main, ...args], { cwd: sotto.folder, env: { ...sotto.env, ...env }, cols: 200, rows: 40 })
  let shown = ""
  const waiting = [...answers]
  pty.onData((data) => {
    shown += data
    const [next] = waiting
    if (next === undefined || !shown.slice(from).includes(next[0])) return
    from = shown.length
    waiting.shift()
    pty.write(next[1])
  })
  let from = 0
  const code = await new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)))
  return { stdout: shown, stderr: "", code }
}

const startRequest = (args: readonly string[], env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [sotto.main, "request", ...args, "--json"], { cwd: sotto.folder, env: { ...sotto.env, ...env } })
  let stdout = ""
  let stderr = ""
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()))
  const id = new Promise<string>((resolve) => {
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString()
      const found = /req_[0-9A-Za-z]{22}/.exec(stderr)?.[0]
      if (found !== undefined) resolve(found)
    })
  })
  const ended = new Promise<Ran>((resolve) => child.once("exit", (code) => resolve({ stdout, stderr, code })))
  return { id, ended, child }
}

describe("sotto request and sotto requests", () => {
  it("wait for a person, who answers on a terminal without echo", async () => {
    const asked = startRequest(["A", "B", "--reason", "to \u001b[31mdeploy"], AGENT)
    const id = await asked.id
    expect(await sotto.json(["requests", "list"])).toMatchObject([{ requestId: id, status: "pending", requester: { kind: "agent", name: "Claude Code in a shell" } }])
    const answered = await atTerminal(["requests", "answer", id], [["Value of A", `${CANARY}\r`], ["Value of B", "\r"]])
    expect(answered).toMatchObject({ code: 0 })
    expect(answered.stdout).toContain("Stored A")
    expect(answered.stdout).toContain("Missing: B")
    expect(answered.stdout).toContain('in its words: "to  [31mdeploy"') // an escape character is no more than a blank
    expect(answered.stdout).not.toContain(CANARY)
    const { stdout, stderr, code } = await asked.ended
    expect(code).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({ status: "partial", provided: ["A"], missing: ["B"], declined: ["B"] })
    expect(stdout + stderr).not.toContain(CANARY)
    expect((await sotto.run(["get", "A"])).stdout).toBe(CANARY)
  })

  it("end with 0 for what is set, and with 5 for a request that was declined", async () => {
    await sotto.run(["set", "SET", "--stdin"], { input: CANARY })
    expect(await sotto.run(["request", "SET"], { env: AGENT })).toMatchObject({ code: 0, stdout: "provided\nprovided: SET\n" })
    const asked = startRequest(["OTHER"], AGENT)
    expect((await sotto.run(["requests", "decline", await asked.id])).code).toBe(0)
    expect((await asked.ended).code).toBe(5)
  })

  it("refuse to answer without a terminal, and in an agent's shell", async () => {
    const { requestId } = await sotto.json<{ requestId: string }>(["request", "LATER", "--no-wait"], { env: AGENT })
    expect(await sotto.run(["requests", "answer", requestId], { input: "planted\n" })).toMatchObject({ code: 2 })
    expect(await sotto.run(["requests", "answer", requestId], { env: AGENT })).toMatchObject({ code: 10 })
    expect(await sotto.run(["requests", "code", requestId], { env: AGENT })).toMatchObject({ code: 10, stdout: "" })
    expect((await sotto.run(["requests", "code", requestId])).stdout).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}\n$/)
  })

  it("work through a server too, which shows the form", async () => {
    const { url, client } = await sotto.serve()
    const token = (await sotto.run(["token", "create", "--name", "bot", "--kind", "agent", "--owner", "local", "--may", "list,use,request", "--on", "*"])).stdout.trim()
    const asked = startRequest(["REMOTE"], { SOTTO_URL: url, SOTTO_TOKEN: token })
    const id = await asked.id
    expect((await sotto.run(["requests", "list"], { env: client })).code).toBe(0) // the operator is nobody who is asked
    const answered = await atTerminal(["requests", "answer", id], [["Value of REMOTE", `${CANARY}\r`]])
    expect(answered).toMatchObject({ code: 0 })
    const { stderr, code } = await asked.ended
    expect(code).toBe(0)
    expect(stderr).toContain(`${url}/r/${id}`)
  })
})

describe("sotto policy", () => {
  it("shows, widens and takes away what agents may do with a secret", async () => {
    await sotto.run(["set", "KEY", "--stdin"], { input: CANARY })
    expect((await sotto.run(["policy", "show", "KEY"])).stdout).toBe("Agents may do nothing with KEY\n")
    const allowed = await sotto.run(["policy", "allow", "KEY", "--exec", "/usr/bin/gh", "--arg", "pr", "--arg", "...", "--network", "host"])
    expect(allowed).toMatchObject({ code: 0, stdout: "Agents may\n  run /usr/bin/gh pr ... with KEY, with this machine's network\nYou are asked at every use.\n" })
    const http = await sotto.json(["policy", "allow", "KEY", "--host", "api.example.com", "--path", "/v1/**", "--method", "post", "--response", "body", "--approval", "session"])
    expect(http).toMatchObject({
      policy: {
        approval: "session",
        http: [{ host: "api.example.com", methods: ["POST"], paths: ["/v1/**"], place: { in: "header", name: "authorization", template: "Bearer {value}" }, response: "body" }],
      },
    })
    expect((await sotto.run(["policy", "deny", "KEY"])).stdout).toBe("Agents may do nothing with KEY\n")
  })

  it("refuses what is no rule, and an agent's shell", async () => {
    await sotto.run(["set", "KEY", "--stdin"], { input: CANARY })
    for (const args of [["--exec", "gh"], ["--host", "api.example.com"], ["--host", "https://api.example.com", "--path", "/"], ["--exec", "/bin/a", "--host", "a.example.com"]])
      expect(await sotto.run(["policy", "allow", "KEY", ...args])).toMatchObject({ code: 2 })
    expect(await sotto.run(["policy", "allow", "KEY", "--exec", "/bin/a"], { env: AGENT })).toMatchObject({ code: 10 })
  })

  it("says what agents may ask for in a workspace", async () => {
    expect((await sotto.run(["policy", "workspace"])).stdout).toBe("Agents may ask for any key in default\n")
    await sotto.run(["policy", "workspace", "--key", "STRIPE_*", "--link-host", "dashboard.stripe.com"])
    expect(await sotto.run(["request", "OTHER_KEY"], { env: AGENT })).toMatchObject({ code: 4 })
    expect(await sotto.json(["policy", "workspace", "--clear"])).toEqual({})
  })
})

describe("sotto mcp install", () => {
  const at = (path: string): string => join(sotto.folder, "work", path)

  it("prints every client's configuration, with absolute paths and no secret, and writes nothing", async () => {
    const ran = await sotto.run(["mcp", "install"])
    expect(ran).toMatchObject({ code: 0, stderr: "Nothing was written. With --write it is merged into these files.\n" })
    for (const path of [".mcp.json", ".claude/settings.json", "SKILL.md", ".cursor/mcp.json", ".cursorignore", ".vscode/mcp.json", ".codex/config.toml"]) expect(ran.stdout).toContain(path)
    expect(ran.stdout).toContain(JSON.stringify(sotto.main))
    expect(existsSync(at(".mcp.json"))).toBe(false)
  })

  it("merges into what is there, twice without a change, and starts what it wrote", async () => {
    mkdirSync(at(".vscode"), { recursive: true })
    mkdirSync(at(".claude"), { recursive: true })
    mkdirSync(join(sotto.env.HOME ?? "", ".codex"), { recursive: true })
    writeFileSync(at(".vscode/mcp.json"), '{"servers":{"other":{"command":"x"}},"inputs":[]}')
    writeFileSync(at(".claude/settings.json"), '{"permissions":{"allow":["Bash(ls)"],"deny":["Read(./.env)"]}}')
    writeFileSync(join(sotto.env.HOME ?? "", ".codex/config.toml"), 'model = "x"\n\n[mcp_servers.sotto]\ncommand = "old"\n\n[other]\na = 1\n')
    const written = await sotto.json<{ path: string; text: string }[]>(["mcp", "install", "--write"])
    expect(JSON.parse(readFileSync(at(".vscode/mcp.json"), "utf8"))).toMatchObject({ servers: { other: { command: "x" }, sotto: { type: "stdio", args: [sotto.main, "mcp", "--workspace", "default"] } }, inputs: [] })
    const { permissions } = JSON.parse(readFileSync(at(".claude/settings.json"), "utf8")) as { permissions: object }
    expect(permissions).toEqual({ allow: ["Bash(ls)"], deny: ["Read(./.env)", "Read(./.env.*)", `Read(/${sotto.env.HOME}/.config/sotto/keyring)`] })
    const toml = readFileSync(join(sotto.env.HOME ?? "", ".codex/config.toml"), "utf8")
    expect(toml).toMatch(/^model = "x"\n\n\[mcp_servers\.sotto\]\ncommand = "\/[^\n]*"\nargs = \[[^\n]*\]\n\n\[other\]\na = 1\n$/)
    expect(await sotto.json(["mcp", "install", "--write"])).toEqual(written)
    const { mcpServers } = JSON.parse(readFileSync(at(".mcp.json"), "utf8")) as { mcpServers: { sotto: { command: string; args: string[] } } }
    const hello = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } } })}\n`
    const ran = spawnSync(mcpServers.sotto.command, mcpServers.sotto.args, { input: hello, env: sotto.env, encoding: "utf8", timeout: 20_000 })
    expect(JSON.parse(ran.stdout.split("\n")[0] ?? "")).toMatchObject({ result: { serverInfo: { name: "sotto" } } })
  })

  it("leaves a file alone that it cannot read, and names it", async () => {
    writeFileSync(at(".vscode/mcp.json"), '{ // a comment\n "servers": {} }')
    const ran = await sotto.run(["mcp", "install", "vscode", "--write"])
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining(".vscode/mcp.json") as string })
    expect(readFileSync(at(".vscode/mcp.json"), "utf8")).toContain("// a comment")
    expect(await sotto.run(["mcp", "install", "emacs"])).toMatchObject({ code: 2 })
  })
})
