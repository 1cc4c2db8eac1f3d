import { randomFillSync } from "node:crypto"

const POOL_BYTES = 8192
const LARGEST_CUT_BYTES = 512

/** Asking the system for each nonce costs as much as the encryption: bytes are cut from a pool, which forgets what it gave. */
const createRandomSource = (): ((target: Uint8Array) => void) => {
  const pool = new Uint8Array(POOL_BYTES)
  let at = POOL_BYTES
  return (target) => {
    const length = target.length
    if (length > LARGEST_CUT_BYTES) {
      randomFillSync(target)
      return
    }
    if (at + length > POOL_BYTES) {
      randomFillSync(pool)
      at = 0
    }
    for (let i = 0; i < length; i++, at++) {
      target[i] = pool[at] as number
      pool[at] = 0
    }
  }
}

/** Overwrites all of `bytes` with output of the system's secure generator. No byte is ever given out twice. */
export const fillRandom: (bytes: Uint8Array) => void = createRandomSource()

/** `length` fresh bytes of the system's secure generator, in a buffer of their own. */
export const randomBytes = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  fillRandom(bytes)
  return bytes
}
