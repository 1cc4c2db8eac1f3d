import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseEnv } from "node:util"
import { parse } from "dotenv"
import { bringPackages } from "../debian-package.ts"

/** What a reader made of each file, or null where it refused it. */
export type Read = (Record<string, string> | null)[]

export interface RealReader {
  name: string
  /** A sentence where it cannot run here. */
  missing: string | null
  read(texts: readonly string[]): Read | Promise<Read>
}

export interface RealReaders {
  of: Record<"dotenv" | "parseEnv" | "node" | "docker" | "systemd" | "bash" | "dash", RealReader>
  close(): void
}

/** The programs themselves, of this machine or of its Debian packages, in a folder of their own. */
export const openRealReaders = (): RealReaders => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-env-files-"))
  const write = (texts: readonly string[]): string[] => {
    mkdirSync(folder, { recursive: true })
    return texts.map((text, index) => {
      const path = join(folder, `${index}.env`)
      writeFileSync(path, text)
      return path
    })
  }
  const shell = (program: string): RealReader => ({ name: program, missing: missingShell(program), read: (texts) => write(texts).map((path) => sourceFile(program, path, folder)) })
  const of = {
    dotenv: { name: "the package dotenv", missing: null, read: (texts: readonly string[]) => texts.map((text) => parse(text)) },
    parseEnv: { name: "util.parseEnv", missing: null, read: (texts: readonly string[]) => texts.map((text) => ({ ...parseEnv(text) }) as Record<string, string>) },
    node: { name: "node --env-file", missing: null, read: (texts: readonly string[]) => write(texts).map((path) => startNode(path)) },
    docker: { name: "docker --env-file", missing: bringPackages("docker", ["docker.io"]), read: (texts: readonly string[]) => createContainers(join(folder, "docker.sock"), write(texts)) },
    systemd: { name: "systemd's EnvironmentFile=", missing: missingSystemd(), read: (texts: readonly string[]) => loadEnvFiles(write(texts)) },
    bash: shell("bash"),
    dash: shell("dash"),
  }
  return { of, close: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Variables of an environment as `env -0` prints them. */
const variablesOf = (environment: string): Record<string, string> =>
  Object.fromEntries(environment.split("\0").filter((each) => each !== "").map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]))

/** A locale of UTF-8, where the machine has one: what apps have. */
const BARE = { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" }
const without = (variables: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(variables).filter(([name]) => !["PATH", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"].includes(name)))

const missingShell = (program: string): string | null => bringPackages(program, [program]) ?? (existsSync(`/bin/${program}`) ? null : `/bin/${program} is not there`)

/** In the folder that goes, and without programs: a file that is not what it should be may run and write something. */
const sourceFile = (program: string, path: string, cwd: string): Record<string, string> | null => {
  const env = { ...BARE, PATH: "/nowhere" }
  // With a socket for its input, bash takes itself for a remote shell and reads its start-up files.
  const { status, stdout, stderr } = spawnSync(`/bin/${program}`, ["-c", `set -a; . ${path}; exec /usr/bin/env -0`], { cwd, env, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] })
  return status === 0 && stderr === "" ? without(variablesOf(stdout)) : null
}

const startNode = (path: string): Record<string, string> | null => {
  const { status, stdout } = spawnSync(process.execPath, [`--env-file=${path}`, "-e", "process.stdout.write(JSON.stringify(process.env))"], { env: BARE, encoding: "utf8", maxBuffer: 1 << 28 })
  return status === 0 ? without(JSON.parse(stdout) as Record<string, string>) : null
}

const missingSystemd = (): string | null => {
  if (process.platform !== "linux") return "systemd is on Linux only"
  const python = existsSync("/usr/bin/python3") ? null : bringPackages("python3", ["python3"])
  if (python !== null) return python
  return systemdLibrary() === undefined ? (bringPackages("systemd-run", ["systemd"]) ?? (systemdLibrary() === undefined ? "libsystemd-shared is not there" : null)) : null
}

const systemdLibrary = (): string | undefined => globSync(["/usr/lib/*/systemd/libsystemd-shared-*.so", "/usr/lib/systemd/libsystemd-shared-*.so"]).at(-1)

/** The two functions through which `EnvironmentFile=` goes: the second drops what no environment takes. */
const LOAD = `
import ctypes, json, sys
library = ctypes.CDLL(sys.argv[1])
strings = ctypes.POINTER(ctypes.c_char_p)
library.strv_env_clean_with_callback.restype = strings
def load(path):
    found = strings()
    if library.load_env_file(None, path.encode(), ctypes.byref(found)) < 0: return None
    clean, variables, at = library.strv_env_clean_with_callback(found, None, None) if found else None, {}, 0
    while clean and clean[at] is not None:
        name, _, value = clean[at].decode().partition("=")
        variables[name], at = value, at + 1
    return variables
json.dump([load(path) for path in sys.argv[2:]], sys.stdout)
`

const loadEnvFiles = (paths: readonly string[]): Read => {
  const { status, stdout } = spawnSync("python3", ["-c", LOAD, systemdLibrary() ?? "", ...paths], { encoding: "utf8", maxBuffer: 1 << 28, env: { ...BARE, SYSTEMD_LOG_LEVEL: "emerg" } })
  if (status !== 0) throw new Error("systemd's library could not be asked")
  return JSON.parse(stdout) as Read
}

/** The Docker CLI tells a daemon the environment of the container that it is to create. This one listens, and declines. */
const createContainers = async (socket: string, paths: readonly string[]): Promise<Read> => {
  const told: string[] = []
  const daemon = listen(told)
  daemon.listen(socket)
  await once(daemon, "listening")
  try {
    const read: Read = []
    for (const path of paths) {
      told.length = 0
      const child = spawn("docker", ["--host", `unix://${socket}`, "create", "--env-file", path, "image"], { env: { ...BARE, PATH: process.env["PATH"] ?? "" }, stdio: "ignore" })
      await once(child, "exit")
      read.push(told[0] === undefined ? null : variablesOf((JSON.parse(told[0]) as { Env: string[] | null }).Env?.join("\0") ?? ""))
    }
    return read
  } finally {
    daemon.close()
  }
}

const listen = (told: string[]): Server =>
  createServer((request, response) => {
    const parts: Buffer[] = []
    request.on("data", (part: Buffer) => parts.push(part))
    request.on("end", () => {
      const isCreation = request.url?.includes("/containers/create") === true
      if (isCreation) told.push(Buffer.concat(parts).toString())
      response.writeHead(isCreation ? 400 : 200, { "content-type": "application/json", "api-version": "1.47", ostype: "linux" }).end(isCreation ? '{"message":"heard"}' : "OK")
    })
  })
