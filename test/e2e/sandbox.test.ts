import { execFileSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { freePort } from "../remote/open-sandbox.ts"
import { askApp, copyExample, daemonCommand, endApp, EXAMPLE, NOT_DELIVERED, signatureBy } from "./open-example.ts"
import { bundleProgram, openHost, type Host, type Program, type Running } from "./open-host.ts"

const SOON = { timeout: 30_000, interval: 100 }

let program: Program
beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(() => program.close())

/** The commands of a page's shell blocks, in order, with lines that are continued as one. */
const commandsOf = (page: string): string[] =>
  [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = ""]) => block.replaceAll(/\\\n\s*/g, "").trim().split("\n"))

describe("examples/sandbox", () => {
  let host: Host
  const ports = new Map<string, number>()
  beforeEach(async () => {
    for (const written of ["7766", "7767", "8080"]) ports.set(written, await freePort())
    host = openHost(program, { env: { SOTTO_PORT: String(ports.get("7766")) } })
    copyExample(host)
    execFileSync("git", ["init", "-q", host.work]) // as in a clone, where a daemon writes to nothing that git would take up
  })
  afterEach(async () => {
    endApp(host)
    await host.close()
  })

  it("is played as its README says, and the key is nowhere but where the app reads it", async () => {
    const said = new Map<string, string[]>()
    const keys: string[] = []
    const standing: { isSigned: boolean; places: string[] }[] = []
    /** Whether the app signs with the key of the store, and where that stands. */
    const look = async (): Promise<void> => {
      const key = await host.ok("sotto get SIGNING_KEY", { isValueAsked: true })
      keys.push(key)
      standing.push({ isSigned: (await askApp(host, ports.get("8080"))) === signatureBy(key), places: (await host.sweep(key)).toSorted() })
    }
    for (const line of commandsOf(readFileSync(join(EXAMPLE, "README.md"), "utf8"))) {
      const command = [...ports].reduce((text, [written, port]) => text.replaceAll(written, String(port)), line)
      if (/\bsotto (serve|daemon)\b/.test(command)) {
        await host.start(command).says(/runs at|Waiting for the store|Calling in to/)
        continue
      }
      said.set(line, [...(said.get(line) ?? []), await host.ok(command)])
      if (line === "sotto sync inner" || (line === "sotto sync sandbox" && keys.length < 2)) await look()
    }
    const [here, inner] = [`${join(host.work, "delivered/env")}: plain`, `${join(host.work, "inner/env")}: plain`]
    expect(standing).toEqual([{ isSigned: true, places: [here] }, { isSigned: true, places: [here] }, { isSigned: true, places: [here, inner] }])
    const [first, second, third, fourth] = said.get("curl -s http://127.0.0.1:8080/sign/hello") ?? []
    expect([first, second, third, fourth]).toEqual([signatureBy(keys[0] as string), signatureBy(keys[1] as string), NOT_DELIVERED, NOT_DELIVERED])
    expect(said.get("sotto env status sandbox")?.[0]).toMatch(/^sandbox: synced\n[^]*Delivered {5}SIGNING_KEY \(version 2\)\n/)
    expect(said.get("sotto env list")?.[0]).toMatch(/inner +synced +1 [^]*calls in\nsandbox +synced +1 /)
    expect(said.get("cut -d= -f1 inner/env")?.[0]).toContain("SIGNING_KEY\n")
    await expect.poll(() => host.ok("sotto env list --json"), SOON).toBe("[]\n") // the one that calls in is forgotten with its next call
    expect((await Promise.all(keys.map((key) => host.sweep(key)))).flat()).toEqual([])
  }, 180_000)
})

describe.each(["listens", "calls in"] as const)("a sandbox that %s, with real processes", (way) => {
  let store: Host
  let sandbox: Host
  let server: Running
  let daemon: Running
  let [serverPort, daemonPort, appPort] = [0, 0, 0]
  const canaries = Array.from({ length: 4 }, () => `sk_live_CANARY_${randomBytes(12).toString("hex")}`) as [string, string, string, string]
  const [one, two, three, four] = canaries

  const startServer = async (): Promise<void> => {
    server = store.start("sotto serve")
    await server.says(/runs at/)
  }
  const startDaemon = async (token?: string): Promise<void> => {
    const carriage = way === "listens" ? `--listen 127.0.0.1:${daemonPort}` : `--connect http://127.0.0.1:${serverPort}`
    daemon = sandbox.start(daemonCommand({ carriage, appPort }), token === undefined ? {} : { SOTTO_ENROLMENT: token })
    await daemon.says(/Waiting for the store|Calling in to/)
  }
  const set = (value: string): Promise<string> => store.ok("sotto set SIGNING_KEY --stdin", { input: value })
  const status = async (): Promise<{ state: string; error: string | null; delivered: { key: string; version: number }[] }> => JSON.parse(await store.ok("sotto env status sandbox --json"))
  const app = (): Promise<string> => askApp(sandbox, appPort)
  const found = async (): Promise<string[]> => (await Promise.all([store, sandbox].flatMap((host) => canaries.map((canary) => host.sweep(canary))))).flat()

  beforeAll(async () => {
    ;[serverPort, daemonPort, appPort] = [await freePort(), await freePort(), await freePort()]
    store = openHost(program, { env: { SOTTO_PORT: String(serverPort), SOTTO_LOG_LEVEL: "debug" } })
    sandbox = openHost(program)
    copyExample(sandbox)
    await startServer()
    await set(one)
    await store.ok(`sotto env add sandbox${way === "listens" ? ` --address http://127.0.0.1:${daemonPort}` : ""}`)
    await startDaemon((await store.ok("sotto env enroll sandbox")).trim())
    await store.ok("sotto policy allow SIGNING_KEY --sync sandbox")
  }, 120_000)
  afterAll(async () => {
    endApp(sandbox)
    await sandbox.close()
    await store.close()
  })

  it("agents 37: gets what changes by itself, and a sync says what it did", async () => {
    await expect.poll(app, SOON).toBe(signatureBy(one))
    await set(two)
    const answer = JSON.parse(await store.ok("sotto sync --json")) as { updated: string[]; unchanged: number }
    expect([answer.updated.length + answer.unchanged, await app()]).toEqual([1, signatureBy(two)])
    expect(await store.ok("sotto sync")).toBe("sandbox: nothing to do, 1 unchanged\n")
  }, 90_000)

  it("loses nothing to a kill -9 of the daemon between two deliveries, and catches up", async () => {
    await daemon.end("SIGKILL")
    expect(await app()).toBe(signatureBy(two)) // the app knows nothing of it
    await set(three)
    await expect.poll(status, SOON).toMatchObject(way === "listens" ? { state: "failing", error: "server_unreachable" } : { state: "pending", error: null })
    await startDaemon()
    await expect.poll(app, SOON).toBe(signatureBy(three))
    await expect.poll(status, SOON).toMatchObject({ state: "synced", delivered: [{ key: "SIGNING_KEY", version: 3 }] })
  }, 90_000)

  it("loses nothing to a kill -9 of the server between two deliveries, and catches up", async () => {
    await server.end("SIGKILL")
    await set(four)
    expect(await app()).toBe(signatureBy(three))
    await startServer()
    await expect.poll(app, SOON).toBe(signatureBy(four))
    await expect.poll(status, SOON).toMatchObject({ state: "synced", delivered: [{ key: "SIGNING_KEY", version: 4 }] })
  }, 90_000)

  it("agents 49: the value is in the delivered file and nowhere else on both machines, in no argument and no environment of a process", async () => {
    expect(await found()).toEqual([`${join(sandbox.work, "delivered/env")}: plain`])
    const appPid = readFileSync(join(sandbox.work, "delivered/app.pid"), "utf8").trim()
    const shown = [server.pid, daemon.pid, appPid].flatMap((pid) => ["cmdline", "environ"].map((name) => readFileSync(`/proc/${pid}/${name}`, "latin1")))
    expect(shown.filter((text) => canaries.some((canary) => text.includes(canary)))).toEqual([])
  })

  it("agents 38: a secret that is taken away is gone from the file and from the app, and then stands nowhere", async () => {
    await store.ok("sotto rm SIGNING_KEY")
    await expect.poll(app, SOON).toBe(NOT_DELIVERED)
    await expect.poll(status, SOON).toMatchObject({ state: "synced", delivered: [] })
    expect(await found()).toEqual([])
  }, 90_000)

  it("goes with its environment: what stands there is taken away first", async () => {
    await set(four)
    await store.ok("sotto policy allow SIGNING_KEY --sync sandbox")
    await expect.poll(app, SOON).toBe(signatureBy(four))
    expect((await store.shell("sotto env rm sandbox")).stderr).toBe("Removed sandbox\n") // seen to at once, also where it calls in
    await expect.poll(app, SOON).toBe(NOT_DELIVERED)
    await expect.poll(() => store.ok("sotto env list --json"), SOON).toBe("[]\n")
    await daemon.end()
    await server.end()
    expect(await found()).toEqual([])
  }, 90_000)
})
