import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parse } from "dotenv"
import type { StoreContext } from "../../src/core/context.ts"
import { enrollEnvironment } from "../../src/core/environments/enroll.ts"
import { SandboxHub } from "../../src/core/environments/hub.ts"
import { addEnvironment } from "../../src/core/environments/manage-environments.ts"
import { syncEnvironment, type SyncAnswer } from "../../src/core/environments/sync.ts"
import { allowUse } from "../../src/core/policy/set-policy.ts"
import type { SandboxCall, SandboxLink } from "../../src/core/ports/sandbox-link.ts"
import { PERMISSIONS } from "../../src/core/principal.ts"
import { put } from "../../src/core/put.ts"
import { createApplier, type Applier } from "../../src/remote/applier.ts"
import { openContact } from "../../src/remote/contact.ts"
import { createDaemon, type Daemon } from "../../src/remote/daemon.ts"
import { openIdentity } from "../../src/remote/daemon-identity.ts"
import type { DeliveryTarget } from "../../src/remote/delivery.ts"
import { createHttpLink } from "../../src/remote/http-link.ts"
import { listenAsDaemon, type ListeningDaemon } from "../../src/remote/listen.ts"
import type { RunProgram } from "../../src/remote/run-program.ts"
import { createCommandRunner } from "../../src/runner/run-for-agent.ts"
import { openTestContext, type TestContext } from "../open-test-context.ts"

/** Everything that passed between store and sandbox, in order. */
export interface Wire {
  calls: { path: SandboxCall["path"]; body: unknown; answer: unknown }[]
  /** Stands in the way of calls, where a test puts it there. */
  meddle: ((call: SandboxCall, pass: (call: SandboxCall) => Promise<unknown>) => Promise<unknown>) | null
}

export interface TestStore {
  store: TestContext
  /** A person who may do everything, with a way to sandboxes. */
  alice: StoreContext
  wire: Wire
  set(values: Record<string, string>, environment?: string): Promise<void>
  sync(name?: string, more?: object): Promise<SyncAnswer>
  close(): Promise<void>
}

export const openTestStore = async (database?: string, { timeoutMaxMs = 10_000 }: { timeoutMaxMs?: number } = {}): Promise<TestStore> => {
  const store = await openTestContext(database)
  const wire: Wire = { calls: [], meddle: null }
  const http = createHttpLink({ timeoutMaxMs })
  const pass = async (call: SandboxCall): Promise<unknown> => {
    const answer = await http.call(call)
    wire.calls.push({ path: call.path, body: call.body, answer })
    return answer
  }
  const link: SandboxLink = { call: (call) => (wire.meddle === null ? pass(call) : wire.meddle(call, pass)) }
  const alice: StoreContext = {
    ...store.ctx,
    sandboxes: { link, hub: new SandboxHub() },
    actor: { principal: { kind: "person", id: "alice", name: "Alice" }, grants: [{ pattern: "*", permissions: PERMISSIONS }] },
  }
  return {
    store,
    alice,
    wire,
    set: async (values, environment = "sandbox") => {
      for (const [name, value] of Object.entries(values)) {
        await put(alice, { name, value })
        await allowUse(alice, { name, sync: environment })
      }
    },
    sync: (name = "sandbox", more = {}) => syncEnvironment(alice, { name, ...more }),
    close: () => store.close(),
  }
}

export interface TestSandbox {
  file: string
  folder: string
  stateFolder: string
  address: string
  daemon: Daemon
  applier: Applier
  /** How often its app was restarted. */
  restarts: string[]
  /** What its app reads now. */
  variables(): Record<string, string>
  text(): string
  /** Ends the daemon and starts it anew over what it kept, at the same address. */
  restart(): Promise<void>
  close(): Promise<void>
}

export interface SandboxOptions {
  target?: Partial<DeliveryTarget>
  leaseMs?: number | null
  token?: string | null
  clock: () => number
  hasRestart?: boolean
  run?: RunProgram
  /** 0 takes a free one. */
  port?: number
}

/** A daemon in this process, with real files and a real socket, whose app is a list of restarts unless a test brings one. */
export const openTestSandbox = async (options: SandboxOptions): Promise<TestSandbox> => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-sandbox-"))
  const stateFolder = join(folder, "state")
  mkdirSync(join(folder, "app"), { mode: 0o700 })
  const restarts: string[] = []
  const target: DeliveryTarget = {
    format: "dotenv",
    mode: "file",
    path: join(folder, "app", "env"),
    ...(options.hasRestart !== false && { restart: { command: ["/bin/true"], timeoutMs: 5_000 } }),
    ...options.target,
  }
  const run: RunProgram = options.run ?? (async (command) => {
    restarts.push(command[0])
    return { exitCode: 0 }
  })
  const start = async (token: string | null, port: number) => {
    const applier = createApplier({ target, stateFolder, run, sleep: async () => undefined })
    const daemon = createDaemon({
      identity: openIdentity(stateFolder, token),
      contact: openContact(stateFolder),
      applier,
      facts: { format: target.format, mode: target.mode, leaseMs: options.leaseMs ?? null },
      clock: options.clock,
      runCommand: createCommandRunner(),
    })
    await applier.recover()
    const listening = await listenAsDaemon(daemon, { host: "127.0.0.1", port })
    return { applier, daemon, listening }
  }
  let running = await start(options.token ?? null, options.port ?? 0)
  const { port } = running.listening
  const end = async ({ listening, applier }: { listening: ListeningDaemon; applier: Applier }): Promise<void> => {
    await listening.close()
    await applier.close()
  }
  return {
    file: target.path,
    folder,
    stateFolder,
    address: `http://127.0.0.1:${port}`,
    restarts,
    get daemon() {
      return running.daemon
    },
    get applier() {
      return running.applier
    },
    text: () => readFileSync(target.path, "utf8"),
    variables: () => parse(readFileSync(target.path, "utf8")),
    restart: async () => {
      await end(running)
      running = await start(null, port)
    },
    close: async () => {
      await end(running)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** An environment whose sandbox is enrolled: it listens on loopback, and has had its first word from the store. */
export const openEnrolled = async ({ alice, store }: Pick<TestStore, "alice" | "store">, { name = "sandbox", ...options }: Partial<SandboxOptions> & { name?: string } = {}): Promise<TestSandbox> => {
  const port = await freePort()
  await addEnvironment(alice, { name, address: `http://127.0.0.1:${port}` })
  const { token } = await enrollEnvironment(alice, { name })
  return openTestSandbox({ clock: () => store.clock.now, ...options, port, token: token.reveal() })
}

/** A port that nothing listens on at this moment. */
export const freePort = async (): Promise<number> => {
  const { createServer } = await import("node:net")
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
