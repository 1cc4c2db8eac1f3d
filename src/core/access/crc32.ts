const POLYNOMIAL = 0xedb8_8320

const tableEntry = (index: number): number => {
  let rest = index
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1
  return rest
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => tableEntry(index))

/** CRC-32 as in zlib (ISO 3309): finds typing mistakes, proves nothing. */
export const crc32 = (bytes: Uint8Array): number => {
  let crc = 0xffff_ffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] as number)
  return (crc ^ 0xffff_ffff) >>> 0
}
