/** RFC 4648 §5, without padding. */
export const toBase64Url = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url")

/** Strict: one text for one byte string. @returns null for text that `toBase64Url` never gives */
export const fromBase64Url = (text: string): Uint8Array<ArrayBuffer> | null => {
  const bytes = Buffer.from(text, "base64url")
  return bytes.toString("base64url") === text ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : null
}
