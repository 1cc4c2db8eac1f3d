import { isSecretError, type SecretErrorCode } from "../base/errors.ts"
import { nowOf, type StoreContext } from "../core/context.ts"
import { rotate } from "../core/rotate.ts"

/** Counted in stored versions. */
export interface RotationRun {
  isRunning: boolean
  isDryRun: boolean
  rotated: number
  skipped: number
  remaining: number
  isDone?: boolean
  startedAt: number
  endedAt?: number
  failure?: SecretErrorCode
}

/** One rotation at a time, in the background of this server. Another server beside the same database shares the work. */
export interface RotationRunner {
  /** Starts one, or tells of the one under way. @throws SecretError `forbidden`, before anything begins */
  start(ctx: StoreContext, options: { reencrypt: boolean; dryRun: boolean }): Promise<RotationRun>
  readonly last: RotationRun | null
  /** Stops between two steps, and waits for that. */
  stop(): Promise<void>
}

export const createRotationRunner = (): RotationRunner => {
  const stopping = new AbortController()
  let last: RotationRun | null = null
  let running: Promise<void> | null = null

  const run = async (ctx: StoreContext, reencrypt: boolean, begun: RotationRun): Promise<void> => {
    const note = (news: Partial<RotationRun>): void => {
      last = { ...(last ?? begun), ...news }
    }
    try {
      note(await rotate(ctx, { reencrypt, signal: stopping.signal, onProgress: note }))
    } catch (error) {
      note({ failure: isSecretError(error) ? error.code : "internal" })
    }
    note({ isRunning: false, endedAt: nowOf(ctx) })
    running = null
  }

  return {
    start: async (ctx, { reencrypt, dryRun }) => {
      const startedAt = nowOf(ctx)
      const plan = await rotate(ctx, { reencrypt, dryRun: true })
      if (dryRun) return { ...plan, isRunning: false, isDryRun: true, startedAt, endedAt: nowOf(ctx) }
      if (running !== null && last !== null) return last
      const begun = { isRunning: true, isDryRun: false, rotated: 0, skipped: 0, remaining: plan.remaining, startedAt }
      last = begun
      running = run(ctx, reencrypt, begun)
      return begun
    },
    get last() {
      return last
    },
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}
