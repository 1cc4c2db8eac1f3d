import { isSecretError, SecretError } from "../../base/errors.ts"

/**
 * Where a client keeps what it must not forget: which server it spoke with, and how new the newest value of each sender was. A file
 * or a database of the browser can be one. Keys are of `a-z`, `0-9` and `.`, at most 255 characters; texts are short. Neither holds a
 * secret, but whoever can change them can make a client take an old value for a new one.
 */
export interface BoxState {
  /** undefined for what was never set. */
  get(key: string): Promise<string | undefined>
  /** Settles when it is kept. */
  set(key: string, text: string): Promise<void>
}

export const createMemoryState = (): BoxState => {
  const kept = new Map<string, string>()
  return {
    get: async (key) => kept.get(key),
    set: async (key, text) => void kept.set(key, text),
  }
}

/** A state as one client uses it. */
export interface Memory {
  /** @returns null for what was never kept. @throws SecretError `storage_unavailable`, also for what is not of this shape */
  read<T>(key: string, isRight: (value: unknown) => value is T): Promise<T | null>
  write(key: string, value: object): Promise<void>
  /** One after the other per key, so that what was read is what is changed. */
  inTurn<T>(key: string, work: () => Promise<T>): Promise<T>
}

export const createMemory = (state: BoxState, prefix: string): Memory => {
  const turns = createTurns()
  return {
    read: async (key, isRight) => {
      const text = await kept(() => state.get(prefix + key))
      if (text === undefined || text === null) return null
      const value = parse(text)
      if (!isRight(value)) throw new SecretError("storage_unavailable", `the state of a client holds something else under ${prefix}${key}`)
      return value
    },
    write: (key, value) => kept(() => state.set(prefix + key, JSON.stringify(value))),
    inTurn: turns,
  }
}

export const createTurns = (): (<T>(key: string, work: () => Promise<T>) => Promise<T>) => {
  const last = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const before = last.get(key) ?? Promise.resolve()
    const turn = before.then(work, work)
    last.set(key, turn)
    try {
      return await turn
    } finally {
      if (last.get(key) === turn) last.delete(key)
    }
  }
}

const kept = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw isSecretError(error) ? error : new SecretError("storage_unavailable", "the state of a client cannot be read or written", { cause: error })
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
