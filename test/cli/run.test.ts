import { spawnSync, type SpawnSyncReturns } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openSotto, type Sotto } from "./sotto.ts"

const VALUE = "s3cr3t-VALUE-9"
let sotto: Sotto
let place = ""
beforeAll(async () => {
  sotto = await openSotto()
  place = join(sotto.folder, "run")
  mkdirSync(place, { mode: 0o700 })
  sotto.env.XDG_RUNTIME_DIR = place
  await sotto.run(["set", "T", "-w", "acme", "--stdin"], { input: VALUE })
})
afterAll(() => sotto.close())

const left = (): string[] => {
  const folder = join(place, `sotto-${process.getuid?.()}`)
  return existsSync(folder) ? readdirSync(folder) : []
}

/** Through a shell, as people type it. */
const shell = (script: string, env: Record<string, string> = {}): SpawnSyncReturns<string> =>
  spawnSync("sh", ["-c", script.replaceAll("sotto ", `'${process.execPath}' '${sotto.main}' `)], { cwd: join(sotto.folder, "work"), env: { ...sotto.env, ...env }, encoding: "utf8" })

describe("sotto run", () => {
  it.each(["000", "077", "777"])("loom D1, D2: with umask %s a file of 600 holds the exact bytes, and is gone afterwards", (mask) => {
    const { stdout } = shell(`umask ${mask}; sotto run --file -e T=env://SRC -- sh -c 'stat -c %a "$T"; wc -c < "$T"; cat "$T"'`, { SRC: VALUE })
    expect(stdout).toBe("600\n14\n[REDACTED:SECRET_T]")
    expect(left()).toEqual([])
  })

  it("loom D4: a variable holds the value", () => {
    expect(shell(`sotto run -e T=sotto://acme/T -- sh -c 'test "$T" = ${VALUE} && echo same'`).stdout).toBe("same\n")
  })

  it("loom C1, C2, C3: what is set arrives, what is missing stops the command before it starts, what may be missing is unset", () => {
    expect(shell("sotto run -e T=env://X -- sh -c 'echo started'", { X: "value-of-x" })).toMatchObject({ status: 0, stdout: "started\n" })
    const missing = shell("sotto run -e T=env://X -- sh -c 'echo started'")
    expect([missing.status, missing.stdout]).toEqual([125, ""])
    expect(missing.stderr).toContain("no value for T (env: unset)")
    const optional = shell(`sotto run -e 'T?=env://X' -- sh -c 'echo "\${T+set}"'`, { T: "old" })
    expect([optional.status, optional.stdout]).toEqual([0, "\n"])
  })

  it("loom C18, C19, C20: a debug trace stops what would stand in the environment, before anybody is asked, and not what stands in files", () => {
    for (const name of ["CI_DEBUG_TRACE", "LOOM_DEBUG_TRACE"])
      expect(shell("sotto run -e T=vault://nobody -- true", { [name]: "true" }).stderr).toContain("would stand in the environment")
    expect(shell(`sotto run --file -e T=env://X -- sh -xc 'cat "$T"'`, { CI_DEBUG_TRACE: "true", X: VALUE })).toMatchObject({ status: 0, stdout: "[REDACTED:SECRET_T]" })
  })

  it("loom D5: no file is left after success, failure, or a signal, and the signal is passed on", async () => {
    for (const end of ["exit 0", "exit 3", "kill -TERM $$"]) shell(`sotto run --file -e T=env://X -- sh -c '${end}'`, { X: VALUE })
    expect(left()).toEqual([])
    for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
      const child = sotto.start(["run", "--file", "-e", "T=env://X", "--", "sh", "-c", "echo ready; exec sleep 60"], { env: { X: VALUE } })
      await once(child.stdout as NodeJS.ReadableStream, "data")
      expect(left().length).toBe(1)
      child.kill(signal)
      expect(await once(child, "exit")).toEqual([code, null])
      expect(left()).toEqual([])
    }
  })

  it("loom C16: on a disk that is full the command is not started, and no part of a value is left", () => {
    // a limit on the size of files stands in for a full disk: the write fails in the same place
    const ran = shell("ulimit -f 1; trap '' XFSZ; sotto run --file -e A=env://SMALL -e T=env://BIG -- sh -c 'echo started'", { BIG: "x".repeat(5_000), SMALL: VALUE })
    expect([ran.status, ran.stdout, left()]).toEqual([125, "", []])
    expect(ran.stderr).toContain("the files could not be written: EFBIG")
  })

  it("what a kill -9 leaves behind, the next start removes", async () => {
    const child = sotto.start(["run", "--file", "-e", "T=env://X", "--", "sh", "-c", "echo $$; exec sleep 60"], { env: { X: VALUE } })
    const [pid] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer]
    const ended = once(child, "exit")
    child.kill("SIGKILL")
    await ended
    process.kill(Number(pid.toString()), "SIGKILL")
    expect(left().length).toBe(1)
    shell("sotto run -e T=env://X -- true", { X: VALUE })
    expect(left()).toEqual([])
  })

  it("loom D10, D12: source, tokens and keys are not in the child's environment, and a file's value in none", () => {
    const { stdout } = shell("sotto run --file -e T=env://SRC -- sh -c 'env; cat /proc/self/environ'", { SRC: VALUE, SOTTO_TOKEN: "sotto_p_canary", SOTTO_KEYS_PASSPHRASE: "canary" })
    expect(stdout).not.toMatch(/canary|SRC=|REDACTED/)
  })

  it("loom E1, E2: what is printed is masked on both streams, also encoded", () => {
    const { stdout, stderr, status } = shell(`sotto run -e T=sotto://acme/T -- sh -c 'echo $T; printf $T | base64; printf $T | od -An -tx1 | tr -d " \\n"; echo "$T" >&2; exit 9'`)
    expect([stdout, stderr, status]).toEqual(["[REDACTED:SECRET_T]\n[REDACTED:SECRET_T]\n[REDACTED:SECRET_T]", "[REDACTED:SECRET_T]\n", 9])
  })

  it("standard input passes as it is", () => {
    expect(shell("printf 'a\\000b' | sotto run -e T=sotto://acme/T -- od -An -tx1").stdout).toBe(" 61 00 62\n")
  })

  it("ends when nobody reads any more", () => {
    expect(shell("sotto run -e T=sotto://acme/T -- yes | head -1").stdout).toBe("y\n")
  })

  it("says as a shell does that a command is not there", () => {
    mkdirSync(join(sotto.folder, "work", "d"), { recursive: true })
    writeFileSync(join(sotto.folder, "work", "d", "plain"), "")
    expect([shell("sotto run -- nobody").status, shell("sotto run -- ./d/plain").status]).toEqual([127, 126])
  })

  it("passes options behind -- to the command, also those that it has itself", () => {
    expect(shell("sotto run -e T=sotto://acme/T -- echo --file -e A=b --json -- x").stdout).toBe("--file -e A=b --json -- x\n")
  })

  it("refuses a value in the place of a reference, and does not repeat it", () => {
    const { status, stderr } = shell("sotto run -e T=CANARY -- true")
    expect([status, stderr.includes("CANARY")]).toEqual([125, false])
    expect(stderr).toContain("a value on the command line is refused")
  })

  it("--all takes every secret that can be a variable, and names the others", async () => {
    await sotto.run(["set", "not-a-variable", "-w", "all", "--stdin"], { input: "x" })
    await sotto.run(["set", "ONE", "-w", "all", "--stdin"], { input: VALUE })
    const { stdout, stderr } = shell("sotto run --all -w all -- sh -c 'echo $ONE'")
    expect([stdout, stderr]).toEqual(["[REDACTED:SECRET_ONE]\n", "sotto: left out, because no variable can be called so: not-a-variable\n"])
  })

  it("--no-redact is explicit, says so, and leaves an event without a value", async () => {
    const { stdout, stderr } = shell("sotto run -w acme --no-redact -e T=sotto://acme/T -- sh -c 'echo $T'")
    expect([stdout, stderr]).toEqual([`${VALUE}\n`, "sotto: what the command prints is not masked.\n"])
    expect(shell("sotto run -w acme --no-redact -e T=sotto://acme/T -- sh -c 'echo $T'", { CLAUDECODE: "1" })).toMatchObject({ status: 125, stdout: "" })
    const events = JSON.stringify(await sotto.json(["events", "-w", "acme"]))
    expect([events.includes("run_unredacted"), events.includes(VALUE)]).toEqual([true, false])
  })

  it("through a server: the same, and the read is in the server's log", async () => {
    const { client, child } = await sotto.serve()
    expect(shell("sotto run -e T=sotto://acme/T -- sh -c 'echo $T ${SOTTO_TOKEN-none}'", client).stdout).toBe("[REDACTED:SECRET_T] none\n")
    const ended = once(child, "exit")
    child.kill("SIGTERM")
    await ended
    const events = await sotto.json<{ type: string; name?: string }[] | { events: { type: string }[] }>(["events", "-w", "acme"])
    expect(JSON.stringify(events)).toContain('"read"')
  })

  it("a project's file resolves nothing before it is trusted, and a change asks again", () => {
    const file = join(sotto.folder, "work", ".sotto", "env")
    mkdirSync(join(sotto.folder, "work", ".sotto"), { recursive: true })
    writeFileSync(file, "T=sotto://acme/T\n")
    const run = "sotto run -- sh -c 'echo $T'"
    expect(shell(run)).toMatchObject({ status: 125, stdout: "" })
    expect(shell("sotto trust").stderr).toContain("nobody can be asked here")
    expect(shell("sotto trust --yes").status).toBe(0)
    expect(shell(run).stdout).toBe("[REDACTED:SECRET_T]\n")
    writeFileSync(file, "T=sotto://acme/T\nU=env://HOME\n")
    expect(shell(run)).toMatchObject({ status: 125, stdout: "" })
    expect(shell(run, { SOTTO_TRUST: "1" }).stdout).toBe("[REDACTED:SECRET_T]\n")
    expect(shell(run, { SOTTO_TRUST: "1", SOTTO_ALLOW: "sotto://acme/*" }).stderr).toContain("allows the references of U")
    writeFileSync(file, "")
  })
})

describe("a command with a bundle of its own", () => {
  const get = (args: string, env: Record<string, string> = {}) => shell(`sotto ${args}`.replaceAll(sotto.main, sotto.main), env)
  const hot = (args: string, env: Record<string, string> = {}): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, [join(sotto.main, "..", "get.js"), ...args.split(" ")], { cwd: join(sotto.folder, "work"), env: { ...sotto.env, ...env }, encoding: "utf8" })

  it.each(["get T -w acme", "get T -w acme --json", "get nobody -w acme", "get", "get T --nonsense", "get --help", "get T -w acme --version 1"])(
    "answers as the whole one does: sotto %s",
    (args) => {
      const [whole, own] = [get(args), hot(args)]
      expect([own.status, own.stdout, own.stderr]).toEqual([whole.status, whole.stdout, whole.stderr])
    },
  )

  it("starts over in the whole one for what it lacks: a server, a sealed ring", async () => {
    const { client, child } = await sotto.serve()
    expect(hot("get T -w acme", client).stdout).toBe(VALUE)
    const ended = once(child, "exit")
    child.kill("SIGTERM")
    await ended
  })
})
