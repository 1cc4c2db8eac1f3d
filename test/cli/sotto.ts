import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buffer } from "node:stream/consumers"
import { bundleCommandLine } from "../../scripts/bundle-command-line.ts"
import { ROOT } from "../architecture/manifest.ts"

export interface Ran {
  stdout: string
  stderr: string
  /** null for a process that a signal ended. */
  code: number | null
}

interface RunOptions {
  input?: string | Uint8Array
  env?: Record<string, string>
}

/** The built command line in a home of its own. Nothing of the environment that runs the tests gets through. */
export interface Sotto {
  folder: string
  main: string
  env: Record<string, string>
  run(args: readonly string[], options?: RunOptions): Promise<Ran>
  /** The data of a command that has to succeed, with --json. */
  json<T>(args: readonly string[], options?: RunOptions): Promise<T>
  start(args: readonly string[], options?: RunOptions): ChildProcess
  /** A server on a free port, and the environment of a client of it with every permission. */
  serve(env?: Record<string, string>): Promise<{ url: string; listening: string; client: Record<string, string>; child: ChildProcess }>
  /** Ends what still runs and removes everything. */
  close(): Promise<void>
}

export const ADMIN_TOKEN = "an-operators-token-of-more-than-32-characters"

export const openSotto = async (): Promise<Sotto> => {
  const folder = await mkdtemp(join(tmpdir(), "sotto-cli-"))
  const bundle = await mkdtemp(join(ROOT, "node_modules", ".sotto-cli-")) // packages are found from here
  await bundleCommandLine(ROOT, bundle)
  await mkdir(join(folder, "work"))
  const main = join(bundle, "main.js")
  const env = { PATH: process.env.PATH ?? "", HOME: join(folder, "home"), LANG: "C.UTF-8" }
  const running = new Set<ChildProcess>()

  const start: Sotto["start"] = (args, { input, env: more = {} } = {}) => {
    const child = spawn(process.execPath, [main, ...args], { cwd: join(folder, "work"), env: { ...env, ...more } })
    running.add(child)
    child.once("exit", () => running.delete(child))
    child.stdin.on("error", () => undefined) // a command that refuses does not read
    child.stdin.end(input)
    return child
  }
  const run: Sotto["run"] = async (args, options) => {
    const child = start(args, options)
    const [stdout, stderr, [code]] = await Promise.all([readAll(child.stdout), readAll(child.stderr), once(child, "exit")])
    return { stdout, stderr, code: code as number | null }
  }
  return {
    folder,
    main,
    env,
    run,
    start,
    json: async <T>(args: readonly string[], options?: RunOptions) => {
      const { stdout, stderr, code } = await run([...args, "--json"], options)
      if (code !== 0) throw new Error(`sotto ${args[0]} ended with ${code}: ${stderr}`)
      return JSON.parse(stdout) as T
    },
    serve: async (more = {}) => {
      const child = start(["serve", "--json"], { env: { SOTTO_PORT: "0", SOTTO_ADMIN_TOKEN: ADMIN_TOKEN, SOTTO_RATE_LIMIT: "off", ...more } })
      const printed: Buffer[] = []
      child.stderr?.on("data", (chunk: Buffer) => printed.push(chunk))
      const { url, listening } = await new Promise<{ url: string; listening: string }>((resolve, reject) => {
        let said = ""
        child.stdout?.on("data", (chunk: Buffer) => {
          said += chunk.toString()
          if (said.trimEnd().endsWith("}")) resolve(JSON.parse(said) as { url: string; listening: string })
        })
        child.once("exit", () => reject(new Error(Buffer.concat(printed).toString())))
      })
      return { url, listening, child, client: { SOTTO_URL: url, SOTTO_TOKEN: ADMIN_TOKEN } }
    },
    close: async () => {
      for (const child of running) {
        const ended = once(child, "exit")
        child.kill("SIGKILL")
        await ended
      }
      await Promise.all([folder, bundle].map((each) => rm(each, { recursive: true, force: true })))
    },
  }
}

/** Exactly: a byte order mark is a character. */
const readAll = async (stream: NodeJS.ReadableStream | null): Promise<string> => (stream === null ? "" : (await buffer(stream)).toString("utf8"))
