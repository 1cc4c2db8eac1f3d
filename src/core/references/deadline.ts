import { SecretError } from "../../base/errors.ts"

/** A limit of time for several steps. */
export interface Deadline {
  /** Aborted when the time is over or the caller stopped. */
  signal: AbortSignal
  /** The step's outcome, or the end of the time, whichever comes first. A step that comes too late is left to `late`. */
  within<T>(step: Promise<T>, late?: (value: T) => void): Promise<T>
  end(): void
}

/** @param stopped the caller's own signal */
export const startDeadline = (ms: number, stopped: AbortSignal | undefined): Deadline => {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(timedOut(ms)), ms)
  const stop = (): void => controller.abort(new SecretError("aborted"))
  if (stopped?.aborted) stop()
  else stopped?.addEventListener("abort", stop, { once: true })
  return {
    signal: controller.signal,
    within: (step, late) => firstOf(controller.signal, step, late),
    end: () => {
      clearTimeout(timer)
      stopped?.removeEventListener("abort", stop)
    },
  }
}

const firstOf = <T>(signal: AbortSignal, step: Promise<T>, late: ((value: T) => void) | undefined): Promise<T> =>
  new Promise((resolve, reject) => {
    const over = (): void => reject(signal.reason as Error)
    if (signal.aborted) over()
    signal.addEventListener("abort", over, { once: true })
    step.then(
      (value) => {
        signal.removeEventListener("abort", over)
        if (signal.aborted) late?.(value)
        resolve(value)
      },
      (error: Error) => {
        signal.removeEventListener("abort", over)
        reject(error)
      },
    )
  })

const timedOut = (ms: number): SecretError =>
  new SecretError("SECRETS_PROVIDER_UNAVAILABLE", `the provider did not answer within ${ms / 1_000} seconds`, { details: { reason: "timeout" } })
