import type { Daemon } from "./daemon.ts"

const LOOK_MS = 30_000

/** Looks whether the lease is over: now, when it should be, and now and then between, for a clock may be set. */
export const keepLease = (daemon: Daemon, lookMs = LOOK_MS): { stop(): Promise<void> } => {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  const look = async (): Promise<void> => {
    const left = await daemon.checkLease().catch(() => lookMs) // a full disk keeps no secret: again soon
    if (!isStopped) timer = setTimeout(() => void (looking = look()), Math.min(lookMs, Math.max(1, left ?? lookMs)))
  }
  let looking = look()
  return {
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await looking
    },
  }
}
