import type { Call } from "./command.ts"

/** Resolves at the first Ctrl-C or SIGTERM. */
export const stopSignal = ({ onInterrupt }: Call): Promise<void> =>
  new Promise((resolve) => {
    onInterrupt(resolve)
    process.once("SIGTERM", () => resolve())
  })
