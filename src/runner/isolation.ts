import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { SecretError } from "../base/errors.ts"

/** What stands in front of a command: all of it arguments, none of them a value. */
type Wrapper = readonly string[]

/** A user namespace as well: without it a command of root could go back into the machine's own network. */
const WITHOUT_NETWORK: readonly Wrapper[] = [
  ["unshare", "--user", "--map-current-user", "--net", "--"],
  ["bwrap", "--die-with-parent", "--unshare-user", "--unshare-net", "--dev-bind", "/", "/", "--"],
]
/** core(5): a limit of 0 lets a dump go to a program that takes dumps; a limit of one byte, in the kernel, lets none. */
const WITHOUT_CORE: readonly Wrapper[] = [["prlimit", "--core=1:1", "--"], ["prlimit", "--core=0:0", "--"]]
/** So that a command does not outlive this process, not even by `kill -9`. */
const WITH_US: readonly Wrapper[] = [["setpriv", "--pdeathsig", "KILL", "--"]]

/** Not PATH: a folder of it may be one that an agent writes to, and these see the values. */
const SYSTEM_FOLDERS = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/run/current-system/sw/bin"]

export interface Isolation {
  /** @throws SecretError `not_supported` where this machine has no way to keep the network away */
  wrap(command: readonly string[], network: "none" | "host"): string[]
  warnings(): string[]
}

/** What this machine can do is tried out once. */
export const createIsolation = (folders: readonly string[] = SYSTEM_FOLDERS): Isolation => {
  const find = (wrappers: readonly Wrapper[]): (() => Wrapper | null) => {
    let found: Wrapper | null | undefined
    return () => {
      if (found === undefined) found = wrappers.map((wrapper) => located(wrapper, folders)).find(works) ?? null
      return found
    }
  }
  const [network, core, withUs] = [find(WITHOUT_NETWORK), find(WITHOUT_CORE), find(WITH_US)]
  return {
    wrap: (command, wanted) => [...(core() ?? []), ...(wanted === "none" ? (network() ?? refuse()) : []), ...(withUs() ?? []), ...command],
    warnings: () => (core() === null ? ["core dumps could not be switched off: prlimit is missing"] : []),
  }
}

/** Empty where the program is in none of the folders. */
const located = ([program = "", ...args]: Wrapper, folders: readonly string[]): Wrapper => {
  const path = folders.map((folder) => join(folder, program)).find((each) => existsSync(each))
  return path === undefined ? [] : [path, ...args]
}

const works = ([program, ...args]: Wrapper): boolean =>
  program !== undefined && spawnSync(program, [...args, "/bin/sh", "-c", ":"], { stdio: "ignore", timeout: 5_000, env: {} }).status === 0

const refuse = (): never => {
  throw new SecretError("not_supported", "this machine cannot keep a command from the network: neither unshare nor bubblewrap can make a network namespace", {
    help: "Install bubblewrap or allow user namespaces; or let the policy say network: host.",
  })
}
