import { spawn, spawnSync, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { createServer, type AddressInfo } from "node:net"
import { join } from "node:path"
import { bundleCommandLine } from "../scripts/bundle-command-line.ts"
import { withFolder } from "./bench-store.ts"
import { median, medianRatio } from "./measure.ts"
import { ratioAtMost, sottoAtMost, type BenchRow } from "./row.ts"

const ROOT = join(import.meta.dirname, "..")
const BIN = join(ROOT, "bin/sotto.js")
const ROUNDS = 41
const SERVER_ROUNDS = 11

/** What no command line over this database can do without: the two packages, one read, one durable write. */
const FLOOR = `
  const crypto = require("node:crypto"), Database = require(${JSON.stringify(createRequire(import.meta.url).resolve("better-sqlite3"))})
  const database = new Database(process.env.HOME + "/.sotto/sotto.db")
  database.pragma("synchronous = FULL")
  crypto.hkdfSync("sha256", Buffer.alloc(32), Buffer.alloc(0), "label", 32)
  crypto.createCipheriv("aes-256-gcm", crypto.createSecretKey(Buffer.alloc(32)), Buffer.alloc(12)).final()
  database.prepare("SELECT * FROM secrets s JOIN versions v ON v.secret_id = s.id WHERE s.name = ?").get("A")
  database.prepare("INSERT INTO leases VALUES ('floor', 'x', 1) ON CONFLICT DO UPDATE SET expires_at = expires_at + 1").run()
  database.close(); process.exit(0)`

/** Whole processes, the sides in turns within each round: `sotto get` and others beside `node -e 0`, and the server's cold start. */
export const runStartBench = (): Promise<BenchRow[]> =>
  withFolder(async (home) => {
    await bundleCommandLine(ROOT)
    const env = { PATH: process.env.PATH, HOME: home }
    const time = (args: readonly string[]): number => {
      const begun = performance.now()
      const { status } = spawnSync(process.execPath, args, { env, cwd: home, stdio: "ignore" })
      if (status !== 0) throw new Error(`a measured process ended with ${status}`)
      return performance.now() - begun
    }
    time([BIN, "set", "A", "--generate"])
    const sides = [["-e", "0"], ["-e", FLOOR], [BIN, "version"], [BIN, "list"], [BIN, "get", "A"]] as const
    for (const side of sides) time(side) // fills the compile cache, as the first run of each command does
    const times: number[][] = sides.map(() => [])
    for (let round = 0; round < ROUNDS; round++)
      for (let i = 0; i < sides.length; i++) (times[(round + i) % sides.length] as number[]).push(time(sides[(round + i) % sides.length] as readonly string[]))
    const [node = [], floor = [], version = [], list = [], get = []] = times
    const row = (operation: string, own: number[], other: number[], against: string): BenchRow => ({
      operation, size: `${ROUNDS} starts`, unit: "ms", sotto: median(own), other: median(other), against, ratio: medianRatio(own, other),
    })
    return [
      { ...row("sotto get", get, node, "node -e 0"), limit: ratioAtMost(2) },
      row("sotto get", get, floor, "the same read and write, bare"),
      row("sotto list", list, node, "node -e 0"),
      row("sotto version", version, node, "node -e 0"),
      await serverRow(env),
    ]
  })

/** From the start of the built server's process to its first answer on /healthz. */
const serverRow = async (env: NodeJS.ProcessEnv): Promise<BenchRow> => {
  const times: number[] = []
  for (let round = 0; round < SERVER_ROUNDS; round++) {
    const port = await freePort()
    const begun = performance.now()
    const child = spawn(process.execPath, [BIN, "serve"], { env: { ...env, SOTTO_PORT: String(port), SOTTO_LOG_LEVEL: "silent" }, stdio: "ignore" })
    await firstAnswer(`http://127.0.0.1:${port}/healthz`, child)
    times.push(performance.now() - begun)
    const ended = once(child, "exit")
    child.kill("SIGTERM")
    await ended
  }
  const coldMs = median(times)
  return { operation: "server, cold start", size: `${SERVER_ROUNDS} starts`, unit: "ms", sotto: coldMs, other: 500, against: "500 ms", ratio: coldMs / 500, limit: sottoAtMost(500) }
}

const firstAnswer = async (url: string, child: ChildProcess): Promise<void> => {
  while (child.exitCode === null) {
    const answer = await fetch(url).catch(() => null)
    if (answer?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error(`the server ended with ${child.exitCode}`)
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
