import { isSecretError, SecretError } from "../../base/errors.ts"
import { isOtherServer, isPassing } from "./failures.ts"

export interface Ok {
  ok: true
}

/** Whether the box is open, as `client.ready` says it. */
export interface Opening {
  readonly ready: true | Promise<true | Ok>
  /**
   * Before each method: waits for the opening, and tries one that failed again.
   * @returns why the server refused to open the box, which does not keep a method from being tried: the box may have been open before
   * @throws why the server could not be asked
   */
  settle(): Promise<SecretError | null>
}

/** @param open null where the box is taken to be there */
export const createOpening = (keysReady: true | Promise<true>, open: (() => Promise<Ok>) | null): Opening => {
  if (open === null) return { ready: keysReady, settle: () => Promise.resolve(keysReady).then(() => null) }
  let refused: SecretError | null = null
  let refusals = 0
  let isPending = true
  const attempt = (): Promise<Ok> =>
    open().catch((error: unknown) => {
      refused = asRefusal(error)
      refusals += refused === null ? 0 : 1
      throw error
    })
  const started = async (work: () => Promise<Ok>): Promise<Ok> => {
    isPending = true
    try {
      return await work()
    } finally {
      isPending = false
    }
  }
  let ready = quiet(started(async () => {
    await keysReady
    return attempt()
  }))
  return {
    get ready() {
      return ready
    },
    settle: async () => {
      const hasFailed = !isPending && (await ready.then(() => false, () => true))
      if (hasFailed && !isPending && refusals < 2) ready = quiet(started(attempt))
      return ready.then(
        () => null,
        (error: unknown) => refused ?? rethrow(error),
      )
    },
  }
}

/** null for what may be over at the next try, and for a server that is not the right one. */
const asRefusal = (error: unknown): SecretError | null => (isSecretError(error) && !isPassing(error) && !isOtherServer(error) ? error : null)

const rethrow = (error: unknown): never => {
  throw error
}

/** Nobody has to await it. */
const quiet = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => undefined)
  return promise
}

export const afterRefusal = (error: unknown, refused: SecretError | null): unknown => {
  if (refused === null || !isSecretError(error)) return error
  const { code, message, details } = error
  return new SecretError(code, message, { details, help: `The box was not opened: ${refused.message}`, cause: refused })
}
