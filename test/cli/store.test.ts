import { copyFile, chmod, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from "vitest"
import { freshPostgresUrl } from "../database.ts"
import { migrations } from "../../src/storage/migrations.ts"
import { openSotto, type Sotto } from "./sotto.ts"

interface Event {
  type: string
  name?: string
}

describe("sotto demo", () => {
  it("takes out what it made and nothing else, and fills no workspace of somebody else's", async () => {
    const sotto = await openSotto()
    try {
      expect((await sotto.run(["demo"])).code).toBe(0)
      expect((await sotto.run(["demo"])).code).toBe(0) // once more
      await sotto.run(["set", "MINE", "-w", "demo", "--stdin"], { input: "mine" })
      expect(await sotto.run(["demo"])).toMatchObject({ code: 5 })
      expect(await sotto.json(["demo", "--remove"])).toEqual({ workspace: "demo", removed: 12, isWorkspaceGone: false })
      expect((await sotto.run(["get", "MINE", "-w", "demo"])).stdout).toBe("mine")
    } finally {
      await sotto.close()
    }
  })
})

describe("events", () => {
  let sotto: Sotto
  beforeAll(async () => {
    sotto = await openSotto()
    for (const name of ["A", "B"]) await sotto.run(["set", name, "--generate"])
    await sotto.run(["get", "A"])
    await sotto.run(["token", "create", "--name", "t", "--may", "list", "--on", "*"])
  })
  afterAll(() => sotto.close())

  /** Without the birth of the workspace, which is not what these are about. */
  const said = (events: readonly Event[]): string[] =>
    events.filter(({ type }) => type !== "workspace_created").map(({ type, name }) => [type, name].filter(Boolean).join(" "))
  const types = async (...args: string[]) => said(await sotto.json<Event[]>(["events", ...args]))

  it("are shown newest first, filtered, of a workspace or of the store", async () => {
    expect(await types()).toEqual(["read A", "created B", "created A"])
    expect(await types("--limit", "2")).toEqual(["read A", "created B"])
    expect(await types("--name", "A")).toEqual(["read A", "created A"])
    expect(await types("--type", "created")).toEqual(["created B", "created A"])
    expect(await types("--store")).toEqual(["token_created", "keyring_created"])
    expect(await types("--after", "1h")).toHaveLength(3)
    expect(await types("--before", "1h")).toEqual([])
    expect((await sotto.run(["events", "--name", "B"])).stdout).toMatch(/^TIME +TYPE +NAME +VERSION +BY\n\S+ \S+ +created +B +1 +local user \(person\)\n$/)
  })

  it.each([
    [["--after", "yesterday"], "--after takes a time"],
    [["--limit", "0"], "--limit takes a whole number from 1"],
    [["--type", "odd"], "type must be one of the event types"],
    [["--store", "-w", "a"], "--store and --workspace exclude each other"],
  ])("refuse %j", async (args, message) => {
    expect(await sotto.run(["events", ...args])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(message) })
  })

  it("are followed until Ctrl-C", async () => {
    const child = sotto.start(["events", "--follow", "--json", "--after", "1h"])
    const seen: Event[] = []
    const waiting = new Set<() => void>()
    let rest = ""
    child.stdout?.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n")
      rest = lines.pop() ?? ""
      seen.push(...lines.map((line) => JSON.parse(line) as Event))
      for (const look of waiting) look()
    })
    const arrived = (name: string): Promise<void> =>
      new Promise((resolve) => {
        waiting.add(() => seen.some((event) => event.name === name) && resolve())
      })
    await arrived("B")
    const next = arrived("LATER")
    await sotto.run(["set", "LATER", "--generate"])
    await next
    child.kill("SIGINT")
    const code = await new Promise((resolve) => child.once("exit", resolve))
    expect(code).toBe(130)
    expect(said(seen)).toEqual(["created A", "created B", "read A", "created LATER"])
  })
})

describe("the key ring", () => {
  let sotto: Sotto
  const ring = () => join(sotto.folder, "home", ".config", "sotto", "keyring")
  beforeAll(async () => {
    sotto = await openSotto()
    const names = Array.from({ length: 300 }, (_, i) => [`S${i}`, `value ${i}`])
    await sotto.run(["import", "-", "--format", "json"], { input: JSON.stringify(Object.fromEntries(names)) })
  })
  afterAll(() => sotto.close())

  it("gets a key, rotates with progress, and retires the old one", async () => {
    expect((await sotto.run(["keyring", "retire", "1"])).code).toBe(5)
    expect((await sotto.run(["keyring", "add"])).stderr).toContain("Made key version 2")
    expect((await sotto.run(["keyring", "retire", "1"])).stderr).toMatch(/300 stored versions are still wrapped under key version 1\nhelp: Run `sotto keyring rotate`/)
    expect(await sotto.json(["keyring", "rotate", "--dry-run"])).toEqual({ rotated: 0, skipped: 0, remaining: 300, isDone: false })
    const rotated = await sotto.run(["keyring", "rotate"])
    expect(rotated).toMatchObject({ code: 0, stdout: "" })
    expect(rotated.stderr).toMatch(/Rotating: \d+ of 300\n(.*\n)*Moved: 300 stored versions. No value changed.\n$/)
    expect((await sotto.run(["keyring", "retire", "1"])).code).toBe(0)
    expect(await readFile(ring(), "utf8")).toMatch(/^2:[\w+/=]{44}\n$/)
    expect((await sotto.run(["get", "S299"])).stdout).toBe("value 299")
    expect((await sotto.run(["keyring", "status"])).stdout).toMatch(/^KEY.*\n1 +retired +no .* 0 versions\n2 +active +yes .* 300 versions\n$/)
  })

  it("encrypts everything anew", async () => {
    expect(await sotto.json(["keyring", "rotate", "--reencrypt"])).toEqual({ rotated: 300, skipped: 0, remaining: 0, isDone: true })
    expect((await sotto.run(["get", "S0"])).stdout).toBe("value 0")
  })

  it("is sealed with a passphrase, which is then needed, and unsealed", async () => {
    const env = { SOTTO_KEYS_PASSPHRASE: "correct horse" }
    expect((await sotto.run(["keyring", "seal"], { env })).code).toBe(0)
    expect(await readFile(ring(), "utf8")).toMatch(/^sotto-sealed:/)
    expect(await sotto.run(["get", "S0"])).toMatchObject({ code: 6, stdout: "", stderr: expect.stringContaining("Set SOTTO_KEYS_PASSPHRASE") })
    expect(await sotto.run(["get", "S0"], { env: { SOTTO_KEYS_PASSPHRASE: "wrong" } })).toMatchObject({ code: 6, stdout: "" })
    expect((await sotto.run(["get", "S0"], { env })).stdout).toBe("value 0")
    expect((await sotto.run(["keyring", "add"], { env })).code).toBe(0)
    expect(await readFile(ring(), "utf8")).toMatch(/^sotto-sealed:/)
    expect((await sotto.run(["keyring", "seal", "--remove"], { env })).code).toBe(0)
    expect((await sotto.run(["get", "S0"])).stdout).toBe("value 0")
    expect((await sotto.run(["keyring", "seal"])).code).toBe(2)
  })

  it("from a variable is not ours to change", async () => {
    const SOTTO_KEYS = (await readFile(ring(), "utf8")).trim()
    const env = { SOTTO_KEYS }
    expect((await sotto.run(["get", "S0"], { env })).stdout).toBe("value 0")
    for (const args of [["keyring", "add"], ["keyring", "seal"]])
      expect(await sotto.run(args, { env: { ...env, SOTTO_KEYS_PASSPHRASE: "x" } })).toMatchObject({ code: 2, stderr: expect.stringContaining("comes from a variable") })
  })
})

describe("tokens and clean-up", () => {
  let sotto: Sotto
  beforeAll(async () => {
    sotto = await openSotto()
  })
  afterAll(() => sotto.close())

  it("print the token once, and list it without", async () => {
    const made = await sotto.run(["token", "create", "--name", "ci", "--may", "list,reveal", "--on", "acme:*", "--may", "audit", "--on", "*"])
    expect(made.stdout).toMatch(/^sotto_s_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}\n$/)
    const listed = await sotto.run(["token", "list"])
    expect(listed.stdout).toContain("list,reveal on acme:*; audit on *")
    expect(listed.stdout).not.toContain(made.stdout.trim().slice(25))
    const [{ id = "" } = {}] = await sotto.json<{ id?: string }[]>(["token", "list"])
    expect((await sotto.run(["token", "revoke", id])).code).toBe(0)
    expect((await sotto.run(["token", "list"])).stdout).toContain("revoked")
  })

  it.each([
    [["--may", "list", "--on", "*"], "--name is missing"],
    [["--name", "t"], "--may and --on come in pairs"],
    [["--name", "t", "--may", "list"], "--may and --on come in pairs"],
    [["--name", "t", "--may", "everything", "--on", "*"], "a permission is one of"],
    [["--name", "t", "--may", "list", "--on", "a*b"], "a pattern has its * at the end"],
    [["--name", "t", "--may", "list", "--on", "*", "--kind", "robot"], "--kind takes person, agent or service"],
    [["--name", "t", "--may", "write", "--on", "*", "--kind", "agent"], "can never hold"],
  ])("refuse a token with %j", async (args, message) => {
    expect(await sotto.run(["token", "create", ...args])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(message) })
  })

  it("delete what is past its retention", async () => {
    await sotto.run(["set", "SHORT", "--generate", "--ttl", "1ms"])
    expect((await sotto.run(["get", "SHORT"])).code).toBe(3)
    expect(await sotto.json(["cleanup", "--secrets-retention", "1ms"])).toEqual({ secrets: { deleted: 1, isDone: true }, events: { deleted: 0, isDone: true } })
    expect((await sotto.run(["cleanup"])).stderr).toBe("Deleted 0 expired secrets and 0 events\n")
    expect((await sotto.run(["cleanup", "--secrets-retention", "x"])).code).toBe(2)
  })
})

describe("a backup", () => {
  let sotto: Sotto
  beforeEach(async () => {
    sotto = await openSotto()
    for (const value of ["one", "two"]) await sotto.run(["set", "A", "--stdin"], { input: value })
    await sotto.run(["token", "create", "--name", "t", "--may", "list", "--on", "*"])
  })
  afterEach(() => sotto.close())

  it("goes from SQLite to PostgreSQL and back; tokens are revoked on the way", async () => {
    const elsewhere = { SOTTO_DATABASE_URL: await freshPostgresUrl() }
    const home = { SOTTO_DATABASE_URL: `file:${join(sotto.folder, "back.db")}` }
    expect(await sotto.run(["backup", "first"])).toEqual({ code: 0, stdout: "", stderr: expect.stringMatching(/^Wrote first: \d+ records/) })
    expect((await stat(join(sotto.folder, "work", "first"))).mode & 0o777).toBe(0o600)
    const restored = await sotto.run(["restore", "first"], { env: elsewhere })
    expect(restored).toEqual({ code: 0, stdout: "", stderr: expect.stringMatching(/^Restored 1 secret in 2 versions, and \d+ events\n1 token of the backup no longer works/) })
    expect((await sotto.run(["get", "A", "--version", "1"], { env: elsewhere })).stdout).toBe("one")
    await sotto.run(["set", "B", "--stdin"], { input: "from postgres", env: elsewhere })
    expect((await sotto.run(["backup", "second"], { env: elsewhere })).code).toBe(0)
    expect((await sotto.json<object>(["restore", "second"], { env: home }))).toMatchObject({ secrets: 2, versions: 3, revokedTokens: 0, isOlder: false })
    expect((await sotto.run(["get", "B"], { env: home })).stdout).toBe("from postgres")
  })

  it("is refused where it would replace something, was changed, or its key is missing", async () => {
    await sotto.run(["backup", "file"])
    expect(await sotto.run(["backup", "file"])).toMatchObject({ code: 5, stderr: expect.stringContaining("exists already") })
    expect(await sotto.run(["restore", "file"])).toMatchObject({ code: 5, stderr: expect.stringContaining("holds a store already") })
    const env = { SOTTO_DATABASE_URL: `file:${join(sotto.folder, "other.db")}` }
    const text = await readFile(join(sotto.folder, "work", "file"), "utf8")
    await writeFile(join(sotto.folder, "work", "changed"), text.replace('"name":"A"', '"name":"B"'))
    await writeFile(join(sotto.folder, "work", "cut"), text.split("\n").slice(0, -2).join("\n"))
    for (const name of ["changed", "cut"]) expect((await sotto.run(["restore", name], { env })).code).toBe(7)
    expect((await sotto.run(["restore", "nothing"], { env })).code).toBe(3)
    const otherKey = { ...env, SOTTO_KEYS: `1:${Buffer.alloc(32, 7).toString("base64")}` }
    expect((await sotto.run(["restore", "file"], { env: otherKey })).code).toBe(6)
    await expect(stat(join(sotto.folder, "other.db"))).rejects.toThrow("ENOENT")
    expect((await sotto.run(["restore", "file"], { env })).code).toBe(0)
  })

  it("that is older than what this key ring has seen has to be accepted", async () => {
    await sotto.run(["backup", "old"])
    for (let i = 0; i < 5; i++) await sotto.run(["set", "A", "--generate"])
    const env = { SOTTO_DATABASE_URL: `file:${join(sotto.folder, "restored.db")}` }
    expect((await sotto.run(["restore", "old"], { env })).stderr).toContain("sotto doctor --accept-rollback")
    expect(await sotto.run(["get", "A"], { env })).toMatchObject({ code: 7, stdout: "", stderr: expect.stringContaining("sotto doctor --accept-rollback") })
    expect(await sotto.run(["doctor"], { env })).toMatchObject({ code: 7, stdout: expect.stringContaining("store_rolled_back") })
    expect((await sotto.run(["doctor", "--accept-rollback"], { env })).code).toBe(0)
    expect((await sotto.run(["get", "A"], { env })).stdout).toBe("two")
    const accepted = { SOTTO_DATABASE_URL: `file:${join(sotto.folder, "accepted.db")}` }
    await sotto.run(["set", "A", "--generate"], { env })
    expect(await sotto.json(["restore", "old", "--accept-rollback"], { env: accepted })).toMatchObject({ isOlder: false })
  })
})

describe("doctor and migrate", () => {
  let sotto: Sotto
  const home = (...path: string[]) => join(sotto.folder, "home", ...path)
  beforeEach(async () => {
    sotto = await openSotto()
    await sotto.run(["set", "A", "--generate"])
  })
  afterEach(() => sotto.close())

  it("finds nothing wrong with a store that is well", async () => {
    const { code, stdout } = await sotto.run(["doctor"])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("1 stored versions were opened and are intact") })
    const findings = await sotto.json<{ level: string }[]>(["doctor"])
    expect(new Set(findings.map(({ level }) => level))).toEqual(new Set(["ok"]))
  })

  it("says what is wrong, and what to do, also where nothing opens", async () => {
    await chmod(home(".sotto", "sotto.db"), 0o644)
    expect((await sotto.run(["doctor"])).stdout).toMatch(/warning {2}.*can be read by others.*\n +Run: chmod 600/)
    await chmod(home(".config", "sotto", "keyring"), 0o644)
    expect(await sotto.run(["doctor"])).toMatchObject({ code: 7, stdout: expect.stringMatching(/ERROR {4}.*can be opened by others.*\(unsafe_file\)\n +Run: chmod 600/) })
    expect((await sotto.run(["get", "A"])).code).toBe(7)
    await chmod(home(".config", "sotto", "keyring"), 0o600)
    await copyFile(home(".config", "sotto", "keyring"), home("kept"))
    await writeFile(home(".config", "sotto", "keyring"), `1:${Buffer.alloc(32, 9).toString("base64")}\n`)
    expect(await sotto.run(["doctor"])).toMatchObject({ code: 6, stdout: expect.stringContaining("(invalid_keys)") })
    await writeFile(home(".sotto", "sotto.db"), "this is no database, and long enough to look at")
    expect((await sotto.run(["doctor"])).code).toBeGreaterThan(0)
  })

  it("prints the schema for others to apply, and applies it", async () => {
    const env = { SOTTO_DATABASE_URL: `file:${join(sotto.folder, "new.db")}` }
    const printed = await sotto.run(["migrate", "--print"], { env })
    expect(printed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^BEGIN IMMEDIATE;\n[^]*COMMIT;\n$/) })
    await expect(stat(join(sotto.folder, "new.db"))).rejects.toThrow("ENOENT")
    expect(await sotto.json(["migrate", "--apply"], { env })).toEqual({ pending: migrations.length, applied: migrations.length })
    expect(await sotto.run(["migrate", "--print"], { env })).toEqual({ code: 0, stdout: "", stderr: "The database has this program's schema already\n" })
    expect((await sotto.run(["migrate"], { env })).code).toBe(2)
    const postgres = { SOTTO_DATABASE_URL: await freshPostgresUrl() }
    expect((await sotto.run(["migrate", "--print"], { env: postgres })).stdout).toContain("CREATE SCHEMA IF NOT EXISTS")
    expect(await sotto.json(["migrate", "--apply"], { env: postgres })).toEqual({ pending: migrations.length, applied: migrations.length })
  })
})

describe("help", () => {
  let sotto: Sotto
  beforeAll(async () => {
    sotto = await openSotto()
  })
  afterAll(() => sotto.close())

  it("is there for every command, and opens no store", async () => {
    const names = (await sotto.json<{ name: string }[]>(["help"])).map(({ name }) => name)
    expect(names.length).toBeGreaterThan(30)
    const overview = (await sotto.run([])).stdout
    for (const name of names) expect(overview).toContain(`  ${name}`)
    expect((await sotto.run(["set", "--help"])).stdout).toMatch(/^Usage: sotto set NAME \[options\]\n/)
    expect((await sotto.run(["help", "keyring"])).stdout).toContain("Usage: sotto keyring rotate")
    expect((await sotto.run(["help", "nothing"])).code).toBe(2)
    expect((await sotto.run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    await expect(stat(join(sotto.folder, "home"))).rejects.toThrow("ENOENT")
  })
})
