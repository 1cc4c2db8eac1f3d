import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough, type Writable } from "node:stream"
import { buffer } from "node:stream/consumers"
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest"
import { Redacted } from "../base/redacted.ts"
import type { ResolvedSecret } from "../core/references/secret-spec.ts"
import { createRedactor } from "../redact/create-redactor.ts"
import { childEnvironment } from "./child-environment.ts"
import { exitCodeOf, type ChildOrder } from "./child.ts"
import { findCommand } from "./find-command.ts"
import { injectSecrets } from "./inject-secrets.ts"
import { isSurelyGone, parseOwner, thisProcess } from "./owner.ts"
import { runWithPipes } from "./run-with-pipes.ts"
import { makeSecretFolder, sweepLeftovers } from "./secret-folder.ts"
import { assertTrusted, digestOf, isTrusted, listTrust, recordTrust, revokeTrust } from "./trust.ts"

const VALUE = "s3cr3t-VALUE-9"
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const secret = (name: string, value: string | Uint8Array, file = true): ResolvedSecret => ({
  name, scheme: "env", file, value: new Redacted(typeof value === "string" ? bytes(value) : value, name),
})

let room = ""
let env: Record<string, string> = {}
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), "sotto-runner-"))
  env = { XDG_RUNTIME_DIR: room, SOTTO_HOME: join(room, "home") }
})
afterEach(() => rmSync(room, { recursive: true, force: true }))
const place = (): string => join(room, `sotto-${process.getuid?.()}`)

describe("injection", () => {
  it("a file of 0600 in a folder of 0700, gone afterwards; removing it twice is no mistake", () => {
    const injection = injectSecrets([secret("T", VALUE)], env)
    const path = injection.env.T as string
    expect([statSync(path).mode & 0o777, statSync(join(path, "..")).mode & 0o777]).toEqual([0o600, 0o700])
    injection.remove()
    injection.remove()
    expect(existsSync(path)).toBe(false)
  })

  it("loom D3: every byte arrives as it is", () => {
    for (const value of [bytes("line\n"), bytes("no line"), Uint8Array.of(0, 1, 255, 13, 10), new Uint8Array(100 * 1024).map((_, i) => (i * 7919) % 256)]) {
      const injection = injectSecrets([secret("T", value)], env)
      expect(readFileSync(injection.env.T as string)).toEqual(Buffer.from(value))
      injection.remove()
    }
  })

  it("loom D4: a variable holds the value where that is asked for, and what is no text is refused", () => {
    expect(injectSecrets([secret("T", "wörd\ufeff\n", false)], env).env).toEqual({ T: "wörd\ufeff\n" })
    expect(() => injectSecrets([secret("T", Uint8Array.of(255, 254), false)], env)).toThrow(/T is no text/)
  })

  it("loom C16: all or nothing: what fails leaves no file", () => {
    expect(() => injectSecrets([secret("A", VALUE), secret("no/such/folder/B", VALUE)], env)).toThrow(/could not be written: ENOENT/)
    expect(readdirSync(place())).toEqual([])
  })

  it("loom D6: lies in memory where there is such a place, in no folder that others could have made", () => {
    mkdirSync(place(), { mode: 0o777 })
    chmodSync(place(), 0o777)
    const injection = injectSecrets([secret("T", VALUE)], env)
    expect(injection.folder?.startsWith(room)).toBe(false)
    injection.remove()
  })
})

describe("the sweep of what killed processes left", () => {
  it("takes a folder whose owner is gone, and none whose owner lives", async () => {
    const child = spawn("sleep", ["60"])
    const mine = makeSecretFolder(env)
    const theirs = makeSecretFolder(env)
    writeFileSync(join(theirs, ".owner"), JSON.stringify({ ...thisProcess(), pid: child.pid, startTime: null }))
    expect(sweepLeftovers(env)).toBe(0)
    const ended = once(child, "exit")
    child.kill("SIGKILL")
    await ended
    expect(sweepLeftovers(env)).toBe(1)
    expect([existsSync(mine), existsSync(theirs)]).toEqual([true, false])
    rmSync(mine, { recursive: true })
  })

  it("knows a process by its start, so that another of the same number does not protect a folder", () => {
    const me = thisProcess()
    expect(isSurelyGone(me)).toBe(false)
    expect(isSurelyGone({ ...me, startTime: "1" })).toBe(true)
    expect(isSurelyGone({ ...me, bootId: "another start of the machine" })).toBe(true)
    expect(isSurelyGone({ ...me, pidNamespace: "pid:[1]", pid: 999_999 })).toBe(false)
  })

  it("touches nothing that is not surely ours: links, open folders, notes that mean nothing", () => {
    const target = mkdtempSync(join(tmpdir(), "sotto-target-"))
    writeFileSync(join(target, ".owner"), JSON.stringify({ ...thisProcess(), startTime: "1" }))
    makeSecretFolder(env)
    symlinkSync(target, join(place(), "run-link"))
    mkdirSync(join(place(), "run-open"))
    chmodSync(join(place(), "run-open"), 0o755)
    writeFileSync(join(place(), "run-open/.owner"), JSON.stringify({ ...thisProcess(), startTime: "1" }))
    mkdirSync(join(place(), "run-other"), { mode: 0o700 })
    writeFileSync(join(place(), "run-other/.owner"), '{"pid":-1}')
    expect(sweepLeftovers(env)).toBe(0)
    expect(existsSync(join(target, ".owner"))).toBe(true)
    rmSync(target, { recursive: true })
    expect(parseOwner("null")).toBeNull()
  })
})

describe("the environment of a child", () => {
  it("loom D10, D11, D12: has what was injected, and neither what is ours, nor sources, nor an old variable in the place of a missing one", () => {
    const parent = {
      PATH: "/bin", SRC: VALUE, T: "old", SOTTO_TOKEN: "x", SOTTO_KEYS: "x", OP_SERVICE_ACCOUNT_TOKEN: "x", SOTTO_KEEPASS_DB_A_PASSWORD_ENV: "MP",
      LOOM_KEEPASS_DB_A_PATH: "x", MP: "master", SOTTO_URL: "http://127.0.0.1", SOTTO_BOX_FILE: "/box", SOTTO_BOX_CODE: "x", SOTTO_BOX_PASSPHRASE: "x",
    }
    const guarded = [{ name: "SRC", isSecret: false }, { name: "MP", isSecret: true }]
    expect(childEnvironment(parent, { injected: { A: "/run/A" }, guarded, unset: ["T"] })).toEqual({ PATH: "/bin", A: "/run/A", SOTTO_URL: "http://127.0.0.1" })
    expect(childEnvironment(parent, { injected: { SRC: "new" }, guarded, unset: [] }).SRC).toBe("new")
  })
})

describe("the command", () => {
  it("is looked for as a shell does", () => {
    expect(findCommand("sh", { PATH: "/usr/bin:/bin" })).toMatch(/\/sh$/)
    writeFileSync(join(room, "plain"), "")
    const exitCodeFor = (command: string): unknown => {
      try {
        return findCommand(command, { PATH: room })
      } catch (error) {
        return (error as { details: { exitCode: number } }).details.exitCode
      }
    }
    expect([exitCodeFor("nobody"), exitCodeFor("plain"), exitCodeFor(join(room, "plain")), exitCodeFor(room)]).toEqual([127, 126, 126, 127])
  })
})

/** A zombie has ended; it waits for whoever reaps it. */
const isRunning = (pid: number): boolean => {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" })
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z")
}

describe("running with pipes", () => {
  const order = (script: string): ChildOrder => ({ file: "/bin/sh", args: ["-c", script], env: { PATH: process.env.PATH ?? "", T: VALUE }, cwd: room })
  const redactor = createRedactor([{ name: "T", value: VALUE }])
  afterAll(() => redactor.dispose())
  const run = async (script: string, more: { signal?: AbortSignal; stdout?: Writable } = {}) => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const read = Promise.all([buffer(stdout), buffer(stderr)])
    const end = await runWithPipes({
      order: order(script), openFilter: () => redactor.filter(), outputs: { stdout: more.stdout ?? stdout, stderr }, stdin: "ignore",
      ...(more.signal && { signal: more.signal }),
    })
    stdout.end()
    stderr.end()
    const [out, err] = await read
    return { end, out: out.toString(), err: err.toString() }
  }

  it("loom E1, E2: masks standard output and standard error, and passes the exit code on", async () => {
    const { end, out, err } = await run('echo "out $T"; echo "err $T" >&2; exit 7')
    expect([end, out, err]).toEqual([{ exitCode: 7, signal: null }, "out [REDACTED:SECRET_T]\n", "err [REDACTED:SECRET_T]\n"])
  })

  it("loom E3: masks a value that comes in pieces, with pauses between them", async () => {
    const { out } = await run('printf s3cr; sleep 0.2; printf 3t-VAL; sleep 0.2; printf "UE-9."')
    expect(out).toBe("[REDACTED:SECRET_T].")
  })

  it("a part of a value that a killed command leaves behind is masked", async () => {
    const { end, out } = await run("printf 's3cr3t-VAL'; kill -9 $$")
    expect([end.signal, exitCodeOf(end, { SIGKILL: 9 }), out]).toEqual(["SIGKILL", 137, "[REDACTED:SECRET_T]"])
  })

  it("100 MB on one line pass in bounded memory", async () => {
    let total = 0
    const sink = new PassThrough()
    sink.on("data", (chunk: Buffer) => (total += chunk.length))
    const before = process.memoryUsage().rss
    await run("head -c 100000000 /dev/zero | tr '\\0' a", { stdout: sink })
    expect(total).toBe(100_000_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6)
  })

  it("a command that ignores SIGTERM is ended all the same, with what it started", async () => {
    const stop = new AbortController()
    const stdout = new PassThrough()
    let printed = ""
    stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString()
      stop.abort()
    })
    const { end } = await run("trap '' TERM; sleep 60 & echo $!; wait; sleep 60", { signal: stop.signal, stdout })
    expect(end.signal).toBe("SIGKILL")
    expect(isRunning(Number(printed))).toBe(false)
  })

  it("does not wait for what a command leaves running in the background", async () => {
    const { end, out } = await run("sleep 30 & echo $!")
    expect(end.exitCode).toBe(0)
    process.kill(Number(out.trim()), "SIGKILL")
  })
})

describe("trust", () => {
  const write = (text: string): { path: string; bytes: Uint8Array } => {
    const path = join(room, "env")
    writeFileSync(path, text)
    return { path, bytes: bytes(text) }
  }

  it("holds for exactly the bytes that were looked at, and ends when it is revoked", () => {
    const file = write("A=env://X\n")
    expect(() => assertTrusted(env, [file])).toThrow(/nobody has trusted it/)
    recordTrust(env, [file], 1)
    assertTrusted(env, [file])
    expect(isTrusted(env, [write("A=env://Y\n")])).toBe(false)
    expect(listTrust(env)).toEqual([{ path: file.path, sha256: digestOf([file]), trustedAt: 1 }])
    expect(statSync(join(env.SOTTO_HOME as string, "trust")).mode & 0o777).toBe(0o700)
    expect([revokeTrust(env, file.path), revokeTrust(env, file.path), isTrusted(env, [file])]).toEqual([true, false, false])
  })

  it("is one of the file with all that it includes", () => {
    const file = write("A=env://X\n")
    const included = { path: join(room, "included"), bytes: bytes("x") }
    writeFileSync(included.path, "x")
    recordTrust(env, [file, included], 1)
    expect(isTrusted(env, [file, included])).toBe(true)
    expect(isTrusted(env, [file])).toBe(false)
    expect(isTrusted(env, [file, { ...included, bytes: bytes("y") }])).toBe(false)
  })

  it("SOTTO_TRUST stands in for the person", () => {
    expect(() => assertTrusted({ ...env, SOTTO_TRUST: "1" }, [write("A=env://X\n")])).not.toThrow()
    expect(() => assertTrusted({ ...env, SOTTO_TRUST: "0" }, [write("A=env://X\n")])).toThrow(/nobody/)
  })
})
