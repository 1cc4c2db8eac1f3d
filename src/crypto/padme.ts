/** Most API keys and passwords are shorter than this, so they all look alike. */
const FLOOR_BYTES = 64

/**
 * The size class of a plaintext: the Padmé length (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and
 * Communication with PURBs", 2019, §4), never below 64. It tells O(log log length) bits and adds less than 12 % above the floor.
 */
export const paddedLength = (length: number): number => {
  const isLength = Number.isInteger(length) && length >= 0 && length <= 0x7fff_ffff
  if (!isLength) throw new TypeError("a length is an integer from 0 to 2^31 - 1")
  if (length <= FLOOR_BYTES) return FLOOR_BYTES
  const exponent = 31 - Math.clz32(length)
  const exponentBits = 32 - Math.clz32(exponent)
  const step = 2 ** (exponent - exponentBits)
  return Math.ceil(length / step) * step
}
