import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openSotto, type Ran, type Sotto } from "./sotto.ts"

/** What differs from store to store, from moment to moment, and by who asks. */
const settled = (value: unknown, key = ""): unknown => {
  if (key === "principal" || key === "createdBy") return `<${key}>`
  if (Array.isArray(value)) return value.map((each) => settled(each))
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, each]) => [name, settled(each, name)]),
    )
  if (/(At|Id|^id)$/.test(key)) return `<${key}>`
  return key === "token" ? "<token>" : value
}

/** Every command that works through a server, in an order in which each finds what it needs. */
const LINES: readonly { args: string[]; input?: string }[] = [
  { args: ["set", "A", "--stdin", "--metadata", '{"team":"a"}'], input: "one" },
  { args: ["set", "A", "--stdin", "--ttl", "30d"], input: "two\n" },
  { args: ["set", "A", "--stdin", "--if-version", "1"], input: "x" },
  { args: ["set", "A", "--stdin", "--if-version", "2"], input: "three" },
  { args: ["set", "B", "--stdin", "--ttl", "never"], input: "" },
  { args: ["set", "B", "--stdin"], input: "x".repeat(70_000) },
  { args: ["get", "A"] },
  { args: ["get", "A", "--version", "1"] },
  { args: ["get", "A", "--version", "9"] },
  { args: ["get", "NONE"] },
  { args: ["get", "A", "-w", "none"] },
  { args: ["list"] },
  { args: ["list", "--prefix", "B"] },
  { args: ["list", "--state", "expired"] },
  { args: ["history", "A"] },
  { args: ["history", "NONE"] },
  { args: ["rollback", "A", "1"] },
  { args: ["rollback", "A", "99"] },
  { args: ["import", "-", "-w", "acme"], input: "K=1\nL='x y'\n" },
  { args: ["import", "-", "-w", "acme", "--dry-run"], input: "K=1\n" },
  { args: ["import", "-", "-w", "acme", "--format", "json"], input: '{"M":"<\\"`\'>"}' },
  { args: ["export", "-w", "acme"] },
  { args: ["export", "-w", "acme", "--dry-run"] },
  { args: ["export", "-w", "acme", "--prefix", "L"] },
  { args: ["rm", "B", "--if-version", "7"] },
  { args: ["rm", "B"] },
  { args: ["rm", "B"] },
  { args: ["workspace", "create", "empty"] },
  { args: ["workspace", "create", "empty"] },
  { args: ["workspace", "list"] },
  { args: ["workspace", "rm", "empty", "--yes"] },
  { args: ["workspace", "rm", "empty", "--yes"] },
  { args: ["keyring", "status"] },
  { args: ["keyring", "retire", "1"] },
  { args: ["keyring", "add"] },
  { args: ["keyring", "rotate", "--dry-run"] },
  { args: ["keyring", "rotate"] },
  { args: ["keyring", "retire", "1"] },
  { args: ["keyring", "retire", "7"] },
  { args: ["keyring", "rotate", "--reencrypt"] },
  { args: ["keyring", "status"] },
  { args: ["get", "A"] },
  { args: ["token", "create", "--name", "ci", "--may", "list,reveal", "--on", "acme*", "--may", "audit", "--on", "*", "--owner", "ops", "--ttl", "30d"] },
  { args: ["token", "create", "--name", "bad", "--kind", "agent", "--may", "reveal", "--on", "*"] },
  { args: ["token", "list"] },
  { args: ["token", "revoke", "nobody"] },
  { args: ["env", "add", "staging", "--address", "https://staging.example.com", "--key", "APP_*", "--restart", "never"] },
  { args: ["env", "add", "staging"] },
  { args: ["env", "add", "Bad Name"] },
  { args: ["env", "add", "plain", "--address", "http://staging.example.com"] },
  { args: ["env", "list"] },
  { args: ["env", "status", "staging"] },
  { args: ["env", "enroll", "staging"] },
  { args: ["env", "enroll", "nowhere"] },
  { args: ["sync", "--plan"] },
  { args: ["sync", "staging", "--plan", "--key", "NONE"] },
  { args: ["sync", "nowhere"] },
  { args: ["env", "rm", "staging"] },
  { args: ["env", "rm", "staging"] },
  { args: ["sync"] },
  { args: ["cleanup"] },
  { args: ["cleanup", "--secrets-retention", "1d", "--events-retention", "365d"] },
  { args: ["events", "--type", "created"] },
  { args: ["events", "--type", "nonsense"] },
]

describe("every command that works through a server", () => {
  let alone: Sotto
  let served: Sotto
  let client: Record<string, string>
  beforeAll(async () => {
    ;[alone, served] = await Promise.all([openSotto(), openSotto()])
    ;({ client } = await served.serve())
  })
  afterAll(() => Promise.all([alone.close(), served.close()]))

  const both = async (args: string[], input?: string): Promise<[Ran, Ran]> => {
    const options = input === undefined ? {} : { input }
    return Promise.all([alone.run(args, options), served.run(args, { ...options, env: client })])
  }

  it("prints the same JSON and ends with the same code as on the store itself", async () => {
    for (const { args, input } of LINES) {
      const [here, there] = await both([...args, "--json"], input)
      const line = args.join(" ")
      expect({ line, ...outcome(there) }).toEqual({ line, ...outcome(here) })
    }
  }, 120_000)

  it("acts as whom the token says, and the store's own commands as the local user", async () => {
    const events = await served.json<{ principal: { kind: string } }[]>(["events", "--type", "read"], { env: client })
    expect(new Set(events.map(({ principal }) => principal.kind))).toEqual(new Set(["service"]))
    expect(await alone.json(["events", "--type", "read", "--limit", "1"])).toMatchObject([{ principal: { id: "local", kind: "person" } }])
  })

  it("revokes the token that it made", async () => {
    const { id, token } = await served.json<{ id: string; token: string }>(["token", "create", "--name", "t", "--may", "list", "--on", "*"], { env: client })
    const env = { ...client, SOTTO_TOKEN: token }
    expect((await served.run(["list"], { env })).code).toBe(0)
    expect((await served.run(["get", "A"], { env })).code).toBe(4)
    expect((await served.run(["token", "revoke", id], { env: client })).code).toBe(0)
    expect((await served.run(["list"], { env })).code).toBe(4)
  })

  it("examines the server", async () => {
    const { code, stdout } = await served.run(["doctor"], { env: client })
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("its key ring opens the store; version 2 is active") })
  })

  it.each(["backup", "restore", "open", "serve", "migrate", "keyring seal"])("refuses %s, which is for the server's own machine", async (name) => {
    const args = name === "backup" || name === "restore" ? [name, "file"] : name === "migrate" ? [name, "--print"] : name.split(" ")
    expect(await served.run(args, { env: client })).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("works on the store itself") })
  })

  it("says what is missing to reach a server", async () => {
    const { SOTTO_URL = "" } = client
    expect(await alone.run(["list"], { env: { SOTTO_URL } })).toMatchObject({ code: 4, stderr: expect.stringContaining("SOTTO_TOKEN") })
    expect((await alone.run(["list"], { env: { SOTTO_URL, SOTTO_TOKEN: "sotto_s_wrong" } })).code).toBe(4)
    expect((await alone.run(["list"], { env: { SOTTO_URL: "http://127.0.0.1:1", SOTTO_TOKEN: "t" } })).code).toBe(9)
    expect(await alone.run(["list"], { env: { SOTTO_URL: "http://example.com", SOTTO_TOKEN: "t" } })).toMatchObject({ code: 2, stderr: expect.stringContaining("plain http://") })
  })
})

const outcome = ({ code, stdout, stderr }: Ran): object => (code === 0 ? { code, ...answer(stdout) } : { code, error: errorCode(stderr) })

const answer = (stdout: string): { json?: unknown; text?: string } => {
  try {
    return { json: settled(JSON.parse(stdout)) }
  } catch {
    return { text: stdout }
  }
}

const errorCode = (stderr: string): string => {
  const line = stderr.split("\n").find((each) => each.startsWith("{")) ?? "{}"
  return (JSON.parse(line) as { error?: { code: string } }).error?.code ?? stderr
}
