import { spawn, type ChildProcess } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text as readAll } from "node:stream/consumers"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { findCanary, sweepFolder } from "../canary.ts"
import { openEditor } from "../database-editor.ts"
import { freshPostgresUrl } from "../database.ts"

/**
 * Values are stored, read, rolled back, rotated, re-encrypted, exported, refused and backed up through command line and
 * server; afterwards no byte that was written or printed holds one, but where it was asked for.
 */
const main = new URL("../../src/cli/main.ts", import.meta.url).pathname

describe.each(["sqlite", "postgres"] as const)("a canary on %s", (engine) => {
  let folder: string
  let env: NodeJS.ProcessEnv
  let database: string | undefined
  const printed: Buffer[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sotto-canary-"))
    for (const name of ["home", "tmp"]) await mkdir(join(folder, name))
    database = engine === "postgres" ? await freshPostgresUrl() : undefined
    env = { PATH: process.env.PATH, HOME: join(folder, "home"), TMPDIR: join(folder, "tmp"), LANG: "C.UTF-8", SOTTO_PORT: "0" }
    if (database !== undefined) env.SOTTO_DATABASE_URL = database
    printed.length = 0
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const cli = async (args: string[], input = "", extra: NodeJS.ProcessEnv = {}): Promise<{ stdout: string; code: number }> => {
    const child = spawn(process.execPath, ["--no-warnings", main, ...args], { cwd: folder, env: { ...env, ...extra } })
    child.stdin.on("error", () => undefined) // a command that refuses may not read it
    child.stdin.end(input)
    const [stdout, stderr, [code]] = await Promise.all([readAll(child.stdout), readAll(child.stderr), once(child, "exit")])
    printed.push(Buffer.from(stderr))
    return { stdout, code: Number(code) }
  }
  const quiet = async (args: string[], input = "", extra: NodeJS.ProcessEnv = {}): Promise<string> => {
    const { stdout } = await cli(args, input, extra)
    printed.push(Buffer.from(stdout))
    return stdout
  }
  const serve = async (): Promise<{ url: string; child: ChildProcess }> => {
    const child = spawn(process.execPath, ["--no-warnings", main, "serve"], { cwd: folder, env })
    const url = await new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => {
          printed.push(chunk)
          const found = /runs at (http\S+)/.exec(Buffer.concat(printed).toString())
          if (found?.[1] !== undefined) resolve(found[1])
        })
      child.once("exit", () => reject(new Error(Buffer.concat(printed).toString())))
    })
    return { url, child }
  }

  it("stands nowhere afterwards: not in files, logs, errors, events or listings", async () => {
    const canary = `canary-${randomBytes(18).toString("hex")}`
    const multi = `${canary}\nsecond "line" $(x) ü😀\n`
    expect((await cli(["set", "FIRST", "--stdin"], canary)).code).toBe(0)
    await quiet(["set", "FIRST", "--stdin"], `${canary}-2`)
    await quiet(["set", "MULTI", "--stdin"], multi)
    await quiet(["set", "FROM_ENV", "--value-from-env", "SOURCE"], "", { SOURCE: canary })
    await quiet(["import", "-", "--format", "json"], JSON.stringify({ IMPORTED: canary }))
    await quiet(["set", "FIRST", canary]) // refused: a value on the command line
    await quiet(["rollback", "FIRST", "1"])
    expect((await cli(["get", "MULTI"])).stdout).toBe(multi)
    expect((await cli(["get", "FIRST"])).stdout).toBe(canary)

    const { url, child } = await serve()
    const token = (await cli(["token", "create", "--name", "t", "--kind", "service", "--may", "list,reveal,write,audit", "--on", "*"])).stdout.trim()
    const call = async (method: string, path: string, body?: unknown, raw?: string): Promise<number> => {
      const answer = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...((body ?? raw) !== undefined && { "content-type": "application/json" }) },
        ...((body ?? raw) !== undefined && { body: raw ?? JSON.stringify(body) }),
      })
      const answered = Buffer.from(await answer.arrayBuffer())
      if (!path.includes("value") && !path.includes("reveal")) printed.push(answered)
      return answer.status
    }
    expect(await call("POST", "/workspaces/default/secrets", { key: "REST", value: canary })).toBe(201)
    expect(await call("POST", "/workspaces/default/secrets", { key: "REST", value: canary })).toBe(409)
    expect(await call("POST", "/workspaces/default/secrets", { key: "", value: canary, metadata: 5 })).toBe(400)
    expect(await call("POST", "/workspaces/default/secrets", undefined, `{"key":"X","value":"${canary}"`)).toBe(400)
    expect(await call("POST", "/workspaces/default/secrets", { key: "BIG", value: canary.repeat(2_000) })).toBeGreaterThanOrEqual(400)
    expect(await call("GET", "/workspaces/default/secrets/REST/value")).toBe(200)
    expect(await call("POST", "/workspaces/default/secrets/reveal", { keys: ["REST", "FIRST"] })).toBe(200)
    for (const path of ["secrets", "secrets?limit=10", "events?limit=100", "secrets/REST/versions"])
      expect(await call("GET", `/workspaces/default/${path}`)).toBe(200)
    await quiet(["keyring", "add"])
    await quiet(["keyring", "rotate", "--reencrypt"])
    await quiet(["backup", "backup.sotto"])
    for (const command of [["list", "--json"], ["events", "--json"], ["history", "FIRST"], ["doctor"], ["keyring", "status"]]) await quiet(command)
    child.kill("SIGTERM")
    await once(child, "exit")

    const swept = await sweepFolder(folder, canary)
    expect(swept.files).toBeGreaterThan(2)
    const found = [...swept.found, ...findCanary(Buffer.concat(printed), canary, "printed")]
    for (const text of [token, token.slice(20)]) found.push(...(await sweepFolder(folder, text)).found)
    if (database !== undefined) found.push(...findCanary(Buffer.from(JSON.stringify(await allRows(database))), canary, "database"))
    expect(found).toEqual([])
    expect(await readFile(join(folder, "backup.sotto"), "utf8")).toContain('"end":true')
  }, 180_000)
})

/** Every row of every table, bytes as hexadecimal. */
const allRows = async (database: string): Promise<unknown[]> => {
  const editor = await openEditor(database)
  try {
    const tables = await editor.rows("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    const rows: unknown[] = []
    for (const { tablename } of tables) rows.push(...(await editor.rows(`SELECT t::text AS row FROM "${String(tablename)}" t`)))
    expect(rows.length).toBeGreaterThan(10)
    return rows
  } finally {
    await editor.close()
  }
}
