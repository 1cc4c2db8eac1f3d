import { setImmediate as nextTurn } from "node:timers/promises"
import { systemClock, type Clock } from "../base/clock.ts"
import { SecretError } from "../base/errors.ts"
import { createUuidGenerator } from "../base/uuid.ts"
import type { Settings, StoreContext } from "../core/context.ts"
import { SandboxHub } from "../core/environments/hub.ts"
import { LIMITS } from "../core/limits.ts"
import { openStoreKeys } from "../core/open-store-keys.ts"
import { ALL_GRANTS, LOCAL_USER, type Principal } from "../core/principal.ts"
import type { CommandRunner } from "../core/ports/command-runner.ts"
import type { SandboxLink } from "../core/ports/sandbox-link.ts"
import { createReadAudit } from "../core/read-audit.ts"
import { fillRandom, randomBytes } from "../crypto/random.ts"
import { openStorage } from "../storage/open-storage.ts"
import { keySourceOf, type KeysOption, type LocalKeySource } from "./key-source.ts"
import { createRotationThread } from "./rotation-thread.ts"

export interface OpenOptions {
  /** `file:PATH`, `memory:` or `postgres://…`. */
  database: string
  keys: KeysOption | LocalKeySource
  /** Expiry of a put that names none. Default: none. */
  defaultTtlMs?: number | null
  /** Versions kept of each secret, the current one included. Default 10. */
  history?: number
  clock?: Clock
  /** Stands in every event and beside every version. Default: the local user. */
  principal?: Principal
  /** Whether reading a value leaves an event. Default off. */
  audit?: { reads: "on" | "off" }
  /** False: refuse a database with pending migrations instead of applying them. */
  migrate?: boolean
  /** Connections to PostgreSQL. */
  poolSize?: number
}

export interface OpenedContext {
  ctx: StoreContext
  close(): Promise<void>
}

/** Joins core, key ring and an engine. @throws SecretError `invalid_argument`, `invalid_keys`, `key_unavailable`, … */
export const openContext = async (options: OpenOptions): Promise<OpenedContext> => {
  const settings = settingsOf(options)
  const source = isSource(options.keys) ? options.keys : keySourceOf(options.keys)
  await source.load() // a malformed ring is refused before a database is made
  const clock = options.clock ?? systemClock
  const principal = options.principal ?? LOCAL_USER
  const storage = await openStorage({
    database: options.database,
    clock,
    ...(options.migrate !== undefined && { migrate: options.migrate }),
    ...(options.poolSize !== undefined && { poolSize: options.poolSize }),
  })
  try {
    const keys = await openStoreKeys({ storage, source, clock, randomBytes, principal })
    const thread = createRotationThread(options.database, source)
    const ctx: StoreContext = {
      storage,
      keys,
      clock,
      newId: createUuidGenerator(clock, fillRandom),
      randomBytes,
      settings,
      readAudit: createReadAudit(storage, nextTurn),
      actor: { principal, grants: ALL_GRANTS },
      ...(thread && { rotateBatch: thread.rotateBatch }),
      runCommand: createLazyRunner(),
      sandboxes: { link: createLazyLink(), hub: new SandboxHub() },
    }
    return { ctx, close: closing([() => thread?.close(), () => storage.close(), async () => keys.close()]) }
  } catch (error) {
    await storage.close()
    throw error
  }
}

/** Loaded for the first agent that runs a command. */
const createLazyRunner = (): CommandRunner => {
  let loaded: Promise<CommandRunner> | undefined
  return async (run) => {
    loaded ??= import("../runner/run-for-agent.ts").then(({ createCommandRunner }) => createCommandRunner())
    return (await loaded)(run)
  }
}

/** Loaded for the first sandbox that is called. */
const createLazyLink = (): SandboxLink => {
  let loaded: Promise<SandboxLink> | undefined
  return {
    call: async (call) => {
      loaded ??= import("../remote/http-link.ts").then(({ createHttpLink }) => createHttpLink())
      return (await loaded).call(call)
    },
  }
}

const isSource = (keys: OpenOptions["keys"]): keys is LocalKeySource => typeof keys === "object" && "load" in keys

const closing = (steps: readonly (() => Promise<void> | undefined)[]): (() => Promise<void>) => {
  let closed: Promise<void> | undefined
  const closeAll = async (): Promise<void> => {
    for (const step of steps) await step()
  }
  return () => (closed ??= closeAll())
}

const settingsOf = (options: OpenOptions): Settings => ({
  defaultTtlMs: defaultTtl(options.defaultTtlMs),
  history: history(options.history),
  auditReads: options.audit?.reads === "on",
})

const defaultTtl = (ttlMs: number | null | undefined): number | null => {
  if (ttlMs === undefined || ttlMs === null) return null
  if (Number.isSafeInteger(ttlMs) && ttlMs > 0 && ttlMs <= LIMITS.ttlMaxMs) return ttlMs
  throw new SecretError("invalid_keys", `the default ttl must be a positive integer of milliseconds, got ${ttlMs}`)
}

const history = (count: number | undefined): number => {
  if (count === undefined) return LIMITS.historyDefault
  if (Number.isInteger(count) && count >= 1 && count <= LIMITS.historyMax) return count
  throw new SecretError("invalid_argument", `history must be a whole number from 1 to ${LIMITS.historyMax}`)
}
