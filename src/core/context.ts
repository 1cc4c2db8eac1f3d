import type { Clock } from "../base/clock.ts"
import type { Reads, Storage, Transaction } from "./ports/storage.ts"
import type { NewEvent } from "./event.ts"
import { eventRow } from "./event.ts"
import type { SandboxHub } from "./environments/hub.ts"
import type { CommandRunner } from "./ports/command-runner.ts"
import type { SandboxLink } from "./ports/sandbox-link.ts"
import type { StoreRow } from "./ports/rows.ts"
import type { BatchRequest, BatchResult } from "./ports/rotation.ts"
import type { Actor } from "./principal.ts"
import type { ReadAudit } from "./read-audit.ts"
import { StaleKeys, type KeyHolder, type StoreKeys } from "./store-keys.ts"
import { storeTags } from "./row-tags.ts"
import { SecretError } from "../base/errors.ts"

export interface Settings {
  /** Expiry of a put that names none; null for none. */
  defaultTtlMs: number | null
  /** Versions kept of each secret, the current one included. */
  history: number
  /** Whether reading a value leaves an event before the value is handed out. */
  auditReads: boolean
}

/** Everything that a use case may touch. One for each open store; `actor` differs from caller to caller. */
export interface StoreContext {
  readonly storage: Storage
  readonly keys: KeyHolder
  readonly clock: Clock
  readonly newId: () => Uint8Array
  readonly randomBytes: (length: number) => Uint8Array
  readonly settings: Settings
  readonly readAudit: ReadAudit
  /** Steps of a rotation, where they run elsewhere than on this thread. */
  readonly rotateBatch?: (ctx: StoreContext, request: BatchRequest) => Promise<BatchResult>
  /** Runs commands for agents, where this process can. */
  readonly runCommand?: CommandRunner
  /** Sandboxes that secrets are delivered to, where this process can reach any. */
  readonly sandboxes?: { readonly link: SandboxLink; readonly hub: SandboxHub }
  readonly actor: Actor
}

export const appendEvents = async (tx: Transaction, events: readonly NewEvent[]): Promise<void> => {
  await tx.runMany("appendEvent", events.map(eventRow))
}

/**
 * First in every transaction that tags or wraps: holds the store's row, so that neither the active key version nor the
 * generation moves before the commit. @throws StaleKeys where this process works with older keys than the store's
 */
export const assertKeysCurrent = async (tx: Transaction, keys: StoreKeys): Promise<void> =>
  assertStoreAgrees(await tx.one("shareStore", {}), keys)

/** The same for work that may find nothing to write, and so would never learn that its keys are old. @throws StaleKeys */
export const assertKeysFresh = async (reads: Reads, keys: StoreKeys): Promise<void> =>
  assertStoreAgrees(await reads.one("readStore", {}), keys)

const assertStoreAgrees = (store: StoreRow | null, keys: StoreKeys): void => {
  if (store === null) throw new SecretError("storage_unavailable", "the store's own row is gone")
  if (store.generation !== keys.generation || store.activeKeyVersion !== keys.activeKeyVersion)
    throw new StaleKeys(
      new SecretError("invalid_keys", `the store now writes under key version ${store.activeKeyVersion}, which this key ring lacks`, {
        details: { expected: store.activeKeyVersion, held: [...keys.wrapper.versions] },
        help: "Give this process the present key ring and start it again.",
      }),
    )
  storeTags.assertAgain(keys, store)
}

export const nowOf = (ctx: StoreContext): number => Math.floor(ctx.clock())

export type { Reads, Transaction }
