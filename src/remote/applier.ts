import { isAbsolute } from "node:path"
import { setTimeout as sleepFor } from "node:timers/promises"
import { systemClock, type Clock } from "../base/clock.ts"
import { SecretError } from "../base/errors.ts"
import { createStateFiles, makeStateFolder, type AppliedState, type AppliedTarget } from "./applied-state.ts"
import { applyDelivery, planDelivery, wipeDelivery, type AppliedResult } from "./apply-delivery.ts"
import type { Delivery, DeliveryTarget } from "./delivery.ts"
import type { DeliveryEnd, DeliveryParts } from "./end-delivery.ts"
import { lockFolder, type FolderLock } from "./folder-lock.ts"
import { assertTarget, formOf } from "./form-of.ts"
import { recoverDelivery, type Recovery } from "./recover-delivery.ts"
import { restartApp } from "./restart-app.ts"
import type { RunProgram } from "./run-program.ts"

export interface ApplierOptions {
  target: DeliveryTarget
  /** Absolute, of this daemon alone; made where it is absent, 0700. It holds names and versions, no value. */
  stateFolder: string
  run: RunProgram
  /** Measures how long a restart takes. */
  clock?: Clock
  sleep?: (ms: number) => Promise<void>
}

export interface WipeResult extends DeliveryEnd {
  removed: string[]
}

/** Puts deliveries where an app reads them. Calls wait for each other; a second process over the same state folder is refused. */
export interface Applier {
  /** Ends what a killed process left half done. `apply` does it too: call it once at the start all the same, for an app may wait for its restart. */
  recover(): Promise<Recovery>
  /** Names only; writes nothing, and waits for no lock. */
  plan(delivery: Delivery): Promise<AppliedResult>
  /**
   * The same desired state twice writes and restarts nothing. After a delivery that was put back the same one is tried again.
   * Where the app did not come back, the names are those that were put back, and `isAppBack` tells of the app with the old.
   * @throws SecretError `unsafe_file`, `already_exists`, `not_supported`, `file_not_written`, `version_conflict`; the old stands then
   */
  apply(delivery: Delivery): Promise<AppliedResult>
  /**
   * The lease ran out, or the environment was removed: what was delivered is deleted, and the app restarted where a command says how. Idempotent.
   * @throws SecretError `file_not_written`, `unsafe_file`: call it again. On a full disk the secrets are gone all the same, and the state says so once there is room.
   */
  wipe(): Promise<WipeResult>
  /** What an app reads there at this moment; in mode folder the `KEY_FILE` variables. Empty where nothing is delivered. */
  readVariables(): Promise<ReadonlyMap<string, string>>
  /** Names, versions and generation of what stands. */
  state(): AppliedState
  /** Lets the state folder go. Idempotent. */
  close(): Promise<void>
}

/** @throws SecretError `invalid_argument` for a target that cannot be */
export const createApplier = ({ target: { format, mode, path, restart, mayBeOnDisk = false }, stateFolder, run, clock = systemClock, sleep = (ms) => sleepFor(ms) }: ApplierOptions): Applier => {
  const target: AppliedTarget = { format, mode, path }
  assertTarget(target, restart)
  if (!isAbsolute(stateFolder)) throw new SecretError("invalid_argument", "a state folder is named by its absolute path")
  const parts: DeliveryParts = {
    files: createStateFiles(stateFolder),
    formAt: (each) => formOf(each, { run, mayBeOnDisk }),
    restart: restart === undefined ? null : () => restartApp(restart, { run, clock, sleep }),
  }
  const queue = createQueue()
  const lock = createLateLock(stateFolder)
  const alone = <T>(work: () => Promise<T>): Promise<T> =>
    queue(async () => {
      await lock.take()
      return work()
    })
  return {
    recover: () => alone(() => recoverDelivery(parts, target)),
    plan: (delivery) => queue(() => planDelivery(parts, target, delivery)),
    apply: (delivery) =>
      alone(async () => {
        const before = await recoverDelivery(parts, target)
        const result = await applyDelivery(parts, target, delivery)
        return { ...result, restarted: result.restarted || before.restarted, isAppBack: result.isAppBack ?? before.isAppBack }
      }),
    wipe: () =>
      alone(async () => {
        const done = await wipeDelivery(parts)
        return { removed: done?.removed ?? [], restarted: false, isAppBack: null, isRestored: false, ...done?.end }
      }),
    readVariables: () =>
      queue(async () => {
        const { target: at } = parts.files.readState()
        return at === null ? new Map<string, string>() : parts.formAt(at).variables()
      }),
    state: () => parts.files.readState(),
    close: () => queue(async () => lock.release()),
  }
}

type Queue = <T>(work: () => Promise<T>) => Promise<T>

const createQueue = (): Queue => {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work, work)
    last = done.catch(() => {})
    return done
  }
}

/** Taken with the first work, for `createApplier` does nothing yet. */
const createLateLock = (folder: string) => {
  let held: FolderLock | null = null
  return {
    take: async (): Promise<void> => {
      if (held !== null) return
      makeStateFolder(folder)
      held = await lockFolder(folder)
    },
    release: (): void => {
      held?.release()
      held = null
    },
  }
}
