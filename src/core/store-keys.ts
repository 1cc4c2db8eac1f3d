import { type SecretError } from "../base/errors.ts"
import type { KeyWrapper } from "./ports/key-wrapper.ts"
import type { Principal } from "./principal.ts"
import type { RootKeys } from "./root-keys.ts"

/** Where KEKs come from; asked again when the store has moved on to keys that this process does not hold. */
export interface KeySource {
  load(): Promise<KeyWrapper>
}

/**
 * The keys of an open store: the ring, and what derives from the roots. It is replaced as a whole when a refresh finds
 * newer keys, so an operation that took a reference works on one consistent set.
 */
export interface StoreKeys {
  readonly storeId: Uint8Array
  /** The generation that everything new is tagged with. */
  readonly generation: number
  /** Writes commit only while the store says the same. */
  readonly activeKeyVersion: number
  readonly wrapper: KeyWrapper
  /** More than one while a re-encryption is under way. */
  readonly roots: ReadonlyMap<number, RootKeys>
}

/** Holds the present keys and renews them. */
export interface KeyHolder {
  readonly current: StoreKeys
  /** Reads key source and store again; a key that joins now does so in the name of `by`. @returns whether anything changed */
  refresh(by?: Principal): Promise<boolean>
  close(): void
}

/** Thrown inside an operation when the store has moved on; the operation refreshes the keys and runs once more. */
export class StaleKeys extends Error {
  readonly failure: SecretError

  constructor(failure: SecretError) {
    super("stale keys")
    this.failure = failure
  }
}

export const currentRoot = (keys: StoreKeys): RootKeys => keys.roots.get(keys.generation) as RootKeys
