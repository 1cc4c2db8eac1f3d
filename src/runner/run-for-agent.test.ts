import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, existsSync, lchownSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createServer, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { canIsolate } from "../../test/runner/can-isolate.ts"
import { openCommandGate, type CommandGate } from "../../test/runner/command-gate.ts"
import { Redacted } from "../base/redacted.ts"
import type { CommandRun } from "../core/ports/command-runner.ts"
import { GRACE_MS } from "./follow-command.ts"
import { later, type Later } from "./forward-signals.ts"
import { createIsolation } from "./isolation.ts"
import { createCommandRunner } from "./run-for-agent.ts"

const CANARY = "sk_live_CANARY_8f2b61c7d0a94e35"
const MASK = "[REDACTED:SECRET_KEY]"
const NODE = process.execPath
const TIMEOUT_MS = 59_999
const ON_LINUX = process.platform === "linux"
/** Without namespaces what needs no network of its own is tested all the same. */
const NETWORKS = canIsolate() ? (["host", "none"] as const) : (["host"] as const)
const CAN_ISOLATE = NETWORKS.length === 2

const secret = (name: string, value = CANARY, key = name) => ({ name, key, value: new Redacted(value, key) })
const order = (more: Partial<CommandRun> = {}): CommandRun => ({
  program: NODE, args: [], secrets: [secret("KEY")], network: "host", timeoutMs: TIMEOUT_MS, maxBytes: 1024 * 1024, ...more,
})
const script = (source: string, more: Partial<CommandRun> = {}): CommandRun => order({ args: ["-e", source], ...more })
const runCommand = createCommandRunner()

const faultOf = async (run: CommandRun, runner = runCommand): Promise<{ code?: string; message?: string }> => {
  try {
    await runner(run)
    return {}
  } catch (error) {
    return error as { code: string; message: string }
  }
}

let room = ""
let gate: CommandGate
beforeEach(async () => {
  room = mkdtempSync(join(tmpdir(), "sotto-command-"))
  gate = await openCommandGate(join(room, "gate"))
})
afterEach(async () => {
  await gate.close()
  rmSync(room, { recursive: true, force: true })
})

/** A zombie has ended; it waits for whoever reaps it. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"))
  } catch {
    return false
  }
}

const pidsOnThisMachine = (): string[] => readdirSync("/proc").filter((name) => /^\d+$/.test(name))
const readOr = (path: string): string => {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return ""
  }
}

describe("what a command prints", () => {
  it("agents 19: is masked on both streams, whichever program prints it, and counted by key", async () => {
    expect((await runCommand(order({ program: "/usr/bin/printenv", args: ["KEY"] }))).stdout).toBe(`${MASK}\n`)
    const secrets = [secret("KEY"), secret("AS", "another-value-of-16", "OTHER"), secret("SILENT", "never-printed-value")]
    const end = await runCommand(script("console.log(process.env.KEY, process.env.KEY); throw new Error(process.env.AS)", { secrets }))
    expect(end).toMatchObject({ exitCode: 1, signal: null, stdout: `${MASK} ${MASK}\n` })
    expect(end.stderr).toContain("Error: [REDACTED:SECRET_OTHER]")
    expect(end.masked.KEY).toBe(2)
    expect(Object.keys(end.masked)).toEqual(["KEY", "OTHER"])
  })

  it("agents 20: is masked when it comes in single bytes, on two streams by turns", async () => {
    const source = `const k = process.env.KEY + "\\n"; let i = 0
      const next = () => i < k.length && process.stdout.write(k[i], () => process.stderr.write(k[i++], () => setImmediate(next))); next()`
    expect(await runCommand(script(source))).toMatchObject({ stdout: `${MASK}\n`, stderr: `${MASK}\n` })
  })

  it.each([
    ["base64", `Buffer.from(k).toString("base64")`], ["base64 one further", `Buffer.from("x" + k + "y").toString("base64")`], ["base64url two further", `Buffer.from("xy" + k).toString("base64url")`],
    ["hex", `Buffer.from(k).toString("hex")`], ["a URL", `"https://x.test/?k=" + encodeURIComponent(k)`], ["JSON", "JSON.stringify({ k })"], ["JSON in JSON", "JSON.stringify(JSON.stringify({ k }))"],
    ["JSON in JSON in JSON", "JSON.stringify(JSON.stringify(JSON.stringify({ k })))"],
    ["Basic", `"Basic " + Buffer.from("user:" + k).toString("base64")`], ["reversed", `[...k].reverse().join("")`], ["reversed, in base64", `Buffer.from([...k].reverse().join("")).toString("base64")`],
  ])("agents 20: is masked as %s, whole and in single bytes", async (_name, expression) => {
    const source = `const k = process.env.KEY; const out = ${expression} + "\\n"; console.error(out); let i = 0
      const next = () => i < out.length && process.stdout.write(out[i++], () => setImmediate(next)); next()`
    const end = await runCommand(script(source, { secrets: [secret("KEY", `${CANARY}"\\/+ é`)] }))
    for (const text of [end.stdout, end.stderr]) {
      expect(text).toContain(MASK)
      expect(text).not.toMatch(/CANARY|YRANAC|Q0FOQVJZ|0NBTkFSW|DQU5BUl|43414e415259|WVJBTkFD|lSQU5BQ|ZUkFOQU/i)
    }
  })

  it("agents 21: what is not promised passes, and the guide names it", async () => {
    const source = `const k = process.env.KEY; console.log([...k].join(" ")); console.log(require("zlib").gzipSync(k).toString("base64")); console.log(k.replace(/[a-z]/gi, (c) => String.fromCharCode((c.charCodeAt(0) & 95) > 77 ? c.charCodeAt(0) - 13 : c.charCodeAt(0) + 13)))`
    const { stdout } = await runCommand(script(source))
    expect(stdout).not.toContain(MASK)
    expect(stdout).toContain("s k _ l i v e")
    const notPromised = readFileSync(join(import.meta.dirname, "../../docs/guide/redaction.md"), "utf8").split("## What is not promised")[1]
    for (const word of ["gzip", "ROT13", "spaced out"]) expect(notPromised).toContain(word)
  })

  it("agents 25: is cut after it was masked, at no part of a character, and does not stop the command", async () => {
    const long = await runCommand(script(`process.stdout.write("x".repeat(90) + process.env.KEY + "y".repeat(100_000) + "\\n", () => require("fs").writeFileSync("ended", ""))`, { maxBytes: 100, cwd: room }))
    expect(long).toMatchObject({ exitCode: 0, signal: null, truncated: { stdout: true, stderr: false } })
    expect(existsSync(join(room, "ended"))).toBe(true)
    const cut = await runCommand(script(`console.log("x".repeat(90) + process.env.KEY); console.error("é".repeat(100))`, { maxBytes: 101 }))
    expect(cut).toMatchObject({ stdout: `${"x".repeat(90)}[REDACTED:S`, stderr: "é".repeat(50), truncated: { stdout: true, stderr: true } })
    expect(await runCommand(script(`process.stdout.write("x".repeat(101))`, { maxBytes: 101 }))).toMatchObject({ stdout: "x".repeat(101), truncated: { stdout: false } })
  })

  it("agents 25: a line without end is not held whole: it is left out, and that is told", async () => {
    const end = await runCommand(script(`console.log("first"); process.stdout.write("x".repeat(1_000_000) + process.env.KEY)`, { maxBytes: 1_000 }))
    expect(end).toMatchObject({ exitCode: 0, stdout: "first\n", truncated: { stdout: true, stderr: false } })
  })

  it("agents 25: is not shown where it is no text, but for its size", async () => {
    for (const bytes of ["[0, 255, 1, 2]", "[65, 0, 66, 67]", "[0xc3, 0x28, 65, 65]"])
      expect(await runCommand(script(`process.stdout.write(Buffer.from(${bytes})); console.error("text")`))).toMatchObject({ stdout: "", stderr: "text\n", binaryBytes: { stdout: 4 } })
    const utf16 = await runCommand(script(`process.stdout.write(Buffer.from(process.env.KEY + " and more", "utf16le"))`))
    expect(utf16.stdout).toBe("")
  })
})

describe("what was masked", () => {
  it("is counted where the cut hides it, too: else a guess could be tried there again and again", async () => {
    const cut = await runCommand(script(`process.stdout.write("x".repeat(95) + process.env.KEY)`, { maxBytes: 100 }))
    expect(cut).toMatchObject({ stdout: `${"x".repeat(95)}[REDA`, masked: { KEY: 1 } })
    const behind = await runCommand(script(`process.stdout.write("x".repeat(100) + process.env.KEY + process.env.KEY)`, { maxBytes: 100 }))
    expect(behind).toMatchObject({ stdout: "x".repeat(100), masked: { KEY: 2 } })
  })

  it("is counted where it is not shown for being no text, whose size would tell as well", async () => {
    const end = await runCommand(script(`process.stdout.write("\\0" + process.env.KEY); process.stderr.write("\\0\\n" + process.env.KEY + "\\n" + process.env.KEY)`))
    expect(end).toMatchObject({ stdout: "", stderr: "", binaryBytes: { stdout: 1 + MASK.length }, masked: { KEY: 3 } })
  })

  it("is not counted of a line that was dropped: nothing of it is told", async () => {
    const end = await runCommand(script(`process.stdout.write("first\\n" + process.env.KEY, () => process.kill(process.pid, "SIGKILL"))`))
    expect(end).toMatchObject({ signal: "SIGKILL", stdout: "first\n", masked: {} })
  })
})

describe("what a command is given", () => {
  it.runIf(ON_LINUX).each(NETWORKS)("agents 22: a value stands in no process's arguments, and nothing of the parent in the environment (network %s)", async (network) => {
    const env = { PATH: "/usr/bin:/bin", HOME: room, LANG: "C.UTF-8", LC_TIME: "C", TZ: "UTC", AWS_SECRET_ACCESS_KEY: "of the parent", NODE_OPTIONS: "--no-warnings", SOTTO_TOKEN: "of the parent" }
    const ran = createCommandRunner({ env })(script(gate.say("process.pid", "console.log(JSON.stringify(Object.keys(process.env).sort()))"), { network }))
    const { text, letGo } = await gate.heard()
    expect(readOr(`/proc/${text}/environ`)).toContain(CANARY)
    expect(pidsOnThisMachine().filter((pid) => readOr(`/proc/${pid}/cmdline`).includes(CANARY))).toEqual([])
    letGo()
    expect(JSON.parse((await ran).stdout)).toEqual(["HOME", "KEY", "LANG", "LC_TIME", "PATH", "SOTTO_COMMAND", "TZ"])
  })

  // What is enforced is the kernel's own rule: another account cannot read a process's environment. Under the same account, and by root,
  // it can be read while the command runs, and SECURITY.md says so. A test for the first needs the right to become another account.
  it.runIf(ON_LINUX && process.getuid?.() === 0)("agents 23: another account cannot read a command's environment; the same account can, as SECURITY.md says", async () => {
    const ran = runCommand(script(gate.say("process.pid")))
    const { text, letGo } = await gate.heard()
    const read = (uid: number): { status: number | null; stdout: string } => spawnSync("/bin/cat", [`/proc/${text}/environ`], { uid, gid: uid, encoding: "utf8" })
    expect(read(65_534)).toMatchObject({ status: 1, stdout: "" })
    expect(read(0).stdout).toContain(CANARY)
    letGo()
    await ran
    expect(readFileSync(join(import.meta.dirname, "../../SECURITY.md"), "utf8")).toContain("processes of the same user can read its environment")
  })

  it("agents 26: a value under twelve bytes is refused before anything is started, and named by its key alone", async () => {
    const run = script(`require("fs").writeFileSync("started", "")`, { cwd: room, secrets: [secret("KEY", "elevenbytes")] })
    expect(await faultOf(run)).toMatchObject({ code: "invalid_argument", message: "the value of KEY is too short to be masked" })
    expect(existsSync(join(room, "started"))).toBe(false)
    expect(await runCommand({ ...run, secrets: [secret("KEY", "twelve-bytes")] })).toMatchObject({ exitCode: 0 })
  })

  it.each(["PATH", "HOME", "LD_PRELOAD", "NODE_OPTIONS", "BASH_ENV", "SOTTO_COMMAND", "TMPDIR", "LC_ALL", "GIT_SSH_COMMAND", "GIT_CONFIG_COUNT", "EDITOR", "GIT_PAGER", "SSH_ASKPASS", "PYTHONSTARTUP", "PERL5OPT", "RUBYOPT", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "not a name", ""])(
    "no value goes into %j", async (name) => {
      expect(await faultOf(order({ secrets: [secret(name, CANARY, "KEY")] }))).toMatchObject({ code: "invalid_argument" })
    },
  )

  it.each(["NODE_V8_COVERAGE", "NODE_COMPILE_CACHE", "NODE_REDIRECT_WARNINGS"])(
    "no value becomes the name of a file: Node would make one of what stands in %s", async (name) => {
      const run = order({ args: ["-e", `process.emitWarning("x")`], cwd: room, secrets: [secret(name, CANARY, "KEY")] })
      expect(await faultOf(run)).toMatchObject({ code: "invalid_argument", message: expect.stringContaining(name) as string })
      expect(await faultOf({ ...run, secrets: [secret(name)] })).toMatchObject({ code: "invalid_argument" })
      expect(readdirSync(room)).toEqual(["gate"])
    },
  )

  it.each(["TMP", "TEMP", "SSLKEYLOGFILE", "XDG_CACHE_HOME", "HISTFILE", "PSQL_HISTORY", "GIT_TRACE", "GIT_TRACE2_EVENT", "GOCACHE", "LLVM_PROFILE_FILE", "ASAN_OPTIONS", "NPM_CONFIG_CACHE", "npm_config_cache", "PWD"])(
    "no value goes into %s, where tools look for a place to write", async (name) => {
      expect(await faultOf(order({ secrets: [secret(name)] }))).toMatchObject({ code: "invalid_argument" })
    },
  )

  it("a secret of another name goes into no variable that is called a place; one that a person named so does", async () => {
    for (const name of ["TF_LOG_PATH", "COVERAGE_FILE", "CARGO_HOME", "KUBECACHEDIR", "PIP_LOG", "HOOK_PATH", "coverage_file"])
      expect(await faultOf(order({ secrets: [secret(name, CANARY, "KEY")] }))).toMatchObject({ code: "invalid_argument", message: expect.stringContaining(name) as string })
    expect(await runCommand(order({ program: "/usr/bin/printenv", args: ["HOOK_PATH"], secrets: [secret("HOOK_PATH")] }))).toMatchObject({ stdout: "[REDACTED:SECRET_HOOK_PATH]\n" })
  })

  it("names that only look like such are free, and none is given twice", async () => {
    const names = ["GIT_TOKEN", "PYPI_TOKEN", "NODE_AUTH_TOKEN", "HTTPS_PROXY", "PATH_TOKEN", "JAVA_KEYSTORE_PASSWORD", "GOOGLE_API_KEY", "NODE_API_KEY", "CATALOG", "CHROME"]
    expect(await runCommand(order({ program: "/bin/true", secrets: names.map((name) => secret(name, CANARY, "KEY")) }))).toMatchObject({ exitCode: 0 })
    expect(await faultOf(order({ secrets: [secret("KEY"), secret("KEY", "another-value-of-16", "B")] }))).toMatchObject({ code: "invalid_argument" })
  })

  it("no shell reads its arguments, and what it reads on stdin is what was given", async () => {
    const args = ["$KEY", "`id`", "; id", "*", "--", "-x", "a  b", "é\n"]
    const end = await runCommand(order({ args: ["-e", `console.log(JSON.stringify(process.argv.slice(1))); process.stdin.pipe(process.stdout)`, "--", ...args], stdin: "typed é\n" }))
    expect(end.stdout).toBe(`${JSON.stringify(args)}\ntyped é\n`)
    expect((await runCommand(order({ program: "/bin/cat" }))).stdout).toBe("")
    expect(await runCommand(order({ program: "/bin/true", stdin: "x".repeat(1_000_000) }))).toMatchObject({ exitCode: 0 })
  })

  it("runs in the folder it is told to, and in no file, no absent and no relative one", async () => {
    expect((await runCommand(script("console.log(process.cwd())", { cwd: room }))).stdout).toBe(`${room}\n`)
    for (const cwd of [join(room, "none"), NODE, ".", join(room, "x".repeat(5_000)), `${room}\0`, join(NODE, "below")]) {
      const fault = await faultOf(order({ cwd }))
      expect(fault).toMatchObject({ code: "invalid_argument", message: "cwd is no folder; it is named by its absolute path" })
    }
  })

  it("an argument that cannot be one is refused, and not repeated", async () => {
    const fault = await faultOf(order({ args: ["hunter2\0"] }))
    expect(fault).toMatchObject({ code: "invalid_argument" })
    expect(fault.message).not.toContain("hunter2")
    expect(await faultOf(order({ args: ["x".repeat(200_000)] }))).toMatchObject({ code: "command_not_started" })
  })
})

describe("the program of a command", () => {
  const tool = (folder: string, mode = 0o755): string => {
    const path = join(folder, "tool")
    writeFileSync(path, "#!/bin/sh\necho ran\n")
    chmodSync(path, mode)
    return path
  }

  it("is a file of root's or one's own that nobody else can write, named by its absolute path", async () => {
    const program = tool(room)
    expect((await runCommand(order({ program }))).stdout).toBe("ran\n")
    for (const mode of [0o777, 0o757, 0o775]) {
      chmodSync(program, mode)
      expect(await faultOf(order({ program }))).toMatchObject({ code: "unsafe_file" })
    }
    chmodSync(program, 0o644)
    expect(await faultOf(order({ program }))).toMatchObject({ code: "command_not_started" })
    expect(await faultOf(order({ program: room }))).toMatchObject({ code: "command_not_started" })
    expect(await faultOf(order({ program: join(room, "none") }))).toMatchObject({ code: "command_not_started" })
    for (const relative of ["tool", "./tool", "sh", ""]) expect(await faultOf(order({ program: relative }))).toMatchObject({ code: "invalid_argument" })
  })

  it("lies in no folder where others could put another in its place, and is reached by no link of such a folder", async () => {
    const [open, closed] = [join(room, "open"), join(room, "closed")]
    for (const folder of [open, closed]) mkdirSync(folder)
    chmodSync(open, 0o777)
    const program = tool(closed)
    expect(await faultOf(order({ program: tool(open) }))).toMatchObject({ code: "unsafe_file" })
    symlinkSync(program, join(open, "link"))
    symlinkSync(join(open, "link"), join(closed, "link"))
    symlinkSync(program, join(closed, "direct"))
    symlinkSync(closed, join(open, "folder"))
    for (const path of [join(open, "link"), join(closed, "link"), join(open, "folder", "tool")]) expect(await faultOf(order({ program: path }))).toMatchObject({ code: "unsafe_file" })
    expect((await runCommand(order({ program: join(closed, "direct") }))).stdout).toBe("ran\n")
    chmodSync(open, 0o1777)
    expect((await runCommand(order({ program: join(open, "tool") }))).stdout).toBe("ran\n")
  })

  it("is reached by no folder's link that others could turn elsewhere, however far down the way it lies", async () => {
    const [open, closed] = [join(room, "open"), join(room, "closed")]
    for (const folder of [open, closed, join(closed, "real")]) mkdirSync(folder)
    chmodSync(open, 0o777)
    tool(join(closed, "real"))
    symlinkSync("../closed/real", join(open, "second"))
    symlinkSync(join(open, "second"), join(closed, "first"))
    symlinkSync("real", join(closed, "inside"))
    expect(await faultOf(order({ program: join(closed, "first", "tool") }))).toMatchObject({ code: "unsafe_file" })
    expect((await runCommand(order({ program: join(closed, "inside", "..", "inside", "tool") }))).stdout).toBe("ran\n")
    symlinkSync("loop", join(closed, "loop"))
    expect(await faultOf(order({ program: join(closed, "loop", "tool") }))).toMatchObject({ code: "command_not_started" })
  })

  it.runIf(process.getuid?.() === 0)("is reached by no link of somebody else's, who may turn it where nobody moves what is another's, too", async () => {
    const shared = join(room, "shared")
    mkdirSync(shared)
    chmodSync(shared, 0o1777)
    symlinkSync(tool(room), join(shared, "link"))
    expect((await runCommand(order({ program: join(shared, "link") }))).stdout).toBe("ran\n")
    lchownSync(join(shared, "link"), 65_534, 65_534)
    expect(await faultOf(order({ program: join(shared, "link") }))).toMatchObject({ code: "unsafe_file" })
  })

  it("is what runs: nothing that an agent lays into a folder of PATH comes in between, nor what lies in its working folder", async () => {
    for (const name of ["prlimit", "unshare", "setpriv", "bwrap", "planted"]) {
      writeFileSync(join(room, name), `#!/bin/sh\ntouch ${room}/caught\nexit 7\n`)
      chmodSync(join(room, name), 0o755)
    }
    const run = createCommandRunner({ env: { PATH: `${room}:/usr/bin:/bin` } })
    for (const network of NETWORKS) expect(await run(order({ program: "/bin/true", network }))).toMatchObject({ exitCode: 0 })
    expect(existsSync(join(room, "caught"))).toBe(false)
    const relative = createCommandRunner({ env: { PATH: `.::bin:/usr/bin:/bin` } })
    expect(await relative(order({ program: "/bin/sh", args: ["-c", "echo $PATH; planted"], cwd: room }))).toMatchObject({ exitCode: 127, stdout: "/usr/bin:/bin\n" })
  })
})

describe("the end of a command", () => {
  /** Fires by hand what waits for so long; the rest by the clock. */
  const handWait = (): { wait: Later; fire(ms: number): void } => {
    const works = new Map<number, () => void>()
    const wait: Later = (ms, work) => {
      if (ms !== TIMEOUT_MS && ms !== GRACE_MS) return later(ms, work)
      works.set(ms, work)
      return () => void works.delete(ms)
    }
    return { wait, fire: (ms) => works.get(ms)?.() }
  }
  /** Heeds no SIGTERM, and starts three: in its group, in a session of its own, and one that has no parent any more. */
  const stubborn = (): string => {
    const sleeper = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1_000); ${gate.say("process.pid")}`
    const orphaning = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(sleeper)}], { stdio: "ignore", detached: true }).unref()`
    const start = (source: string, options: string): string => `spawn(process.execPath, ["-e", ${JSON.stringify(source)}], ${options});`
    return `const { spawn } = require("child_process"); process.on("SIGTERM", () => {}); setInterval(() => {}, 1_000)
      console.log("first " + process.env.KEY); process.stdout.write("second " + process.env.KEY + " " + process.env.KEY.slice(0, 20))
      ${start(sleeper, '{ stdio: "inherit" }')} ${start(sleeper, '{ stdio: "ignore", detached: true }')} ${start(orphaning, '{ stdio: "ignore" }')}
      ${gate.say("process.pid")}`
  }
  const fourPids = async (): Promise<number[]> => {
    const pids: number[] = []
    for (let i = 0; i < 4; i++) pids.push(Number((await gate.heard()).text))
    return pids
  }

  it.runIf(ON_LINUX).each(NETWORKS)("agents 24: a timeout ends all that was started, wherever it went; a cut line is dropped (network %s)", async (network) => {
    const { wait, fire } = handWait()
    const ran = createCommandRunner({ wait })(script(stubborn(), { network }))
    const pids = await fourPids()
    expect(pids.map(isAlive)).toEqual([true, true, true, true])
    fire(TIMEOUT_MS)
    expect(pids.map(isAlive)).toEqual([true, true, true, true])
    fire(GRACE_MS)
    expect(await ran).toMatchObject({ exitCode: null, signal: "SIGKILL", timedOut: true, stdout: `first ${MASK}\n`, stderr: "" })
    await expect.poll(() => pids.filter(isAlive), { timeout: 5_000, interval: 5 }).toEqual([])
  })

  it("agents 24: a call that is taken back ends the command, which may still end well; one taken back before starts none", async () => {
    const controller = new AbortController()
    const ran = runCommand(script(`process.on("SIGTERM", () => { console.log("cleared up"); process.exit(3) }); console.log("before"); ${gate.say("1")}`, { signal: controller.signal }))
    await gate.heard()
    controller.abort()
    expect(await ran).toMatchObject({ exitCode: 3, signal: null, timedOut: false, stdout: "before\ncleared up\n" })
    expect(await faultOf(script(`require("fs").writeFileSync("started", "")`, { cwd: room, signal: controller.signal }))).toMatchObject({ code: "aborted" })
    expect(existsSync(join(room, "started"))).toBe(false)
  })

  it.runIf(ON_LINUX)("agents 24: what a command leaves running is ended with it, and the part of a value that it printed last is not shown", async () => {
    const left = `process.stdout.write("left\\n" + process.env.KEY.slice(0, 20)); setInterval(() => {}, 1_000); ${gate.say("process.pid")}`
    const source = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(left)}], { stdio: "inherit", detached: true }).unref(); ${gate.say(`"parent"`, "process.exit(0)")}`
    const ran = runCommand(script(source))
    const heard = [await gate.heard(), await gate.heard()]
    const pid = Number(heard.find(({ text }) => text !== "parent")?.text)
    heard.find(({ text }) => text === "parent")?.letGo()
    expect(await ran).toMatchObject({ exitCode: 0, stdout: "left\n", warnings: ["what the command left running was ended"] })
    await expect.poll(() => isAlive(pid), { timeout: 5_000, interval: 5 }).toBe(false)
  })

  it("agents 24: a shell's program that a signal ends shows no part of a value", async () => {
    const source = `process.stdout.write("line\\n" + process.env.KEY.slice(0, 20), () => process.kill(process.pid, "SIGKILL"))`
    const end = await runCommand(order({ program: "/bin/sh", args: ["-c", `${NODE} -e '${source}'; exit $?`] }))
    expect(end).toMatchObject({ exitCode: 137, stdout: "line\n" })
  })

  it.runIf(ON_LINUX).each(["SIGTERM", "SIGKILL"] as const)("a command does not outlive this process, ended by %s", async (signal) => {
    const entry = pathToFileURL(join(import.meta.dirname, "run-for-agent.ts")).href
    const redacted = pathToFileURL(join(import.meta.dirname, "../base/redacted.ts")).href
    writeFileSync(join(room, "parent.mts"), `
      import { createCommandRunner } from ${JSON.stringify(entry)}
      import { Redacted } from ${JSON.stringify(redacted)}
      await createCommandRunner()({ program: process.execPath, args: ["-e", ${JSON.stringify(`setInterval(() => {}, 1_000); ${gate.say("process.pid")}`)}],
        secrets: [{ name: "KEY", key: "KEY", value: new Redacted("a-value-of-twenty-by", "KEY") }], network: "host", timeoutMs: 60_000, maxBytes: 100 })`)
    const parent = spawn(NODE, [join(room, "parent.mts")], { stdio: "ignore" })
    const pid = Number((await gate.heard()).text)
    const gone = once(parent, "exit")
    parent.kill(signal)
    await gone
    await expect.poll(() => isAlive(pid), { timeout: 5_000, interval: 5 }).toBe(false)
  })

  it.runIf(ON_LINUX)("leaves no core dump behind", async () => {
    const limits = (await runCommand(order({ program: "/bin/cat", args: ["/proc/self/limits"] }))).stdout
    expect(limits).toMatch(/^Max core file size +[01] +[01] +bytes/m)
    const end = await runCommand(script("process.abort()", { cwd: room }))
    expect(end).toMatchObject({ exitCode: null, signal: "SIGABRT" })
    expect(readdirSync(room)).toEqual(["gate"]) // where dumps are files, it would lie here
  })
})

describe("the network of a command", () => {
  const connecting = (target: string): string =>
    `require("net").connect(${target}).on("data", (data) => console.log(String(data))).on("error", (error) => console.log(error.code))`

  it.runIf(CAN_ISOLATE)("none: reaches no server of this machine, by no address; host: does", async () => {
    const server = createServer((socket) => socket.end("reached"))
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    const target = `{ port: ${port}, host: "127.0.0.1" }`
    expect((await runCommand(script(connecting(target), { network: "host" }))).stdout).toBe("reached\n")
    expect((await runCommand(script(connecting(target), { network: "none" }))).stdout).toMatch(/^(ENETUNREACH|ECONNREFUSED|EADDRNOTAVAIL)\n$/)
    server.close()
  })

  it.runIf(CAN_ISOLATE)("none: nor a socket of the abstract kind, which belongs to a network; host: does", async () => {
    const name = `sotto-${process.pid}-${Date.now()}`
    const server = createServer((socket) => socket.end("reached"))
    await new Promise<void>((resolve) => server.listen(`\0${name}`, resolve))
    const target = JSON.stringify(`\0${name}`)
    expect((await runCommand(script(connecting(target), { network: "host" }))).stdout).toBe("reached\n")
    expect((await runCommand(script(connecting(target), { network: "none" }))).stdout).toBe("ECONNREFUSED\n")
    server.close()
  })

  it.runIf(CAN_ISOLATE)("none: has no way back into the machine's own, not for root either", async () => {
    const back = order({ program: "/usr/bin/nsenter", args: [`--net=/proc/${process.pid}/ns/net`, "/bin/echo", "back"], network: "none" })
    expect(await runCommand(back)).toMatchObject({ exitCode: 1, stdout: "" })
  })

  it("none: is refused where this machine cannot do it, and host is not", async () => {
    const run = createCommandRunner({ isolation: createIsolation([room]) })
    const fault = await faultOf(script(`require("fs").writeFileSync("started", "")`, { network: "none", cwd: room }), run)
    expect(fault).toMatchObject({ code: "not_supported", help: expect.stringContaining("bubblewrap") as string })
    expect(existsSync(join(room, "started"))).toBe(false)
    expect(await run(order({ program: "/bin/true" }))).toMatchObject({ exitCode: 0, warnings: ["core dumps could not be switched off: prlimit is missing"] })
  })
})
