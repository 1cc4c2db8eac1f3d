import { setTimeout as pause } from "node:timers/promises"
import { isBusy } from "./sqlite-errors.ts"

const LONGEST_PAUSE_MS = 4

/**
 * Runs `work` again after short random pauses while another connection holds the database. The engine's own busy handler
 * would sleep on the event loop.
 * @throws what `work` throws, and its last busy error after `timeoutMs`
 */
export const whenNotBusy = async <T>(timeoutMs: number, work: () => T): Promise<T> => {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error
    }
    await pause(1 + Math.random() * (LONGEST_PAUSE_MS - 1))
  }
}
