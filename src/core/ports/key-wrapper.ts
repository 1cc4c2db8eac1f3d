/** A key to wrap, and what the wrap is bound to. */
export interface WrapRequest {
  keyVersion: number
  /** 32 bytes. */
  plain: Uint8Array
  aad: Uint8Array
}

export interface UnwrapRequest {
  keyVersion: number
  wrap: Uint8Array
  aad: Uint8Array
}

/**
 * Whoever holds the KEKs: the built-in key ring answers at once; an external key service may take its time and gets
 * requests in batches. No database transaction ever waits for one.
 */
export interface KeyWrapper {
  /** The highest version at hand: everything new is wrapped under it. */
  readonly activeVersion: number
  /** All versions at hand, ascending. */
  readonly versions: readonly number[]
  /** @throws SecretError `key_unavailable` for a version that is not at hand */
  wrap(requests: readonly WrapRequest[]): Uint8Array[] | Promise<Uint8Array[]>
  /** Gives null where a wrap does not open. @throws SecretError `key_unavailable` for a version that is not at hand */
  unwrap(requests: readonly UnwrapRequest[]): (Uint8Array | null)[] | Promise<(Uint8Array | null)[]>
  /** Forgets the keys. */
  close(): void
}
