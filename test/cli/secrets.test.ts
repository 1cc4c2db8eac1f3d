import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openSotto, type Sotto } from "./sotto.ts"

describe("commands for secrets", () => {
  let sotto: Sotto
  beforeAll(async () => {
    sotto = await openSotto()
  })
  afterAll(() => sotto.close())

  const set = (name: string, value: string | Uint8Array, ...args: string[]) => sotto.run(["set", name, "--stdin", ...args], { input: value })
  const get = async (name: string, ...args: string[]) => (await sotto.run(["get", name, ...args])).stdout

  it("make a key ring at the first command, and say that it has to be backed up", async () => {
    const first = await set("FIRST", "1")
    expect(first).toEqual({ code: 0, stdout: "", stderr: expect.stringMatching(/A key ring was made: .*keyring\nBack this file up.*\nMade FIRST in default, version 1\n/s) })
    expect(await set("FIRST", "2")).toEqual({ code: 0, stdout: "", stderr: "Set FIRST in default, version 2\n" })
  })

  it.each([
    ["a line break at the end", "secret\n"],
    ["none", "secret"],
    ["nothing at all", ""],
    ["Windows line ends, tabs and blanks", " a\r\n\tb \r\n"],
    ["a byte order mark", "\ufeffx"],
    ["other scripts", "пароль 密码 🔑"],
    ["65,536 bytes", "x".repeat(65_536)],
  ])("give bytes back as they came: %s", async (_what, value) => {
    expect((await set("BYTES", value)).code).toBe(0)
    expect(await get("BYTES")).toBe(value)
  })

  it("strip one line break where that is asked for", async () => {
    await set("LINE", "a\n\n", "--strip-newline")
    expect(await get("LINE")).toBe("a\n")
    await set("LINE", "a\r\n", "--strip-newline")
    expect(await get("LINE")).toBe("a")
  })

  it("take a value from a variable, or make one", async () => {
    const env = { SOURCE: "from the environment" }
    expect((await sotto.run(["set", "ENV", "--value-from-env", "SOURCE"], { env })).code).toBe(0)
    expect(await get("ENV")).toBe("from the environment")
    const shown = await sotto.run(["set", "RANDOM", "--generate", "--length", "40", "--show"])
    expect(shown.stdout).toMatch(/^[0-9A-Za-z]{40}$/)
    expect(await get("RANDOM")).toBe(shown.stdout)
    await sotto.run(["set", "RANDOM", "--generate"])
    expect(await get("RANDOM")).toMatch(/^[0-9A-Za-z]{32}$/)
  })

  it("print what they did as JSON", async () => {
    expect(await sotto.json(["set", "J", "--generate", "--ttl", "30d", "--metadata", '{"team":"a"}'])).toEqual({
      workspace: "default",
      name: "J",
      version: 1,
      isNew: true,
      updatedAt: expect.any(Number),
      expiresAt: expect.any(Number),
    })
    const read = await sotto.json<{ updatedAt: number; expiresAt: number }>(["get", "J"])
    expect(read).toMatchObject({ workspace: "default", name: "J", version: 1, value: expect.any(String), metadata: { team: "a" } })
    expect(read.expiresAt - read.updatedAt).toBe(30 * 86_400_000)
  })

  it("write only on the condition that was given", async () => {
    expect((await set("IF", "1", "--if-version", "0")).code).toBe(0)
    expect(await set("IF", "2", "--if-version", "0")).toEqual({ code: 5, stdout: "", stderr: expect.stringContaining('secret "IF" is at version 1, not at version 0') })
    expect((await set("IF", "2", "--if-version", "1")).code).toBe(0)
    expect((await sotto.run(["rm", "IF", "--if-version", "1"])).code).toBe(5)
    expect((await sotto.run(["rm", "IF", "--if-version", "2"])).code).toBe(0)
  })

  it("list, page by page, by name and never a value", async () => {
    const names = Array.from({ length: 620 }, (_, i) => `P${String(i).padStart(4, "0")}`)
    await sotto.run(["import", "-", "--format", "json", "-w", "many"], { input: JSON.stringify(Object.fromEntries(names.map((name) => [name, `canary-${name}`]))) })
    const listed = await sotto.json<{ name: string }[]>(["list", "-w", "many"])
    expect(listed.map(({ name }) => name)).toEqual(names)
    expect(JSON.stringify(listed)).not.toContain("canary")
    expect(await sotto.json(["list", "-w", "many", "--prefix", "P061"])).toHaveLength(10)
    const { stdout } = await sotto.run(["list", "-w", "many", "--prefix", "P0619"])
    expect(stdout).toMatch(/^NAME {3}VERSION {2}UPDATED {11}EXPIRES {2}STATE\nP0619 {2}1 {8}\d{4}-\d\d-\d\d \d\d:\d\d {2}- {8}active\n$/)
    expect(await sotto.run(["list", "-w", "many", "--state", "expired"])).toEqual({ code: 0, stdout: "", stderr: "No secrets in many\n" })
  })

  it("show versions, and go back to one", async () => {
    for (const value of ["one", "two", "three"]) await set("V", value)
    expect(await sotto.json(["history", "V"])).toMatchObject([{ version: 3, current: true }, { version: 2, current: false }, { version: 1 }])
    expect((await sotto.run(["rollback", "V", "1"])).stderr).toBe("V in default has the value of version 1 again, as version 4\n")
    expect(await get("V")).toBe("one")
    expect(await get("V", "--version", "2")).toBe("two")
    expect((await sotto.run(["rollback", "V", "9"])).code).toBe(3)
    expect((await sotto.run(["history", "NONE"])).code).toBe(3)
  })

  it("remove", async () => {
    await set("GONE", "x")
    expect((await sotto.run(["rm", "GONE"])).stderr).toBe("Removed GONE from default with all its versions\n")
    expect(await sotto.run(["get", "GONE"])).toEqual({ code: 3, stdout: "", stderr: 'error: secret "GONE" is unavailable: not_found\n' })
    expect((await sotto.run(["rm", "GONE"])).code).toBe(3)
  })

  it("refuse a value on the command line without repeating it", async () => {
    for (const args of [["set", "A", "hunter2"], ["set", "A=hunter2"], ["set", "A", "--value=hunter2"], ["set", "A", "-phunter2"], ["set", "A", "--generate=hunter2"]]) {
      const { code, stdout, stderr } = await sotto.run(args)
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: "" })
      expect(stderr).toMatch(/^error: /)
      expect(stderr).not.toContain("hunter2")
    }
  })

  it.each([
    [["set", "X"], "there is no terminal to ask for the value"],
    [["set", "X", "--stdin", "--generate"], "--stdin and --generate exclude each other"],
    [["set", "X", "--value-from-env", "NOT_SET"], "is not set"],
    [["set", "X", "--generate", "--length", "many"], "--length takes a whole number from 8 to 4096"],
    [["set", "X", "--generate", "--ttl", "soon"], "--ttl takes a duration such as 30d"],
    [["set", "X", "--generate", "--metadata", "[1]"], "metadata must be an object of JSON values"],
    [["set", "X", "--generate", "--metadata", "{"], "--metadata takes a JSON object"],
    [["set", "X", "--stdin", "--show"], "--show goes with --generate"],
    [["set", "", "--generate"], "name must not be empty"],
    [["get"], "NAME is missing"],
    [["get", "A", "--version", "0"], "--version takes a whole number from 1"],
    [["get", "A", "B"], "there are too many arguments"],
    [["list", "--state", "odd"], "--state takes active or expired"],
    [["list", "--nonsense"], "there is no option --nonsense"],
    [["list", "-w"], "the option -w needs a value"],
    [["daemon", "--check-arg", "-fs"], "A value that begins with a dash is written --check-arg=VALUE"],
    [["list", "-w", "a", "-w", "b"], "the option -w is given twice"],
    [["rollback", "A", "x"], "VERSION takes a whole number from 1"],
    [["keyring"], "sotto keyring needs one of: status, add, rotate, retire, seal"],
    [["nonsense"], "there is no such command"],
  ])("refuse bad input with exit code 2: %j", async (args, message) => {
    const { code, stdout, stderr } = await sotto.run(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
    expect(stderr).toContain(`error: `)
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it("tell programs of errors as JSON on stderr", async () => {
    const { stdout, stderr, code } = await sotto.run(["get", "NONE", "--json"])
    expect({ stdout, code }).toEqual({ stdout: "", code: 3 })
    expect(JSON.parse(stderr)).toEqual({ error: { code: "not_found", message: 'secret "NONE" is unavailable: not_found' } })
  })

  it("refuse a value that is too large or not text", async () => {
    expect(await set("BIG", "x".repeat(65_537))).toMatchObject({ code: 2, stderr: expect.stringContaining("65536-byte limit") })
    expect(await set("BIN", new Uint8Array([0xff, 0xfe]))).toMatchObject({ code: 2, stderr: expect.stringContaining("not UTF-8") })
  })

  it("stop quietly where the reader has gone", async () => {
    const child = sotto.start(["list", "-w", "many"])
    child.stdout?.destroy()
    const code = await new Promise((resolve) => child.once("exit", resolve))
    expect(code).toBe(0)
  })
})

describe("files in and out", () => {
  let sotto: Sotto
  beforeAll(async () => {
    sotto = await openSotto()
  })
  afterAll(() => sotto.close())

  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(sotto.folder, "work", name), content)
    return name
  }

  it("names only, with --dry-run", async () => {
    const path = await file(".env", "A=canary-1\nB=canary-2\n")
    expect(await sotto.run(["import", path, "--dry-run"])).toEqual({ code: 0, stdout: "A\nB\n", stderr: "" })
    await sotto.run(["import", path])
    expect(await sotto.run(["export", "--dry-run"])).toEqual({ code: 0, stdout: "A\nB\n", stderr: "" })
    expect(await sotto.json(["export", "--dry-run"])).toEqual({ workspace: "default", names: ["A", "B"] })
  })

  it("a dotenv file, and the lines of it that nobody understands", async () => {
    const path = await file("app.env", "export K='x # y'\nwhat is this\nM=\"one\\ntwo\"\n")
    expect((await sotto.run(["import", path, "-w", "files"])).stderr).toBe("not understood, and left out: line 2\nStored 2 secrets in files: 2 new\n")
    expect((await sotto.run(["export", "-w", "files"])).stdout).toBe("K='x # y'\nM='one\ntwo'\n")
    expect(await sotto.json(["import", path, "-w", "files"])).toMatchObject({ secrets: [{ name: "K", version: 2, isNew: false }, { name: "M" }] })
  })

  it("JSON, exactly", async () => {
    const secrets = { ALL_QUOTES: "'\"`#\r\n", "any name": "", UNICODE: "🔑" }
    const path = await file("secrets.json", JSON.stringify(secrets))
    expect((await sotto.run(["import", path, "-w", "json"])).code).toBe(0)
    expect(JSON.parse((await sotto.run(["export", "-w", "json", "--format", "json"])).stdout)).toEqual(secrets)
    const refused = await sotto.run(["export", "-w", "json"])
    expect(refused).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining("cannot carry ALL_QUOTES, any name exactly") })
  })

  it("are refused where they are not what they should be, and nothing is stored", async () => {
    const cases = { "array.json": "[1]", "number.json": '{"A":"x","N":5}', "broken.json": '{"A":"canary-3', "bad-name.json": '{"A":"x","":"y"}' }
    for (const [name, content] of Object.entries(cases)) {
      const { code, stdout, stderr } = await sotto.run(["import", await file(name, content), "-w", "none"])
      expect({ name, code, stdout }).toEqual({ name, code: 2, stdout: "" })
      expect(stderr).not.toContain("canary")
    }
    expect((await sotto.run(["import", "missing.env"])).code).toBe(3)
    expect(await sotto.json(["list", "-w", "none"])).toEqual([])
  })

  it("leave no value in the database or beside it", async () => {
    for (const name of ["sotto.db", "sotto.db-wal"]) {
      const bytes = await readFile(join(sotto.folder, "home", ".sotto", name)).catch(() => Buffer.alloc(0))
      expect(bytes.includes("canary-1")).toBe(false)
    }
  })
})

describe("the workspace", () => {
  let sotto: Sotto
  beforeAll(async () => {
    sotto = await openSotto()
  })
  afterAll(() => sotto.close())

  const workspace = async (args: string[] = [], env: Record<string, string> = {}) =>
    (await sotto.json<{ workspace: string }>(["set", "W", "--generate", ...args], { env })).workspace

  it("is -w, else SOTTO_WORKSPACE, else the project's, else default", async () => {
    expect(await workspace()).toBe("default")
    expect((await sotto.run(["init", "acme:dev"])).stderr).toContain("Wrote .sotto/config.yml")
    expect(await workspace()).toBe("acme:dev")
    expect(await workspace([], { SOTTO_WORKSPACE: "other" })).toBe("other")
    expect(await workspace(["-w", "given"], { SOTTO_WORKSPACE: "other" })).toBe("given")
    expect((await sotto.run(["workspace", "list"])).stdout).toBe("acme:dev\ndefault\ngiven\nother\n")
  })

  it("is written once, and any YAML that names it does", async () => {
    expect((await sotto.run(["init"])).code).toBe(5)
    const path = join(sotto.folder, "work", ".sotto", "config.yml")
    expect(await readFile(path, "utf8")).toContain("workspace: acme:dev\n")
    await writeFile(path, 'workspace: "one two" # quoted\nother: [1]\n')
    expect(await workspace()).toBe("one two")
    await writeFile(path, "workspace: 007\n")
    expect(await workspace()).toBe("007")
    await writeFile(path, "workspace: [a\n")
    expect((await sotto.run(["list"])).code).toBe(2)
    await writeFile(path, "# nothing\n")
    expect(await workspace()).toBe("default")
  })

  it("comes, is refused twice, and goes with its secrets", async () => {
    expect((await sotto.run(["workspace", "create", "temp"])).code).toBe(0)
    expect((await sotto.run(["workspace", "create", "temp"])).code).toBe(5)
    await workspace(["-w", "temp"])
    expect((await sotto.run(["workspace", "rm", "temp", "--yes"])).code).toBe(0)
    expect(await sotto.json(["list", "-w", "temp"])).toEqual([])
    expect((await sotto.run(["workspace", "rm", "temp", "--yes"])).code).toBe(3)
    expect((await sotto.run(["workspace", "rm", "default", "--yes"])).code).toBe(2)
    expect(await sotto.run(["workspace", "rm", "given"])).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") })
  })
})

describe("in a coding agent's shell", () => {
  let sotto: Sotto
  beforeAll(async () => {
    sotto = await openSotto()
    await sotto.run(["set", "A", "--stdin"], { input: "canary" })
  })
  afterAll(() => sotto.close())

  const commands = [["get", "A"], ["get", "A", "--json"], ["export"], ["export", "--format", "json"], ["set", "B", "--generate", "--show"], ["open", "--print"], ["token", "create", "--name", "t", "--may", "reveal", "--on", "*"]]
  it.each(commands.map((args) => [args] as const))("%j prints nothing", async (args) => {
    const { code, stdout, stderr } = await sotto.run(args, { env: { CLAUDECODE: "1" } })
    expect({ code, stdout }).toEqual({ code: 10, stdout: "" })
    expect(stderr).toContain("Claude Code")
    expect(stderr).not.toContain("canary")
  })

  it.each(["CLAUDE_CODE_ENTRYPOINT", "CURSOR_AGENT", "CURSOR_TRACE_ID", "CODEX_SANDBOX", "GEMINI_CLI", "OPENCODE", "AGENT"])("%s is known", async (marker) => {
    expect((await sotto.run(["get", "A"], { env: { [marker]: "1" } })).code).toBe(10)
    expect((await sotto.run(["get", "A"], { env: { [marker]: "" } })).stdout).toBe("canary")
  })

  it("names, new secrets and tokens for agents are no plaintext", async () => {
    const env = { CLAUDECODE: "1" }
    expect((await sotto.run(["list"], { env })).code).toBe(0)
    expect((await sotto.run(["export", "--dry-run"], { env })).stdout).toBe("A\n")
    expect((await sotto.run(["set", "C", "--generate"], { env })).code).toBe(0)
    expect((await sotto.run(["token", "create", "--name", "t", "--kind", "agent", "--may", "list,use", "--on", "*"], { env })).code).toBe(0)
  })
})
