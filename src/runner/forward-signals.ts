import { FORWARDED, GRACE_MS } from "./child.ts"

/** Asks for a look at what is still running after so many milliseconds. @returns takes it back */
export type Later = (ms: number, work: () => void) => () => void

export const later: Later = (ms, work) => {
  const timer = setTimeout(work, ms).unref()
  return () => clearTimeout(timer)
}

/**
 * Hands signals on to a child for as long as it runs. One that ends processes is followed by SIGKILL when the child is still
 * there after a while, or when the person asks a second time.
 * @param kill sends a signal to the child and what it started
 * @returns ends it
 */
export const forwardSignals = (kill: (signal: NodeJS.Signals) => void, wait: Later = later): (() => void) => {
  let stopWaiting: (() => void) | null = null
  const asked = new Map<NodeJS.Signals, number>()
  const onSignal = (signal: NodeJS.Signals): void => {
    const count = (asked.get(signal) ?? 0) + 1
    asked.set(signal, count)
    if (!ENDING.has(signal)) return kill(signal)
    if (count >= FORCE_AT) return kill("SIGKILL")
    kill(signal)
    if (signal !== "SIGINT") stopWaiting ??= wait(GRACE_MS, () => kill("SIGKILL")) // an interactive child may live on after Ctrl-C
  }
  for (const signal of FORWARDED) process.on(signal, onSignal)
  return () => {
    stopWaiting?.()
    for (const signal of FORWARDED) process.off(signal, onSignal)
  }
}

const ENDING = new Set<NodeJS.Signals>(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
const FORCE_AT = 3
