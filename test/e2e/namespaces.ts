import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"

/** A network of its own: loopback, and what it is joined to. */
export interface Namespace {
  /** What stands in front of a command that is to run in it. */
  wrapper: readonly string[]
  pid: number
  close(): Promise<void>
}

/** Holds it open until its stdin ends: should the test be killed, the namespace and its links go with it. */
const HOLDER = ["--net", "--", "cat"]

/** null where this machine lets a test make and join namespaces, else why not. */
export const missingNamespaces = (): string | null => {
  if (process.platform !== "linux") return "network namespaces are a thing of Linux"
  if (process.getuid?.() !== 0) return "two namespaces that are joined need root" // in a user namespace root's folders are nobody's, and a daemon writes below none of those
  const found = ["unshare", "nsenter", "ip"].filter((program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0)
  if (found.length > 0) return `${found.join(", ")} is not installed`
  const tried = spawnSync("unshare", ["--net", "--", "ip", "link", "add", "sotto0", "type", "veth", "peer", "name", "sotto1"], { encoding: "utf8", timeout: 5_000 })
  return tried.status === 0 ? null : `no namespace can be made here: ${tried.stderr.trim()}`
}

const run = (command: readonly string[]): void => {
  const [program = "", ...args] = command
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8", timeout: 10_000 })
  if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr}`)
}

export const openNamespace = async (): Promise<Namespace> => {
  const child = spawn("unshare", HOLDER, { stdio: ["pipe", "pipe", "inherit"] })
  child.stdin.write("\n") // cat echoes it once it is there
  await once(child.stdout, "data")
  const pid = child.pid as number
  const wrapper = ["nsenter", "--target", String(pid), "--net", "--"]
  run([...wrapper, "ip", "link", "set", "lo", "up"])
  return {
    wrapper,
    pid,
    close: async () => {
      const ended = once(child, "exit")
      child.stdin.end()
      child.kill()
      await ended
    },
  }
}

interface End {
  namespace: Namespace
  device: string
  /** With the length of its network: `10.79.1.1/24`. */
  address: string
}

/** Joins two by a cable. */
export const joinNamespaces = (one: End, other: End): void => {
  run([...one.namespace.wrapper, "ip", "link", "add", one.device, "type", "veth", "peer", "name", other.device, "netns", String(other.namespace.pid)])
  for (const { namespace, device, address } of [one, other]) {
    run([...namespace.wrapper, "ip", "address", "add", address, "dev", device])
    run([...namespace.wrapper, "ip", "link", "set", device, "up"])
  }
}

/** Pulls the cable, or puts it back. */
export const setLink = ({ wrapper }: Namespace, device: string, state: "up" | "down"): void => run([...wrapper, "ip", "link", "set", device, state])
