import { execFile, spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises"
import { createServer, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

/** The README's first walk, its commands as they stand there, in a clean clone with a fresh HOME. */
const run = promisify(execFile)
const root = new URL("../..", import.meta.url).pathname

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** What git tracks or would track, and nothing that only this machine has. */
const cloneInto = async (folder: string): Promise<void> => {
  const { stdout } = await run("git", ["ls-files", "-co", "--exclude-standard", "-z"], { cwd: root, maxBuffer: 1e8 })
  for (const file of stdout.split("\0").filter(Boolean)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await cp(join(root, file), join(folder, file))
  }
}

/** The commands of the README's shell blocks under a heading, without their comments; a block each. */
const commandsUnder = (readme: string, heading: string): string[][] => {
  const section = readme.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? ""
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) =>
    block
      .trim()
      .split("\n")
      .map((line) => line.replace(/\s+#\s.*$/, "")),
  )
}

describe("the README's first walk, in a clean clone", () => {
  let folder: string
  let port: number
  let server: ChildProcess | undefined
  let env: NodeJS.ProcessEnv
  const variables = new Map<string, string>()

  const start = async (): Promise<void> => {
    const child = spawn("npm", ["start"], { cwd: join(folder, "clone"), env, detached: true, stdio: ["ignore", "pipe", "pipe"] })
    server = child
    let printed = ""
    const answer = once(child, "exit").then(() => Promise.reject(new Error(`npm start ended: ${printed}`)))
    answer.catch(() => undefined)
    const listening = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => {
          printed += chunk.toString()
          if (printed.includes(`http://127.0.0.1:${port}`)) resolve()
        })
    })
    await Promise.race([listening, answer])
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
  }
  const stop = async (): Promise<void> => {
    const child = server
    server = undefined
    if (child?.pid === undefined || child.exitCode !== null) return
    const ended = once(child, "exit")
    process.kill(-child.pid, "SIGINT") // as Ctrl-C does: the whole group
    await ended
  }
  /** What lines printed on stderr. */
  const remarks: string[] = []
  /** Runs one line as a shell would, keeping the variables that lines before it set. @returns what it printed on stdout */
  const shell = async (line: string): Promise<string> => {
    const command = line.replaceAll("127.0.0.1:7766", `127.0.0.1:${port}`)
    const assigned = /^([A-Z]+)=\$\((.*)\)$/.exec(command)
    const script = assigned?.[2] ?? command
    const { stdout, stderr } = await run("bash", ["-c", script], {
      cwd: join(folder, "clone"),
      env: { ...env, ...Object.fromEntries(variables) },
    })
    if (assigned?.[1] !== undefined) variables.set(assigned[1], stdout.trim())
    remarks.push(stderr)
    return stdout
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sotto-walk-"))
    port = await freePort()
    const npm = Object.entries(process.env).filter(([name]) => /^(npm_config_(?!.*(prefix|local))|NPM_CONFIG_|https?_proxy|no_proxy)/i.test(name))
    env = { PATH: process.env.PATH, HOME: join(folder, "home"), LANG: "C.UTF-8", SOTTO_PORT: String(port), ...Object.fromEntries(npm) }
    await mkdir(join(folder, "home"))
    await cloneInto(join(folder, "clone"))
    const userConfig = process.env.NPM_CONFIG_USERCONFIG ?? join(process.env.HOME ?? "", ".npmrc")
    await cp(userConfig, join(folder, "home", ".npmrc")).catch(() => undefined)
    await run("npm", ["ci", "--prefer-offline", "--cache", join(process.env.HOME ?? "", ".npm")], { cwd: join(folder, "clone"), env, maxBuffer: 1e8 })
  }, 300_000)
  afterAll(async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  })

  it("starts, signs in, stores, lists, reveals, rotates, restarts, backs up and restores", async () => {
    const [first, second = [], third = []] = commandsUnder(await readFile(join(root, "README.md"), "utf8"), "A first walk")
    expect(first).toEqual(["npm start"])
    await start()
    const outputs = new Map<string, string>()
    for (const line of second) outputs.set(line, await shell(line))
    const outputOf = (part: string): string => [...outputs].find(([line]) => line.includes(part))?.[1] ?? `no command with ${part}`

    const code = new URL(/http\S+/.exec(outputOf("open --print"))?.[0] ?? "none:").hash.slice(1).replace(/^\w+=/, "")
    const signedIn = await fetch(`http://127.0.0.1:${port}/api/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: `http://127.0.0.1:${port}` },
      body: JSON.stringify({ code }),
    })
    expect(signedIn.status).toBe(201)
    expect(outputOf("sotto list")).toContain("STRIPE_KEY")
    expect(JSON.parse(outputOf("default/secrets"))).toEqual([{ id: expect.any(String), key: "STRIPE_KEY", hasValue: true }])
    expect(JSON.parse(outputOf("/value"))).toMatchObject({ key: "STRIPE_KEY", value: "sk_live_51H", version: 1 })
    expect(outputOf("sotto events")).toMatch(/read/)
    expect(remarks.join("")).not.toContain("sk_live_51H")
    for (const [line, output] of outputs) expect(line.includes("/value") ? "" : output).not.toContain("sk_live_51H")

    await stop()
    await start()
    outputs.clear()
    for (const line of third) outputs.set(line, await shell(line))
    expect([...outputs].filter(([line]) => line.includes("get STRIPE_KEY")).map(([, output]) => output)).toEqual(["sk_live_51H", "sk_live_51H"])
    expect(await readFile(join(folder, "clone", "sotto.backup"), "utf8")).not.toContain("sk_live")
    expect(outputOf("doctor")).not.toMatch(/error/i)
  }, 300_000)
})
