import { useRef, useState } from "react"
import { isSecretError, SecretError } from "../../base/errors.ts"

export interface Action<Args extends unknown[], Result> {
  /** null where it failed, or where it runs already: a double click does nothing twice. */
  run(...args: Args): Promise<Result | null>
  isBusy: boolean
  error: SecretError | undefined
  /** Forgets the error. */
  reset(): void
}

/** Work that a person starts. What it is given is kept nowhere: it may hold a value. */
export const useAction = <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>): Action<Args, Result> => {
  const isRunning = useRef(false)
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<SecretError>()
  const run = async (...args: Args): Promise<Result | null> => {
    if (isRunning.current) return null
    isRunning.current = true
    setBusy(true)
    setError(undefined)
    try {
      return await work(...args)
    } catch (thrown) {
      setError(asSecretError(thrown))
      return null
    } finally {
      isRunning.current = false
      setBusy(false)
    }
  }
  return { run, isBusy, error, reset: () => setError(undefined) }
}

/** What is not ours to explain says nothing of itself. */
export const asSecretError = (thrown: unknown): SecretError => (isSecretError(thrown) ? thrown : new SecretError("internal"))
