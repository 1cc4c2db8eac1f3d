import { createKeyRing } from "../core/key-ring.ts"
import type { KeyWrapper } from "../core/ports/key-wrapper.ts"
import type { KeySource } from "../core/store-keys.ts"

/**
 * Where an embedding program's keys come from: the text of a key ring, a function that gives the present text (it is asked
 * again when the store has moved on to a newer key), or a key service of its own.
 */
export type KeysOption = string | (() => string | Promise<string>) | KeyWrapper

export interface LocalKeySource extends KeySource {
  /** The ring's text, for a worker thread of this process; absent where keys live elsewhere. */
  ringText?: () => Promise<string>
}

export const keySourceOf = (keys: KeysOption): LocalKeySource => {
  if (typeof keys === "string") return textSource(() => keys)
  if (typeof keys === "function") return textSource(keys)
  return { load: async () => keys }
}

const textSource = (read: () => string | Promise<string>): LocalKeySource => ({
  load: async () => createKeyRing(await read()),
  ringText: async () => read(),
})
