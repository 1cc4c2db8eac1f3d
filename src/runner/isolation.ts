import { spawnSync } from "node:child_process"
import { SecretError } from "../base/errors.ts"

/** What stands in front of a command: all of it arguments, none of them a value. */
type Wrapper = readonly string[]

/** A user namespace as well: without it a command of root could go back into the machine's own network. */
const WITHOUT_NETWORK: readonly Wrapper[] = [
  ["unshare", "--user", "--map-current-user", "--net", "--"],
  ["bwrap", "--dev-bind", "/", "/", "--unshare-net", "--"],
]
const WITHOUT_CORE: Wrapper = ["prlimit", "--core=0:0", "--"]

const works = ([program = "", ...args]: Wrapper): boolean => spawnSync(program, [...args, "true"], { stdio: "ignore", timeout: 5_000 }).status === 0

export interface Isolation {
  /** @throws SecretError `not_supported` where this machine has no way to keep the network away */
  wrap(command: readonly string[], network: "none" | "host"): string[]
  warnings(): string[]
}

/** What this machine can do is tried out once. */
export const createIsolation = (): Isolation => {
  let network: Wrapper | null | undefined
  let core: Wrapper | null | undefined
  const withoutCore = (): Wrapper => (core ??= works(WITHOUT_CORE) ? WITHOUT_CORE : null) ?? []
  return {
    wrap: (command, wanted) => {
      if (wanted === "host") return [...withoutCore(), ...command]
      network ??= WITHOUT_NETWORK.find(works) ?? null
      if (network === null) throw noIsolation()
      return [...withoutCore(), ...network, ...command]
    },
    warnings: () => (core === null ? ["core dumps could not be switched off: prlimit is missing"] : []),
  }
}

const noIsolation = (): SecretError =>
  new SecretError("not_supported", "this machine cannot keep a command from the network: neither unshare nor bubblewrap can make a network namespace", {
    help: "Install bubblewrap or allow user namespaces; or let the policy say network: host.",
  })
