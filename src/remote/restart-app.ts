import type { Clock } from "../base/clock.ts"
import type { DeliveryTarget } from "./delivery.ts"
import { hasSucceeded, type RunProgram } from "./run-program.ts"

const BETWEEN_CHECKS_MS = 250

export interface RestartEnd {
  /** The command ended with 0. */
  isRestarted: boolean
  /** And the check, where there is one, ended with 0 in time. */
  isBack: boolean
}

export interface RestartParts {
  run: RunProgram
  clock: Clock
  sleep: (ms: number) => Promise<void>
}

/** Restarts the app and waits until it is back: `timeoutMs` for the command and the checks together. Never throws. */
export const restartApp = async ({ command, timeoutMs, check }: NonNullable<DeliveryTarget["restart"]>, { run, clock, sleep }: RestartParts): Promise<RestartEnd> => {
  const deadline = clock() + timeoutMs
  const isRestarted = hasSucceeded(await run(asCommand(command), { timeoutMs }))
  if (!isRestarted || check === undefined) return { isRestarted, isBack: isRestarted }
  for (let left = deadline - clock(); left > 0; left = deadline - clock()) {
    if (hasSucceeded(await run(asCommand(check), { timeoutMs: left }))) return { isRestarted, isBack: true }
    await sleep(Math.min(BETWEEN_CHECKS_MS, left))
  }
  return { isRestarted, isBack: false }
}

const asCommand = (command: readonly string[]): readonly [string, ...string[]] => [command[0] ?? "", ...command.slice(1)]
