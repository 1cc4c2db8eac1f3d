import type { Mask } from "./mask.ts"
import type { ReadBody } from "./read-body.ts"

export interface ShownBody {
  /** Null where it is no text in UTF-8. */
  body: string | null
  /** Of a body that is not shown, as far as it is known. */
  bytes?: number
  /** There is more. */
  truncated: boolean
}

/**
 * A body as a model may see it: masked as a whole, then cut to `maxBytes`. Where it was cut before it was whole, as many bytes as
 * the end of a value may have are dropped, whether or not one stands there: a cut that depended on it would confirm a guess.
 */
export const showBody = ({ bytes, isCut }: ReadBody, mask: Mask, maxBytes: number): ShownBody => {
  if (bytes === null) return { body: null, truncated: true }
  const masked = mask.bytes(bytes)
  const safe = isCut ? cutAt(masked, Math.max(0, masked.length - mask.tailBytes)) : masked
  const text = asText(safe)
  if (text === null) return { body: null, truncated: isCut, ...(!isCut && { bytes: masked.length }) }
  const shown = Buffer.from(mask.body(text))
  const capped = cutAt(shown, maxBytes)
  return { body: Buffer.from(capped).toString(), truncated: isCut || capped.length < shown.length }
}

/** At most so many bytes, and no part of a character. */
const cutAt = (bytes: Uint8Array, length: number): Uint8Array => {
  let end = Math.min(length, bytes.length)
  while (end > 0 && end < bytes.length && ((bytes[end] as number) & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}

const CONTROL = /[^\P{Cc}\t\n\r]/u

const asText = (bytes: Uint8Array): string | null => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
    return CONTROL.test(text) ? null : text
  } catch {
    return null
  }
}
